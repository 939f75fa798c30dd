/**
 * The learning rate over a training.
 *
 * @module
 */
import type { Training } from "../recipes/mod.ts";

/** What of a training sets the rate. */
export type RatePlan = Pick<Training, "learningRate" | "learningRateSchedule" | "warmupSteps">;

/**
 * The rate of a step: it rises linearly from 0 during the warm-up, then follows the schedule to the last step.
 *
 * Step numbers start at 0, as in Hugging Face's schedulers: with a warm-up, the first step has rate 0, and `linear` would reach 0
 * one step after the last.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const plan = { learningRate: 1, learningRateSchedule: "linear", warmupSteps: 2 } as const;
 * assertEquals([0, 1, 2, 3, 4, 5].map((step) => learningRateAt(plan, step, 6)), [0, 0.5, 1, 0.75, 0.5, 0.25]);
 * ```
 */
export function learningRateAt(plan: RatePlan, step: number, steps: number): number {
  const { learningRate, learningRateSchedule, warmupSteps } = plan;
  if (step < warmupSteps) return learningRate * step / warmupSteps;
  const left = Math.max(0, (steps - step) / Math.max(1, steps - warmupSteps));
  switch (learningRateSchedule) {
    case "constant":
      return learningRate;
    case "linear":
      return learningRate * left;
    case "cosine":
      return learningRate * (1 - Math.cos(Math.PI * left)) / 2;
  }
}
