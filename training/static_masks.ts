/**
 * Masks drawn at random before the first step.
 *
 * @module
 */
import {
  blockScores,
  drawMask,
  type Mask,
  maskOf,
  maskOfBlocks,
  parsePattern,
  proveMask,
  type Random,
  roundHalfEven,
  unitOf,
} from "../core/mod.ts";
import type { Layer } from "./layers.ts";

/**
 * A mask in which every output, or row of blocks, keeps as many weights as the others: `round((1 - sparsity) · units of a row)`,
 * halves to even, without replacement, as the `SparseWeights` of `nupic.torch`. Patterns that decide how many weights a
 * row keeps are drawn as they are.
 *
 * @param sparsity Fraction of zeros wanted, 0 to 1.
 * @throws {RangeError} If the layer does not divide by the pattern.
 */
export function drawStaticMask(
  random: Random,
  { rows, cols }: Layer,
  patternName: string,
  sparsity: number,
): Mask {
  const pattern = parsePattern(patternName);
  if (pattern.kind !== "unstructured" && pattern.kind !== "block") {
    return drawMask(random, rows, cols, pattern, sparsity);
  }
  const unit = unitOf(pattern);
  const across = cols / unit.cols;
  const kept = new Uint8Array(rows / unit.rows * across);
  const count = roundHalfEven((1 - sparsity) * across);
  const order = Array.from({ length: across }, (_, i) => i);
  for (let start = 0; start < kept.length; start += across) {
    random.shuffle(order);
    for (const col of order.slice(0, count)) kept[start + col] = 1;
  }
  return maskOfBlocks(kept, rows, cols, pattern);
}

/**
 * The mask of weights that were drawn sparse already: in the pattern, and every output with as many as {@linkcode drawStaticMask}
 * keeps; `null` if they were not.
 *
 * @param matrix Weights as the layer's matrix.
 */
export function ownStaticMask(
  matrix: Float32Array,
  { rows, cols }: Layer,
  patternName: string,
  sparsity: number,
): Mask | null {
  const pattern = parsePattern(patternName);
  const mask = maskOf(matrix, rows, cols);
  if (!proveMask(mask, pattern).proved) return null;
  const unit = unitOf(pattern);
  const units = blockScores(Float32Array.from(mask.kept), rows, cols, pattern, "max");
  const across = cols / unit.cols;
  const count = roundHalfEven((1 - sparsity) * across);
  for (let start = 0; start < units.length; start += across) {
    const sum = units.subarray(start, start + across).reduce((total, one) => total + one, 0);
    if (sum !== count) return null;
  }
  return mask;
}
