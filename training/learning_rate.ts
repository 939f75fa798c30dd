/**
 * The learning rate over a training, and the momentum that may swing against it.
 *
 * @module
 */

import type { OneCycle, Training } from "../recipes/mod.ts";

/** What of a training sets the rate. */
export type RatePlan =
  & Pick<Training, "epochs" | "learningRate" | "learningRateSchedule" | "warmupSteps">
  & Partial<Pick<Training, "stepEpochs" | "milestones" | "gamma" | "oneCycle">>
  & {
    /** Steps of the first epoch, where its batches are of another size than those of the others. */
    readonly firstEpochSteps?: number;
  };

/** The defaults of `torch.optim.lr_scheduler.OneCycleLR`, momentum left alone. */
const ONE_CYCLE: OneCycle = {
  riseFraction: 0.3,
  initialDivisor: 25,
  finalDivisor: 1e4,
  anneal: "cosine",
};

/**
 * The rate of a step: it rises linearly from 0 during the warm-up, then follows the schedule to the last step.
 *
 * Step numbers start at 0, as in Hugging Face's schedulers: with a warm-up, the first step has rate 0, and `linear` would reach 0
 * one step after the last. `one_cycle` reaches its least rate in the last step, as in PyTorch. Where a plan leaves them out, `gamma` is
 * 0.1, `stepEpochs` 1, and the cycle that of PyTorch's defaults.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const plan = { epochs: 1, learningRate: 1, learningRateSchedule: "linear", warmupSteps: 2 } as const;
 * assertEquals([0, 1, 2, 3, 4, 5].map((step) => learningRateAt(plan, step, 6)), [0, 0.5, 1, 0.75, 0.5, 0.25]);
 * ```
 */
export function learningRateAt(plan: RatePlan, step: number, steps: number): number {
  const { learningRate, learningRateSchedule, warmupSteps, gamma = 0.1 } = plan;
  if (step < warmupSteps) return learningRate * step / warmupSteps;
  const left = Math.max(0, (steps - step) / Math.max(1, steps - warmupSteps));
  switch (learningRateSchedule) {
    case "constant":
      return learningRate;
    case "linear":
      return learningRate * left;
    case "cosine":
      return learningRate * (1 - Math.cos(Math.PI * left)) / 2;
    case "one_cycle":
      return cycledRate(plan, step - warmupSteps, steps - warmupSteps);
    case "step":
      return learningRate *
        gamma ** Math.floor(epochsDone(plan, step, steps) / (plan.stepEpochs ?? 1));
    case "multi_step": {
      const done = epochsDone(plan, step, steps);
      return learningRate *
        gamma ** (plan.milestones ?? []).filter((epoch) => epoch <= done).length;
    }
  }
}

/** The momentum of a step, or Adam's first beta; `null` where the schedule leaves it as the training has it. */
export function momentumAt(plan: RatePlan, step: number, steps: number): number | null {
  const { learningRateSchedule, warmupSteps, oneCycle = ONE_CYCLE } = plan;
  if (learningRateSchedule !== "one_cycle" || oneCycle.momentumRange === undefined) return null;
  const [least, most] = oneCycle.momentumRange;
  const at = step - warmupSteps;
  return at < 0 ? most : alongCycle(oneCycle, at, steps - warmupSteps, most, least, most);
}

function cycledRate(
  { learningRate, oneCycle = ONE_CYCLE }: RatePlan,
  step: number,
  steps: number,
): number {
  const first = learningRate / oneCycle.initialDivisor;
  return alongCycle(oneCycle, step, steps, first, learningRate, first / oneCycle.finalDivisor);
}

/** From `first` to `peak` in the rising steps, then to `last`, which the last step has. */
function alongCycle(
  { riseFraction, anneal }: OneCycle,
  step: number,
  steps: number,
  first: number,
  peak: number,
  last: number,
): number {
  const top = riseFraction * steps - 1;
  const rising = step <= top;
  const [from, to] = rising ? [first, peak] : [peak, last];
  const part = rising ? (top === 0 ? 1 : step / top) : (step - top) / Math.max(1, steps - 1 - top);
  if (anneal === "linear") return from + (to - from) * part;
  return to + (from - to) / 2 * (1 + Math.cos(Math.PI * part));
}

/** Epochs that are done before a step, as a fraction. */
function epochsDone({ epochs, firstEpochSteps }: RatePlan, step: number, steps: number): number {
  const first = firstEpochSteps ?? steps / epochs;
  if (step < first) return step / first;
  // Half a thousandth of a step against rounding down at the end of an epoch.
  return 1 + (step - first + 5e-4) / ((steps - first) / Math.max(1, epochs - 1));
}
