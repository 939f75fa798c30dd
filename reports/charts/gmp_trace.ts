/**
 * What is drawn of a gradual pruning beside its curves: the schedule, and how far the zeros were from it.
 *
 * @module
 */
import type { PruningSchedule, TrainingPoint } from "../../results/mod.ts";
import { percent } from "../wording.ts";

/** Points of the planned curve. */
const POINTS = 60;

/** Zeros that a schedule plans for a step of the sparse stage, as a fraction. */
export function plannedSparsity({ target, from, to }: PruningSchedule, step: number): number {
  const t = Math.min(1, Math.max(0, (step - from) / Math.max(1, to - from)));
  return target * (1 - (1 - t) ** 3);
}

/** The planned curve in per cent, from the first step to the last. */
export function scheduleLine(
  schedule: PruningSchedule,
  steps: number,
): { readonly step: number; readonly value: number }[] {
  return Array.from({ length: POINTS + 1 }, (_, i) => {
    const step = steps * i / POINTS;
    return { step, value: 100 * plannedSparsity(schedule, step) };
  });
}

/** Points of the sparse stage, in which weights are pruned. */
export function pruningLog(log: readonly TrainingPoint[]): TrainingPoint[] {
  return log.filter(({ stage }) => stage === "sparse");
}

/** Evaluations of the sparse stage, averaged over seeds, in order of steps. */
export function meanMetrics(
  log: readonly TrainingPoint[],
): { readonly step: number; readonly sparsity: number; readonly metric: number }[] {
  const evaluated = pruningLog(log).filter(({ metric }) => metric !== null);
  return [...Map.groupBy(evaluated, ({ step }) => step)].map(([step, points]) => ({
    step,
    sparsity: points[0]!.sparsity,
    metric: points.reduce((sum, { metric }) => sum + metric!, 0) / points.length,
  })).sort((a, b) => a.step - b.step);
}

/** What is seen: where the metric is lowest on the way, and where it ends. */
export function gmpTitle(log: readonly TrainingPoint[], metric: string): string {
  const means = meanMetrics(log);
  const [last] = means.slice(-1);
  if (last === undefined) return "The metric was not taken while weights were pruned";
  const lowest = means.reduce((least, one) => one.metric < least.metric ? one : least);
  const end = `${percent(last.metric)} at ${percent(last.sparsity, 0)} zeros`;
  return lowest.step === last.step
    ? `Mean ${metric} ends at its lowest, ${end}`
    : `Mean ${metric} falls to ${percent(lowest.metric)} at ${
      percent(lowest.sparsity, 0)
    } zeros and recovers to ${end}`;
}
