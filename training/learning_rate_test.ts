import { assertAlmostEquals, assertEquals } from "@std/assert";
import { learningRateAt, type RatePlan } from "./learning_rate.ts";

function rates(plan: Partial<RatePlan>, steps: number): number[] {
  const whole: RatePlan = {
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
