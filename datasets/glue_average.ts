/**
 * One figure for all of GLUE.
 *
 * @module
 */
import type { GlueName } from "./glue.ts";

/** The tasks that the average of BERT's authors is over: WNLI is left out, as in the paper of BERT (Devlin et al. 2019, section 4.1). */
export const GLUE_AVERAGED: readonly GlueName[] = [
  ...["cola", "sst2", "mrpc", "stsb", "qqp", "mnli", "qnli", "rte"] as const,
];

/** An average, and what it is not over. */
export interface GlueAverage {
  /** Mean of the tasks' scores, each the mean of its own figures. */
  readonly average: number;
  /** Tasks of {@linkcode GLUE_AVERAGED} without a score. */
  readonly missing: readonly GlueName[];
  /** The same in words, for a result's deviations; empty if none is missing. */
  readonly deviations: readonly string[];
}

/**
 * Averages what models reach on the tasks. A task with two figures, such as F1 and accuracy, counts with their mean.
 *
 * @param scores Figures of each task, 0 to 1.
 * @throws {RangeError} If there is no task to average.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const { average, missing } = glueAverage(new Map([["sst2", [0.9]], ["mrpc", [0.9, 0.8]]]));
 * assertEquals([Math.round(1000 * average), missing.length], [875, 6]);
 * ```
 */
export function glueAverage(scores: ReadonlyMap<GlueName, readonly number[]>): GlueAverage {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const present = GLUE_AVERAGED.filter((name) => (scores.get(name)?.length ?? 0) > 0);
  if (present.length === 0) {
    throw new RangeError(
      `Cannot average GLUE: no scores, expected some of ${GLUE_AVERAGED.join(", ")}`,
    );
  }
  const missing = GLUE_AVERAGED.filter((name) => !present.includes(name));
  return {
    average: mean(present.map((name) => mean(scores.get(name)!))),
    missing,
    deviations: missing.length === 0 ? [] : [
      `GLUE average: over ${present.join(", ")} alone, without ${missing.join(", ")}`,
    ],
  };
}
