/**
 * From rounds to ratios: the estimate, its interval, the noise floor and the verdict.
 *
 * @module
 */
import {
  createRandom,
  type Interval,
  median,
  pairedLogRatios,
  ratioInterval,
} from "../core/mod.ts";
import type { Round } from "./protocol.ts";

/** Whether the subject is faster than the baseline. */
export type SpeedVerdict = "faster" | "slower" | "inconclusive";

/** With fewer rounds than this there is no interval worth the name, so the verdict stays open. */
export const MIN_ROUNDS = 3;

const RESAMPLES = 2000;

/**
 * Time of the baseline over time of the subject, each round a pair.
 *
 * The median over rounds with its bootstrap interval; below {@linkcode MIN_ROUNDS} rounds the interval spans all that was
 * seen.
 *
 * @throws {RangeError} If no round has both.
 */
export function ratioOf(rounds: readonly Round[], subject: string, baseline: string): Interval {
  const pairs = rounds.flatMap((round) => {
    const [slow, fast] = [round[baseline], round[subject]];
    return slow && fast ? [[slow.ns, fast.ns] as const] : [];
  });
  if (pairs.length === 0) {
    throw new RangeError(`Cannot compare ${subject} with ${baseline}: no round has both`);
  }
  const baselineNs = pairs.map(([ns]) => ns);
  const subjectNs = pairs.map(([, ns]) => ns);
  if (pairs.length < MIN_ROUNDS) return range(pairedLogRatios(baselineNs, subjectNs));
  const random = createRandom(`${subject} ${baseline}`);
  return ratioInterval(baselineNs, subjectNs, { random, resamples: RESAMPLES });
}

function range(logs: readonly number[]): Interval {
  return {
    estimate: Math.exp(median(logs)),
    low: Math.exp(Math.min(...logs)),
    high: Math.exp(Math.max(...logs)),
  };
}

/** Half the width of a ratio's interval, as a fraction of the ratio. */
export function halfWidthOf(ratio: Interval): number {
  return (ratio.high - ratio.low) / (2 * ratio.estimate);
}

/** The largest deviation from 1 that the interval of an A/A ratio allows, as a fraction. */
export function noiseFloorOf(same: Interval): number {
  return Math.max(same.high - 1, 1 / same.low - 1, 0);
}

/**
 * Faster or slower only if the whole interval lies beyond the noise floor.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(judgeRatio({ estimate: 1.05, low: 1.03, high: 1.07 }, 0.01, 9), "faster");
 * assertEquals(judgeRatio({ estimate: 1.05, low: 1.03, high: 1.07 }, 0.04, 9), "inconclusive");
 * ```
 */
export function judgeRatio(ratio: Interval, noiseFloor: number, rounds: number): SpeedVerdict {
  if (rounds < MIN_ROUNDS) return "inconclusive";
  if (ratio.low > 1 + noiseFloor) return "faster";
  if (ratio.high < 1 / (1 + noiseFloor)) return "slower";
  return "inconclusive";
}
