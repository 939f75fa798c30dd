/**
 * When to prune, and how far: the schedules of Intel Neural Compressor, and the cubic one of Zhu and Gupta.
 *
 * @module
 */
import type { PruneTraining, PruningRule } from "../recipes/mod.ts";

/** How sparsity grows. `cube` and `gmp_cubic` are different curves: slow at first, and fast at first. */
export type SparsityCurve = PruningRule["schedule"];

/** First and last step at which masks may change, and how often they do. */
export interface PruneWindow {
  /** First step, from 0. */
  readonly start: number;
  /** No mask changes after this step. */
  readonly end: number;
  /** Steps from one change to the next. */
  readonly frequency: number;
}

/** The window of a training: after its warm epochs, until its cooldown. */
export function pruneWindow(
  plan: Pick<PruneTraining, "epochs" | "warmEpochs" | "cooldownEpochs" | "frequency">,
  stepsPerEpoch: number,
): PruneWindow {
  const start = Math.round(plan.warmEpochs * stepsPerEpoch);
  const end = Math.round((plan.epochs - plan.cooldownEpochs) * stepsPerEpoch);
  if (end < start) {
    throw new RangeError(
      `Cannot prune from step ${start} to ${end}: the cooldown starts before the warm epochs end`,
    );
  }
  return { start, end, frequency: plan.frequency };
}

/** Changes of the masks in a window after the first, which has index 0. */
export function pruneCount({ start, end, frequency }: PruneWindow): number {
  return Math.floor((end - start + frequency) / frequency) - 1;
}

/** Which change of the masks a step makes, from 0; `null` if it makes none. */
export function pruneIndex(window: PruneWindow, step: number): number | null {
  const { start, end, frequency } = window;
  if (step < start || step > end || (step - start) % frequency !== 0) return null;
  return (step - start) / frequency;
}

/**
 * Sparsity after change `index` of `count`: 0 at index 0, the target at index `count`.
 *
 * A window with room for one change only (`count` 0) prunes to the target at once, as `one_shot` always does.
 *
 * Source: Intel Neural Compressor 2.6, `compression/pruner/schedulers.py`; `gmp_cubic`: Zhu and Gupta 2017, equation 1.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * assertAlmostEquals(sparsityAt("exp", 0.9, 1, 2), 1 - Math.sqrt(0.1));
 * ```
 */
export function sparsityAt(
  curve: SparsityCurve,
  target: number,
  index: number,
  count: number,
): number {
  if (curve === "one_shot" || count <= 0) return target;
  const t = Math.min(1, index / count);
  switch (curve) {
    case "exp":
      return 1 - (1 - target) ** t;
    case "linear":
      return target * t;
    case "cos":
      return target * (1 - Math.cos(t * Math.PI / 2));
    case "cube":
      return target * t ** 3;
    case "gmp_cubic":
      return target * (1 - (1 - t) ** 3);
  }
}
