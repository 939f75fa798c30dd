/**
 * Masks made to order: the best one for given scores.
 *
 * @module
 */
import { type Balance, keepBestBalanced } from "./balanced_selection.ts";
import { blockScores, checkMaskable, maskOfBlocks, zeroUnits } from "./blocks.ts";
import type { Mask } from "./mask.ts";
import type { PartitionedPattern, Pattern } from "./pattern.ts";
import { keepBest, keepBestOfEach } from "./selection.ts";
import { inTiles, transposed } from "./unit_grid.ts";

/**
 * The mask of the pattern that keeps the largest total score; a block's score is the sum of its elements'.
 *
 * Exactly `round(sparsity * units)` units are zero; a pattern that decides its sparsity has it whatever is asked, and
 * `n_of_m` keeps the N best of every M. Of equal scores the earlier unit is kept, except in `partitioned-xy` and
 * complementary masks, which are the best up to rounding in float64 all the same.
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
  checkMaskable(scores.length, rows, cols, pattern);
  const units = blockScores(scores, rows, cols, pattern, "sum");
  const wanted = units.length - zeroUnits(units.length, sparsity, pattern);
  return maskOfBlocks(keepUnits(units, cols, pattern, wanted), rows, cols, pattern);
}

function keepUnits(
  units: Float32Array,
  cols: number,
  pattern: Pattern,
  wanted: number,
): Uint8Array {
  switch (pattern.kind) {
    case "dense":
      return new Uint8Array(units.length).fill(1);
    case "n_of_m":
      return keepBestOfEach(units, pattern.n, pattern.m);
    case "partitioned":
      return keepPartitions(units, cols / pattern.block.cols, pattern);
    case "complementary": {
      const { kernels } = pattern;
      return keepTiles(units, cols, { rows: kernels, cols, perRow: cols / kernels, perCol: 1 });
    }
    default:
      return keepBest(units, wanted);
  }
}

function keepPartitions(
  units: Float32Array,
  across: number,
  { axis, partition, keep }: PartitionedPattern,
): Uint8Array {
  if (axis === "x") return keepBestOfEach(units, keep, partition);
  if (axis === "y") {
    const down = units.length / across;
    const kept = keepBestOfEach(transposed(units, down, across), keep, partition);
    return transposed(kept, across, down);
  }
  return keepTiles(units, across, {
    rows: partition,
    cols: partition,
    perRow: keep,
    perCol: keep,
  });
}

/** The best balanced choice of each tile. */
function keepTiles(units: Float32Array, across: number, balance: Balance): Uint8Array {
  const { rows, cols } = balance;
  const tile = new Float32Array(rows * cols);
  return inTiles(new Uint8Array(units.length), across, balance, (start) => {
    for (let r = 0; r < rows; r++) {
      const at = start + r * across;
      tile.set(units.subarray(at, at + cols), r * cols);
    }
    return keepBestBalanced(tile, balance);
  });
}
