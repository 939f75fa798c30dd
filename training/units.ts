/**
 * Choosing among units: weights, or the blocks of a pattern.
 *
 * @module
 */
import { projectMask } from "../core/mod.ts";

/**
 * 1 for the `count` largest scores, 0 for the others; of equal scores the earlier is kept.
 *
 * @throws {RangeError} If a score is NaN.
 */
export function keepLargest(scores: Float32Array, count: number): Uint8Array {
  if (scores.length === 0) return new Uint8Array(0);
  const zeros = Math.min(1, Math.max(0, 1 - count / scores.length));
  return projectMask(scores, 1, scores.length, { kind: "unstructured" }, zeros).kept;
}
