import { assertAlmostEquals, assertEquals } from "@std/assert";
import { plainLoops } from "../engines/tfjs/mod.ts";
import {
  adamStep,
  clipScale,
  createOptimiser,
  decays,
  type OptimiserPlan,
  sgdStep,
} from "./optimiser.ts";

const PLAN: OptimiserPlan = {
  optimizer: "adamw",
  epochs: 1,
  learningRate: 0.5,
  learningRateSchedule: "linear",
  warmupSteps: 2,
  weightDecay: 0.1,
  betas: [0.9, 0.99],
  epsilon: 1e-8,
};
const CONSTANT = { ...PLAN, learningRateSchedule: "constant", warmupSteps: 0 } as const;
const SGD = { ...CONSTANT, optimizer: "sgd", learningRate: 0.05 } as const;

/** Losses of ten steps on `Σ a (w - t)² / 2`, and the weights after them. */
function descend(
  plan: OptimiserPlan,
): { losses: number[]; weights: Float32Array; states: readonly string[] } {
  const steepness = [1, 10, 0.1];
  const targets = [3, -1, 0.5];
  const optimiser = createOptimiser(plan, 10, plainLoops);
  const states = optimiser.states.map(() => new Float32Array(3));
  const weights = new Float32Array(3);
  const losses = Array.from({ length: 10 }, (_, step) => {
    const off = weights.map((weight, i) => weight - targets[i]!);
    const update = optimiser.beginStep(step, 1);
    const gradient = off.map((value, i) => steepness[i]! * value);
    update({ weights, states, gradient, mask: null, decay: true });
    return off.reduce((sum, value, i) => sum + steepness[i]! * value * value / 2, 0);
  });
  return { losses, weights, states: optimiser.states };
}

// Computed apart from this code, in Python with float64, from the formulas in PyTorch's documentation.
const TRAJECTORIES: readonly {
  readonly name: string;
  readonly plan: OptimiserPlan;
  readonly losses: readonly number[];
  readonly weights: readonly number[];
  readonly states: readonly string[];
}[] = [
  {
    name: "AdamW on a linear schedule with warm-up",
    plan: PLAN,
    losses: [
      9.5125,
      9.5125,
      6.596875005,
      2.932860893,
      1.78953344,
      1.717445004,
      1.813275801,
      1.769100142,
      1.608522922,
      1.433098348,
    ],
    weights: [2.132870862, -1.434561163, 0.627266132],
    states: ["first", "second"],
  },
  {
    name: "Adam with decay in the gradient",
    plan: { ...CONSTANT, optimizer: "adam" },
    losses: [
      9.5125,
      4.375000007,
      2.015670165,
      1.715102271,
      1.993802363,
      1.833832366,
      1.241659437,
      0.593916546,
      0.205375931,
      0.199852905,
    ],
    weights: [3.750106371, -0.795373779, 0.375281002],
    states: ["first", "second"],
  },
  {
    name: "gradient descent",
    plan: SGD,
    losses: [
      9.5125,
      5.323625312,
      3.998342769,
      3.410115836,
      3.031697139,
      2.729619233,
      2.467975844,
      2.235412075,
      2.027010809,
      1.839732554,
    ],
    weights: [1.178289716, -0.989224569, 0.023904481],
    states: [],
  },
  {
    name: "gradient descent with momentum",
    plan: { ...SGD, momentum: 0.9 },
    losses: [
      9.5125,
      5.323625312,
      3.517980391,
      5.022330239,
      4.930619892,
      2.039784223,
      0.334335181,
      1.454214274,
      2.401062611,
      1.334750465,
    ],
    weights: [3.748623968, -0.928302807, 0.094730222],
    states: ["velocity"],
  },
  {
    name: "gradient descent with Nesterov's momentum",
    plan: { ...SGD, momentum: 0.9, nesterov: true },
    losses: [
      9.5125,
      3.710376128,
      3.519830203,
      2.574824019,
      1.224969323,
      0.501375535,
      0.210905757,
      0.066150004,
      0.028999534,
      0.080701106,
    ],
    weights: [3.55361326, -1.006481959, 0.104347221],
    states: ["velocity"],
  },
];

for (const { name, plan, losses, weights, states } of TRAJECTORIES) {
  Deno.test(`createOptimiser() gives the ten losses of ${name}`, () => {
    const found = descend(plan);
    losses.forEach((loss, step) =>
      assertAlmostEquals(found.losses[step]!, loss, 5e-6, `step ${step}`)
    );
    weights.forEach((weight, i) => assertAlmostEquals(found.weights[i]!, weight, 2e-6));
    assertEquals(found.states, states);
  });
}

Deno.test("createOptimiser() scales gradients before it adds the decay", () => {
  const weights = Float32Array.of(2);
  const update = createOptimiser(SGD, 10, plainLoops).beginStep(0, 0.5);
  update({ weights, states: [], gradient: Float32Array.of(4), mask: null, decay: true });
  assertAlmostEquals(weights[0]!, 2 - 0.05 * (0.5 * 4 + 0.1 * 2), 1e-6);
});

Deno.test("createOptimiser() leaves masked weights at zero", () => {
  for (const { plan } of TRAJECTORIES) {
    const optimiser = createOptimiser(plan, 10, plainLoops);
    const weights = Float32Array.of(0, 1);
    const states = optimiser.states.map(() => new Float32Array(2));
    const mask = Float32Array.of(0, 1);
    optimiser.beginStep(3, 1)({
      weights,
      states,
      gradient: Float32Array.of(5, 5),
      mask,
      decay: true,
    });
    assertEquals(weights[0], 0);
    assertEquals(weights[1]! < 1, true);
  }
});

Deno.test("sgdStep() takes its momentum from a cycle, against the rate", () => {
  const plan = {
    ...SGD,
    learningRateSchedule: "one_cycle",
    oneCycle: {
      riseFraction: 0.3,
      initialDivisor: 25,
      finalDivisor: 1e4,
      anneal: "linear",
      momentumRange: [0.85, 0.95],
    },
  } as const;
  const momenta = [0, 2, 9].map((step) => sgdStep(plan, step, 10, false).momentum);
  assertEquals(momenta, [0.95, 0.85, 0.95]);
  assertEquals(createOptimiser(plan, 10, plainLoops).states, ["velocity"]);
});

Deno.test("adamStep() moves the first step by the learning rate whatever the gradient", () => {
  for (const gradient of [1e-3, 1, -1e3]) {
    const state = {
      weights: Float32Array.of(0),
      first: Float32Array.of(0),
      second: Float32Array.of(0),
    };
    plainLoops.adamw(state, Float32Array.of(gradient), null, adamStep(CONSTANT, 0, 10, false));
    assertAlmostEquals(state.weights[0]!, -0.5 * Math.sign(gradient), 1e-5);
  }
});

Deno.test("adamStep() decays a weight without gradient by rate times decay, if at all", () => {
  assertEquals(adamStep(CONSTANT, 3, 10, true).keep, 0.95);
  assertEquals(adamStep(CONSTANT, 3, 10, false).keep, 1);
});

Deno.test("decays() leaves biases and normalisations out", () => {
  const found = [
    decays("output.dense.weight", [2, 3]),
    decays("conv1.weight", [2, 3, 1, 1]),
    decays("output.dense.bias", [2]),
    decays("LayerNorm.weight", [2]),
    decays("bn1.weight", [64]),
  ];
  assertEquals(found, [true, true, false, false, false]);
});

Deno.test("clipScale() brings the norm down to the limit and leaves smaller ones", () => {
  assertAlmostEquals(4 * clipScale(4, 1), 1, 1e-6);
  assertEquals(clipScale(0.5, 1), 1);
});
