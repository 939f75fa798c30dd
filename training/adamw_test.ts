import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type AdamState, type Loops, plainLoops } from "../engines/tfjs/mod.ts";
import type { Training } from "../recipes/mod.ts";
import { adamStep, clipScale, decays } from "./adamw.ts";

const TRAINING: Training = {
  epochs: 1,
  batch: 1,
  learningRate: 0.5,
  learningRateSchedule: "linear",
  warmupSteps: 2,
  weightDecay: 0.1,
  betas: [0.9, 0.99],
  epsilon: 1e-8,
  dropout: 0,
};

/** Losses of ten steps on `Σ a (w - t)² / 2`, and the weights after them. */
function descend(loops: Loops): { losses: number[]; weights: Float32Array } {
  const steepness = [1, 10, 0.1];
  const targets = [3, -1, 0.5];
  const state: AdamState = {
    weights: new Float32Array(3),
    first: new Float32Array(3),
    second: new Float32Array(3),
  };
  const { weights } = state;
  const losses = Array.from({ length: 10 }, (_, step) => {
    const off = weights.map((weight, i) => weight - targets[i]!);
    loops.adamw(
      state,
      off.map((value, i) => steepness[i]! * value),
      null,
      adamStep(TRAINING, step, 10, true),
    );
    return off.reduce((sum, value, i) => sum + steepness[i]! * value * value / 2, 0);
  });
  return { losses, weights };
}

Deno.test("adamStep() gives the ten losses of AdamW", () => {
  const { losses, weights } = descend(plainLoops);
  // Computed apart from this code, in Python with float64.
  const wanted = [
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
  ];
  wanted.forEach((loss, step) => assertAlmostEquals(losses[step]!, loss, 5e-6, `step ${step}`));
  [2.132870862, -1.434561163, 0.627266132].forEach((weight, i) =>
    assertAlmostEquals(weights[i]!, weight, 2e-6)
  );
});

Deno.test("adamStep() moves the first step by the learning rate whatever the gradient", () => {
  const training = { ...TRAINING, learningRateSchedule: "constant", warmupSteps: 0 } as const;
  for (const gradient of [1e-3, 1, -1e3]) {
    const state = {
      weights: Float32Array.of(0),
      first: Float32Array.of(0),
      second: Float32Array.of(0),
    };
    plainLoops.adamw(state, Float32Array.of(gradient), null, adamStep(training, 0, 10, false));
    assertAlmostEquals(state.weights[0]!, -0.5 * Math.sign(gradient), 1e-5);
  }
});

Deno.test("adamStep() decays a weight without gradient by rate times decay, if at all", () => {
  const training = { ...TRAINING, learningRateSchedule: "constant", warmupSteps: 0 } as const;
  assertEquals(adamStep(training, 3, 10, true).keep, 0.95);
  assertEquals(adamStep(training, 3, 10, false).keep, 1);
});

Deno.test("decays() leaves biases and layer normalisation out", () => {
  const names = ["output.dense.weight", "output.dense.bias", "LayerNorm.weight", "LayerNorm.bias"];
  assertEquals(names.map(decays), [true, false, false, false]);
});

Deno.test("clipScale() brings the norm down to the limit and leaves smaller ones", () => {
  assertAlmostEquals(4 * clipScale(4, 1), 1, 1e-6);
  assertEquals(clipScale(0.5, 1), 1);
});
