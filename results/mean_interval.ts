/**
 * Where the mean of a few seeds may lie.
 *
 * @module
 */
import { type Interval, mean, normalQuantile, standardDeviation } from "../core/mod.ts";

/** 97.5 % quantiles of Student's t with 1 to 10 degrees of freedom. */
const STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/**
 * Mean of fractions with its 95 % interval by Student's t, cut to 0 and 1.
 *
 * A single value gives no idea of the spread: its interval is 0 to 1.
 *
 * @throws {RangeError} If there are no values.
 */
export function meanInterval(values: readonly number[]): Interval {
  const estimate = mean(values);
  if (values.length === 1) return { estimate, low: 0, high: 1 };
  const half = studentQuantile(values.length - 1) * standardDeviation(values) /
    Math.sqrt(values.length);
  return { estimate, low: Math.max(0, estimate - half), high: Math.min(1, estimate + half) };
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
