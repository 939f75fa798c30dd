/**
 * Where a mean of few values, such as those of a few seeds, may lie.
 *
 * @module
 */
import type { Interval } from "./bootstrap.ts";
import { normalQuantile } from "./normal.ts";
import { mean, standardDeviation } from "./statistics.ts";

/** 97.5 % quantiles of Student's t with 1 to 10 degrees of freedom. */
const STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/**
 * Mean with its 95 % interval by Student's t.
 *
 * A single value tells nothing of the spread: its interval has no ends (-Infinity and Infinity).
 *
 * @throws {RangeError} If there are no values.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * // R: t.test(c(1, 2, 3, 4))$conf.int
 * assertAlmostEquals(meanInterval([1, 2, 3, 4]).low, 0.4457397, 1e-3);
 * ```
 */
export function meanInterval(values: readonly number[]): Interval {
  const estimate = mean(values);
  const half = values.length === 1
    ? Infinity
    : studentQuantile(values.length - 1) * standardDeviation(values) / Math.sqrt(values.length);
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
