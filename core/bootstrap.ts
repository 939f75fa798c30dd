/**
 * Confidence intervals by resampling.
 *
 * Bias-corrected and accelerated percentile intervals: Efron, "Better Bootstrap Confidence Intervals" (1987).
 *
 * @module
 */
import { normalCdf, normalQuantile } from "./normal.ts";
import type { Random } from "./random.ts";
import { mean, median, pairedLogRatios, quantileOfSorted, type Samples } from "./statistics.ts";

/** A figure and where it may lie. */
export interface Interval {
  /** The figure of the samples themselves. */
  readonly estimate: number;
  /** Lower end. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
}

/** How {@linkcode bcaInterval} resamples. */
export interface BootstrapOptions {
  /** Chance; the same stream gives the same interval. */
  readonly random: Random;
  /** Probability that the interval covers the true figure; default 0.95. */
  readonly level?: number;
  /** Number of resamples; default 10,000. */
  readonly resamples?: number;
}

/**
 * The interval of a statistic over samples that are independent of each other.
 *
 * @param statistic Called with resampled values in no particular order; it may not keep or change them.
 * @throws {RangeError} If there are fewer than two samples, or the level is not between 0 and 1.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { createRandom, median } from "./mod.ts";
 * const { low, high } = bcaInterval([3, 1, 4, 1, 5, 9, 2, 6], median, { random: createRandom(1) });
 * assert(low < 3.5 && high > 3.5);
 * ```
 */
export function bcaInterval(
  samples: Samples,
  statistic: (values: Float64Array) => number,
  options: BootstrapOptions,
): Interval {
  const { level = 0.95, resamples = 10_000, random } = options;
  if (samples.length < 2) {
    throw new RangeError(
      `Cannot bootstrap an interval: ${samples.length} samples, expected 2 or more`,
    );
  }
  if (!(level > 0 && level < 1) || !(resamples >= 1)) {
    throw new RangeError(
      `Cannot bootstrap an interval: level ${level} and ${resamples} resamples, expected a level between 0 and 1 and 1 or more resamples`,
    );
  }
  const values = Float64Array.from(samples);
  const estimate = statistic(values.slice());
  const drawn = resample(values, statistic, resamples, random);
  const bias = normalQuantile(shareBelow(drawn, estimate));
  const acceleration = accelerationOf(values, statistic);
  const end = (p: number): number => {
    const z = bias + normalQuantile(p);
    const stretch = 1 - acceleration * z;
    // A stretch of 0 or less lies beyond the last resample on that side.
    const adjusted = stretch > 0 ? normalCdf(bias + z / stretch) : Number(z > 0);
    return quantileOfSorted(drawn, adjusted);
  };
  return { estimate, low: end((1 - level) / 2), high: end((1 + level) / 2) };
}

/**
 * How many times faster the subject is: the median of paired ratios with its interval over rounds.
 *
 * @param baselineNs Time of the baseline in each round.
 * @param subjectNs Time of the subject in the same rounds.
 * @throws {RangeError} If rounds do not pair, or there are fewer than two.
 */
export function ratioInterval(
  baselineNs: Samples,
  subjectNs: Samples,
  options: BootstrapOptions,
): Interval {
  const logs = bcaInterval(pairedLogRatios(baselineNs, subjectNs), median, options);
  return {
    estimate: Math.exp(logs.estimate),
    low: Math.exp(logs.low),
    high: Math.exp(logs.high),
  };
}

/** The statistic of each resample, in ascending order. */
function resample(
  values: Float64Array,
  statistic: (values: Float64Array) => number,
  resamples: number,
  random: Random,
): Float64Array {
  const picked = new Float64Array(values.length);
  const drawn = new Float64Array(resamples);
  for (let i = 0; i < resamples; i++) {
    for (let j = 0; j < picked.length; j++) picked[j] = values[random.integer(values.length)]!;
    drawn[i] = statistic(picked);
  }
  return drawn.sort();
}

/** Fraction of resamples below the estimate, ties counted half, never 0 or 1: a finite bias. */
function shareBelow(drawn: Float64Array, estimate: number): number {
  let below = 0;
  for (const value of drawn) below += value < estimate ? 1 : value === estimate ? 0.5 : 0;
  const least = 0.5 / drawn.length;
  return Math.min(1 - least, Math.max(least, below / drawn.length));
}

/** Skewness of the statistic from leaving out one sample at a time; 0 if it does not vary. */
function accelerationOf(
  values: Float64Array,
  statistic: (values: Float64Array) => number,
): number {
  const without = Array.from(values, (_, left) => statistic(values.filter((_, i) => i !== left)));
  const centre = mean(without);
  let squares = 0;
  let cubes = 0;
  for (const value of without) {
    squares += (centre - value) ** 2;
    cubes += (centre - value) ** 3;
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}
