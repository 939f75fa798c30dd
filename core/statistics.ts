/**
 * Statistics of samples: averages, spread, quantiles and paired ratios.
 *
 * @module
 */

/** Numbers in any order. */
export type Samples = readonly number[] | Float64Array;

/**
 * Arithmetic mean.
 *
 * @throws {RangeError} If there are no samples.
 */
export function mean(samples: Samples): number {
  checkAny("mean", samples);
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]!;
  return sum / samples.length;
}

/**
 * Standard deviation of a sample (divides by n - 1); 0 for a single one.
 *
 * @throws {RangeError} If there are no samples.
 */
export function standardDeviation(samples: Samples): number {
  checkAny("standard deviation", samples);
  if (samples.length === 1) return 0;
  const centre = mean(samples);
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += (samples[i]! - centre) ** 2;
  return Math.sqrt(sum / (samples.length - 1));
}

/**
 * The middle sample, or the mean of the two middle ones.
 *
 * @throws {RangeError} If there are no samples.
 */
export function median(samples: Samples): number {
  return quantile(samples, 0.5);
}

/**
 * Quantile by linear interpolation: type 7 of Hyndman and Fan, the default of R and NumPy.
 *
 * @param p Fraction of samples below, 0 to 1.
 * @throws {RangeError} If there are no samples, or `p` is not from 0 to 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(quantile([4, 1, 3, 2], 0.25), 1.75);
 * ```
 */
export function quantile(samples: Samples, p: number): number {
  checkAny("quantile", samples);
  return quantileOfSorted(Float64Array.from(samples).sort(), p);
}

/** {@linkcode quantile} of samples in ascending order, without sorting them again. */
export function quantileOfSorted(sorted: Samples, p: number): number {
  checkAny("quantile", sorted);
  if (!(p >= 0 && p <= 1)) {
    throw new RangeError(`Cannot take quantile ${p}: expected a fraction from 0 to 1`);
  }
  const at = (sorted.length - 1) * p;
  const below = Math.floor(at);
  const low = sorted[below]!;
  const rest = at - below;
  return rest === 0 ? low : low + rest * (sorted[below + 1]! - low);
}

/**
 * ln(baseline / subject) of each round, so that a round's disturbance of both cancels.
 *
 * @param baselineNs Time of the baseline in each round.
 * @param subjectNs Time of the subject in the same rounds; above 0 in the result, the subject is faster.
 * @throws {RangeError} If the rounds differ in number, or a time is not positive and finite.
 */
export function pairedLogRatios(baselineNs: Samples, subjectNs: Samples): number[] {
  if (baselineNs.length !== subjectNs.length) {
    throw new RangeError(
      `Cannot pair times: ${baselineNs.length} of the baseline, ${subjectNs.length} of the subject`,
    );
  }
  return Array.from(baselineNs, (baseline, round) => {
    const subject = subjectNs[round]!;
    const ratio = baseline / subject;
    if (!(baseline > 0 && subject > 0 && ratio > 0 && ratio < Infinity)) {
      throw new RangeError(
        `Cannot pair times of round ${round}: ${baseline} ns and ${subject} ns, expected positive times`,
      );
    }
    return Math.log(ratio);
  });
}

function checkAny(what: string, samples: Samples): void {
  if (samples.length === 0) throw new RangeError(`Cannot take the ${what}: no samples`);
}
