/**
 * Units of a matrix: what a pattern prunes at once, a block of a block pattern, else one element.
 *
 * @module
 */
import type { Mask } from "./mask.ts";
import { formatPattern } from "./pattern_name.ts";
import { type Pattern, type Size, unitOf, whyIndivisible } from "./pattern.ts";

/** How the scores of a block's elements become the block's score. */
export type BlockReduce = "mean" | "sum" | "max";

/** Number of units of a matrix: its blocks, or its elements if the pattern has no blocks. */
export function unitCount(rows: number, cols: number, pattern: Pattern): number {
  const unit = unitOf(pattern);
  return rows * cols / (unit.rows * unit.cols);
}

/**
 * Scores of the blocks, row-major over the grid `[rows / R, cols / C]`; of the elements themselves (a copy) if the
 * pattern has no blocks.
 *
 * Sums are taken in float64 and rounded once.
 *
 * @throws {RangeError} If the matrix does not divide by the pattern.
 */
export function blockScores(
  scores: Float32Array,
  rows: number,
  cols: number,
  pattern: Pattern,
  reduce: BlockReduce,
): Float32Array {
  checkMaskable(scores.length, rows, cols, pattern);
  const { rows: R, cols: C } = unitOf(pattern);
  if (R === 1 && C === 1) return scores.slice();
  const across = cols / C;
  const blocks = new Float32Array((rows / R) * across);
  const sums = new Float64Array(across);
  for (let blockRow = 0; blockRow < rows / R; blockRow++) {
    sums.fill(reduce === "max" ? -Infinity : 0);
    for (let row = blockRow * R; row < (blockRow + 1) * R; row++) {
      addRow(scores, row * cols, C, sums, reduce === "max");
    }
    const scale = reduce === "mean" ? 1 / (R * C) : 1;
    for (let i = 0; i < across; i++) blocks[blockRow * across + i] = sums[i]! * scale;
  }
  return blocks;
}

function addRow(
  scores: Float32Array,
  at: number,
  C: number,
  sums: Float64Array,
  max: boolean,
): void {
  for (let block = 0; block < sums.length; block++) {
    let sum = sums[block]!;
    for (let c = 0; c < C; c++, at++) {
      const score = scores[at]!;
      sum = max ? Math.max(sum, score) : sum + score;
    }
    sums[block] = sum;
  }
}

/**
 * The mask whose blocks are kept or zero as told; a copy of `keptBlocks` if the pattern has no blocks.
 *
 * @param keptBlocks 1 = kept, 0 = zero, in the order of {@linkcode blockScores}.
 * @throws {RangeError} If there are more or fewer blocks than the matrix has, or it does not divide by the pattern.
 */
export function maskOfBlocks(
  keptBlocks: Uint8Array,
  rows: number,
  cols: number,
  pattern: Pattern,
): Mask {
  checkMaskable(rows * cols, rows, cols, pattern);
  const units = unitCount(rows, cols, pattern);
  if (keptBlocks.length !== units) {
    throw new RangeError(
      `Cannot mask a ${rows}x${cols} matrix: ${keptBlocks.length} blocks, expected ${units}`,
    );
  }
  const { rows: R, cols: C } = unitOf(pattern);
  if (R === 1 && C === 1) return { rows, cols, kept: keptBlocks.slice() };
  const kept = new Uint8Array(rows * cols);
  const across = cols / C;
  for (let row = 0; row < rows; row++) {
    const blockRow = Math.floor(row / R) * across;
    for (let block = 0, at = row * cols; block < across; block++) {
      const value = keptBlocks[blockRow + block]!;
      for (let c = 0; c < C; c++) kept[at++] = value;
    }
  }
  return { rows, cols, kept };
}

/** One element of each block: what {@linkcode maskOfBlocks} was given, if the mask consists of whole blocks. */
export function blocksOfMask(mask: Mask, { rows: R, cols: C }: Size): Mask {
  const [rows, cols] = [mask.rows / R, mask.cols / C];
  const kept = new Uint8Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      kept[row * cols + col] = mask.kept[row * R * mask.cols + col * C]!;
    }
  }
  return { rows, cols, kept };
}

/** Throws a RangeError where the matrix cannot carry the pattern. */
export function checkMaskable(length: number, rows: number, cols: number, pattern: Pattern): void {
  const name = `Cannot mask a ${rows}x${cols} matrix with ${formatPattern(pattern)}`;
  if (length !== rows * cols) {
    throw new RangeError(`${name}: ${length} scores, expected ${rows * cols}`);
  }
  const why = whyIndivisible(pattern, rows, cols);
  if (why !== null) throw new RangeError(`${name}: ${why}`);
}

/** Units that are zero at a sparsity; throws a RangeError where that is no fraction. */
export function zeroUnits(units: number, sparsity: number, pattern: Pattern): number {
  if (sparsity >= 0 && sparsity <= 1) return Math.round(sparsity * units);
  throw new RangeError(
    `Cannot mask with ${
      formatPattern(pattern)
    }: sparsity is ${sparsity}, expected a fraction from 0 to 1`,
  );
}
