import { assertAlmostEquals, assertEquals } from "@std/assert";
import { learningRateAt, momentumAt, type RatePlan } from "./learning_rate.ts";

function rates(plan: Partial<RatePlan>, steps: number): number[] {
  const whole: RatePlan = {
    epochs: 1,
    learningRate: 8,
    learningRateSchedule: "constant",
    warmupSteps: 0,
    ...plan,
  };
  return Array.from({ length: steps }, (_, step) => learningRateAt(whole, step, steps));
}

Deno.test("learningRateAt() rises from 0 during the warm-up", () => {
  assertEquals(rates({ warmupSteps: 4 }, 6), [0, 2, 4, 6, 8, 8]);
});

Deno.test("learningRateAt() falls linearly and would reach 0 one step after the last", () => {
  assertEquals(rates({ learningRateSchedule: "linear" }, 4), [8, 6, 4, 2]);
});

Deno.test("learningRateAt() follows half a cosine", () => {
  const found = rates({ learningRateSchedule: "cosine" }, 4);
  const wanted = [8, 4 + 4 * Math.SQRT1_2, 4, 4 - 4 * Math.SQRT1_2];
  wanted.forEach((rate, step) => assertAlmostEquals(found[step]!, rate, 1e-12));
});

Deno.test("learningRateAt() is finite if the warm-up takes all steps", () => {
  assertEquals(rates({ learningRateSchedule: "linear", warmupSteps: 4 }, 4), [0, 2, 4, 6]);
});

const CYCLE = {
  riseFraction: 0.3,
  initialDivisor: 25,
  finalDivisor: 1e4,
  anneal: "cosine",
  momentumRange: [0.85, 0.95],
} as const;

Deno.test("learningRateAt() follows PyTorch's OneCycleLR along cosines", () => {
  // Computed apart from this code, in Python, from the phases of OneCycleLR: steps -1 + 0.3 · 10 and 9.
  const wanted = [
    0.004,
    0.052,
    0.1,
    0.0950484632,
    0.0811745654,
    0.0611262022,
    0.0388741978,
    0.0188258346,
    0.0049519368,
    4e-7,
  ];
  const plan = { learningRate: 0.1, learningRateSchedule: "one_cycle", oneCycle: CYCLE } as const;
  rates(plan, 10).forEach((rate, step) => assertAlmostEquals(rate, wanted[step]!, 1e-10));
  const { oneCycle: _, ...defaults } = plan;
  assertEquals(rates(defaults, 10), rates(plan, 10));
});

Deno.test("momentumAt() swings against the rate of a cycle", () => {
  const wanted = [
    0.95,
    0.9,
    0.85,
    0.8549515566,
    0.8688255099,
    0.8888739533,
    0.9111260467,
    0.9311744901,
    0.9450484434,
    0.95,
  ];
  const plan: RatePlan = {
    epochs: 1,
    learningRate: 0.1,
    learningRateSchedule: "one_cycle",
    oneCycle: CYCLE,
    warmupSteps: 0,
  };
  wanted.forEach((momentum, step) =>
    assertAlmostEquals(momentumAt(plan, step, 10)!, momentum, 1e-10)
  );
  assertEquals(momentumAt({ ...plan, learningRateSchedule: "cosine" }, 3, 10), null);
});

Deno.test("learningRateAt() follows OneCycleLR along lines", () => {
  const wanted = [
    4.8e-5,
    0.0012,
    0.0010000008,
    0.0008000016,
    0.0006000024,
    0.0004000032,
    0.000200004,
    4.8e-9,
  ];
  const oneCycle = { ...CYCLE, riseFraction: 0.25, anneal: "linear" } as const;
  const found = rates({ learningRate: 0.0012, learningRateSchedule: "one_cycle", oneCycle }, 8);
  found.forEach((rate, step) => assertAlmostEquals(rate, wanted[step]!, 1e-10));
});

Deno.test("learningRateAt() is multiplied by gamma every so many epochs", () => {
  const plan = { epochs: 4, learningRateSchedule: "step", stepEpochs: 2, gamma: 0.5 } as const;
  assertEquals(rates(plan, 12), [8, 8, 8, 8, 8, 8, 4, 4, 4, 4, 4, 4]);
});

Deno.test("learningRateAt() counts epochs right if the first has more steps", () => {
  const plan = { epochs: 3, learningRateSchedule: "step", gamma: 0.5, firstEpochSteps: 4 } as const;
  assertEquals(rates(plan, 8), [8, 8, 8, 8, 4, 4, 2, 2]);
});

Deno.test("learningRateAt() is multiplied by gamma at milestones, after a warm-up", () => {
  const plan = {
    epochs: 6,
    learningRateSchedule: "multi_step",
    milestones: [2, 5],
    gamma: 0.1,
    warmupSteps: 2,
  } as const;
  const found = rates(plan, 12);
  const wanted = [0, 4, 8, 8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.08, 0.08];
  found.forEach((rate, step) => assertAlmostEquals(rate, wanted[step]!, 1e-12));
});
