/**
 * Where the mean over a few seeds may lie, and the mean difference between two models trained from the same seeds.
 *
 * @module
 */
import { type Interval, mean, normalQuantile, standardDeviation } from "../core/mod.ts";
import type { Figures } from "../results/mod.ts";

/** 97.5 % quantiles of Student's t with 1 to 10 degrees of freedom. */
const STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/** Mean with its 95 % interval by Student's t; `null` without values. One value tells no interval: both ends are NaN. */
export function seedInterval(values: readonly number[]): Interval | null {
  if (values.length === 0) return null;
  const estimate = mean(values);
  if (values.length === 1) return { estimate, low: NaN, high: NaN };
  const half = studentQuantile(values.length - 1) * standardDeviation(values) /
    Math.sqrt(values.length);
  return { estimate, low: estimate - half, high: estimate + half };
}

/** Past the table, the first terms of Fisher's expansion in 1 / degrees (Abramowitz and Stegun 26.7.5). */
function studentQuantile(degrees: number): number {
  const listed = STUDENT[degrees - 1];
  if (listed !== undefined) return listed;
  const z = normalQuantile(0.975);
  return z + (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3);
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
