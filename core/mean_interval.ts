/**
 * Where a mean of few values, such as those of a few seeds, or a share of examples may lie.
 *
 * @module
 */
import type { Interval } from "./bootstrap.ts";
import { normalQuantile } from "./normal.ts";
import { mean, standardDeviation } from "./statistics.ts";
import { studentQuantile } from "./student.ts";

/**
 * Mean with its interval by Student's t.
 *
 * A single value tells nothing of the spread: its interval has no ends (-Infinity and Infinity).
 *
 * @param level Probability that the interval covers the true mean.
 * @throws {RangeError} If there are no values.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * // R: t.test(c(1, 2, 3, 4))$conf.int
 * assertAlmostEquals(meanInterval([1, 2, 3, 4]).low, 0.4457397, 1e-6);
 * ```
 */
export function meanInterval(values: readonly number[], level = 0.95): Interval {
  const estimate = mean(values);
  const half = values.length === 1
    ? Infinity
    : studentQuantile((1 + level) / 2, values.length - 1) * standardDeviation(values) /
      Math.sqrt(values.length);
  return { estimate, low: estimate - half, high: estimate + half };
}

/**
 * A share of examples with its interval by Wilson's score, which stays within 0 and 1 and holds for few examples too.
 *
 * @param hits How many of them count.
 * @param count How many there are.
 * @throws {RangeError} If there are no examples, or `hits` is not from 0 to `count`.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * // R: prop.test(9, 10, correct = FALSE)$conf.int
 * assertAlmostEquals(shareInterval(9, 10).low, 0.5958500, 1e-6);
 * ```
 */
export function shareInterval(hits: number, count: number, level = 0.95): Interval {
  if (!(count > 0) || !(hits >= 0 && hits <= count)) {
    throw new RangeError(
      `Cannot take a share: ${hits} of ${count}, expected 1 example or more and hits among them`,
    );
  }
  const z2 = normalQuantile((1 + level) / 2) ** 2;
  const share = hits / count;
  const centre = (share + z2 / (2 * count)) / (1 + z2 / count);
  const half = Math.sqrt(z2) / (1 + z2 / count) *
    Math.sqrt(share * (1 - share) / count + z2 / (4 * count ** 2));
  return {
    estimate: share,
    low: hits === 0 ? 0 : centre - half,
    high: hits === count ? 1 : centre + half,
  };
}
