/**
 * Where the mean over a few seeds may lie, and the mean difference between two models trained from the same seeds.
 *
 * @module
 */
import { type Interval, meanInterval } from "../core/mod.ts";
import type { Figures } from "../results/mod.ts";
import { points, pointsWithin } from "./wording.ts";

/** Mean with its 95 % interval, without ends if there is one value; `null` without values. */
export function seedInterval(values: readonly number[]): Interval | null {
  return values.length === 0 ? null : meanInterval(values);
}

/** Sparse minus dense, seed by seed; falls back to the dense mean where a seed has no dense model. */
export function gapsOf(
  { dense, sparse }: { readonly dense: Figures; readonly sparse: Figures },
): number[] {
  return sparse.values.map((value, seed) => value - (dense.values[seed] ?? dense.mean));
}

/** Whether both ends of an interval are known. */
export function isBounded(interval: Interval): boolean {
  return Number.isFinite(interval.low) && Number.isFinite(interval.high);
}

/** A difference in points, with its interval if both ends are known. */
export function inPoints(gap: Interval): string {
  return isBounded(gap) ? pointsWithin(gap) : points(gap.estimate);
}
