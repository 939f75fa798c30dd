/**
 * Do two kernels compute the same? Millions of values, compared in place.
 *
 * @module
 */
import { type Agreement, TOLERANCE } from "./agreement.ts";

/** Outputs of a layer. */
export type Output = Float32Array | Float64Array | Int32Array | Uint8Array;

/** How outputs are compared. */
export interface OutputComparison {
  /** Whose expectation it is, for the message. */
  readonly against: string;
  /** Whether values must be equal; else as close as {@linkcode TOLERANCE} of the largest. */
  readonly exact: boolean;
}

/** Compares outputs value by value. */
export function compareOutput(
  found: Output,
  wanted: Output,
  { against, exact }: OutputComparison,
): Agreement {
  if (found.length !== wanted.length) {
    const problem = `the output has ${found.length} values, expected ${wanted.length}`;
    return { maxError: NaN, problem, against };
  }
  let [error, largest] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    const difference = Math.abs(found[i]! - wanted[i]!);
    // Written so that NaN is kept.
    if (!(difference <= error)) error = difference;
    if (Number.isNaN(error)) break;
    largest = Math.max(largest, Math.abs(wanted[i]!));
  }
  const limit = exact ? 0 : TOLERANCE * largest;
  if (error <= limit) return { maxError: error, problem: null, against };
  return {
    maxError: error,
    against,
    problem: `the output differs from ${against} by ${error.toPrecision(2)}, ` +
      `expected at most ${limit.toPrecision(2)}`,
  };
}
