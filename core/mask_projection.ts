/**
 * Masks made to order: the best one for given scores, and one drawn at random.
 *
 * A *unit* is what a pattern prunes at once: a block of a block pattern, else one element.
 *
 * @module
 */
import type { Mask } from "./mask.ts";
import { formatPattern, type Pattern, whyIndivisible } from "./pattern.ts";
import type { Random } from "./random.ts";
import { keepBest, keepBestOfEach } from "./selection.ts";

/** How the scores of a block's elements become the block's score. */
export type BlockReduce = "mean" | "sum" | "max";

/**
 * The mask of the pattern that keeps the largest total score.
 *
 * Exactly `round(sparsity * units)` units are zero; of equal scores the earlier unit is kept. `n_of_m` keeps the N best
 * of every M and `dense` keeps everything, both whatever the sparsity.
 *
 * @param scores Row-major `rows × cols`; larger is more important.
 * @throws {RangeError} If the matrix does not divide by the pattern, the sparsity is not from 0 to 1, or a score is NaN.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const mask = projectMask(Float32Array.of(1, 4, 3, 2), 1, 4, { kind: "unstructured" }, 0.5);
 * assertEquals(mask.kept, Uint8Array.of(0, 1, 1, 0));
 * ```
 */
export function projectMask(
  scores: Float32Array,
  rows: number,
  cols: number,
  pattern: Pattern,
  sparsity: number,
): Mask {
  checkProjection(scores.length, rows, cols, pattern, sparsity);
  if (pattern.kind === "dense") return { rows, cols, kept: new Uint8Array(rows * cols).fill(1) };
  if (pattern.kind === "n_of_m") {
    return { rows, cols, kept: keepBestOfEach(scores, pattern.n, pattern.m) };
  }
  const units = pattern.kind === "block" ? blockScores(scores, rows, cols, pattern, "sum") : scores;
  const kept = keepBest(units, units.length - zeroUnits(units.length, sparsity));
  return maskOfBlocks(kept, rows, cols, pattern);
}

/**
 * A random mask of the pattern, every such mask equally likely.
 *
 * Exactly `round(sparsity * units)` units are zero; `n_of_m` keeps N of every M and `dense` everything, whatever the
 * sparsity.
 *
 * @throws {RangeError} If the matrix does not divide by the pattern, or the sparsity is not from 0 to 1.
 */
export function drawMask(
  random: Random,
  rows: number,
  cols: number,
  pattern: Pattern,
  sparsity: number,
): Mask {
  checkProjection(rows * cols, rows, cols, pattern, sparsity);
  if (pattern.kind === "dense") return { rows, cols, kept: new Uint8Array(rows * cols).fill(1) };
  if (pattern.kind === "n_of_m") {
    const kept = new Uint8Array(rows * cols);
    for (let at = 0; at < kept.length; at += pattern.m) {
      drawKept(random, kept, at, pattern.m, pattern.n);
    }
    return { rows, cols, kept };
  }
  const units = new Uint8Array(unitCount(rows, cols, pattern));
  drawKept(random, units, 0, units.length, units.length - zeroUnits(units.length, sparsity));
  return maskOfBlocks(units, rows, cols, pattern);
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
  checkProjection(scores.length, rows, cols, pattern, 0);
  if (pattern.kind !== "block") return scores.slice();
  const { rows: R, cols: C } = pattern;
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
  checkProjection(rows * cols, rows, cols, pattern, 0);
  const units = unitCount(rows, cols, pattern);
  if (keptBlocks.length !== units) {
    throw new RangeError(
      `Cannot mask a ${rows}x${cols} matrix: ${keptBlocks.length} blocks, expected ${units}`,
    );
  }
  if (pattern.kind !== "block") return { rows, cols, kept: keptBlocks.slice() };
  const { rows: R, cols: C } = pattern;
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

/** Number of units of a matrix: its blocks, or its elements if the pattern has no blocks. */
export function unitCount(rows: number, cols: number, pattern: Pattern): number {
  return pattern.kind === "block" ? rows * cols / (pattern.rows * pattern.cols) : rows * cols;
}

function zeroUnits(units: number, sparsity: number): number {
  return Math.round(sparsity * units);
}

/** Keeps `wanted` of `length` units from `at` on: selection sampling (Knuth, volume 2, 3.4.2, algorithm S). */
function drawKept(
  random: Random,
  kept: Uint8Array,
  at: number,
  length: number,
  wanted: number,
): void {
  for (let left = length; left > 0 && wanted > 0; left--, at++) {
    if (random.next() * left < wanted) {
      kept[at] = 1;
      wanted--;
    }
  }
}

function checkProjection(
  length: number,
  rows: number,
  cols: number,
  pattern: Pattern,
  sparsity: number,
): void {
  const name = `Cannot mask a ${rows}x${cols} matrix with ${formatPattern(pattern)}`;
  if (length !== rows * cols) {
    throw new RangeError(`${name}: ${length} scores, expected ${rows * cols}`);
  }
  const why = whyIndivisible(pattern, rows, cols);
  if (why !== null) throw new RangeError(`${name}: ${why}`);
  if (!(sparsity >= 0 && sparsity <= 1)) {
    throw new RangeError(`${name}: sparsity is ${sparsity}, expected a fraction from 0 to 1`);
  }
}
