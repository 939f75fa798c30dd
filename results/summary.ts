/**
 * Statistics of raw samples, computed when a result is read.
 *
 * @module
 */
import { normalQuantile, quantileOfSorted } from "../core/mod.ts";
import type { Measurement } from "./result.ts";

/** Times of one measurement. */
export interface Summary {
  /** Median time of a run in nanoseconds. */
  readonly median: number;
  /** Lower end of the median's 95 % interval in nanoseconds. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
  /** Number of samples. */
  readonly n: number;
}

/**
 * Median and its interval by order statistics, which assumes nothing about the distribution; `null` without samples.
 *
 * With five samples or fewer no such interval reaches 95 %, so it spans all of them.
 */
export function summarise({ samplesNs }: Pick<Measurement, "samplesNs">): Summary | null {
  const n = samplesNs.length;
  if (n === 0) return null;
  const sorted = Float64Array.from(samplesNs).sort();
  const below = medianRank(n);
  return {
    median: quantileOfSorted(sorted, 0.5),
    low: sorted[below]!,
    high: sorted[n - 1 - below]!,
    n,
  };
}

/** Largest number of samples that may be left out on each side while the rest covers the median with 95 %. */
function medianRank(n: number): number {
  // Past a thousand samples the binomial distribution is normal to within a rank.
  if (n > 1000) return Math.floor(n / 2 - normalQuantile(0.975) * Math.sqrt(n) / 2) - 1;
  let tail = 0;
  let probability = 0.5 ** n; // of exactly `rank` samples below the median
  for (let rank = 0;; rank++) {
    tail += probability;
    if (tail > 0.025) return Math.max(0, rank - 1);
    probability *= (n - rank) / (rank + 1);
  }
}
