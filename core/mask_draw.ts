/**
 * Masks drawn at random.
 *
 * @module
 */
import { drawBalanced } from "./balanced_draw.ts";
import type { Balance } from "./balanced_selection.ts";
import { checkMaskable, maskOfBlocks, unitCount, zeroUnits } from "./blocks.ts";
import type { Mask } from "./mask.ts";
import type { PartitionedPattern, Pattern } from "./pattern.ts";
import type { Random } from "./random.ts";
import { inTiles, transposed } from "./unit_grid.ts";

/**
 * A random mask of the pattern, every such mask equally likely; of `partitioned-xy` with more than one in a partition
 * nearly so, since those are mixed by many random trades.
 *
 * Exactly `round(sparsity * units)` units are zero; a pattern that decides its sparsity has it whatever is asked, and
 * `n_of_m` keeps N of every M.
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
  checkMaskable(rows * cols, rows, cols, pattern);
  const units = unitCount(rows, cols, pattern);
  const zeros = zeroUnits(units, sparsity, pattern);
  return maskOfBlocks(drawUnits(random, rows, cols, pattern, units - zeros), rows, cols, pattern);
}

function drawUnits(
  random: Random,
  rows: number,
  cols: number,
  pattern: Pattern,
  wanted: number,
): Uint8Array {
  const kept = new Uint8Array(unitCount(rows, cols, pattern));
  switch (pattern.kind) {
    case "dense":
      return kept.fill(1);
    case "n_of_m":
      return drawRuns(random, kept, pattern.m, pattern.n);
    case "partitioned":
      return drawPartitions(random, kept, cols / pattern.block.cols, pattern);
    case "complementary": {
      const { kernels } = pattern;
      const set = { rows: kernels, cols, perRow: cols / kernels, perCol: 1 };
      return inTiles(kept, cols, set, () => drawBalanced(random, set));
    }
    default:
      drawKept(random, kept, 0, kept.length, wanted);
      return kept;
  }
}

function drawPartitions(
  random: Random,
  kept: Uint8Array,
  across: number,
  { axis, partition, keep }: PartitionedPattern,
): Uint8Array {
  if (axis === "x") return drawRuns(random, kept, partition, keep);
  if (axis === "y") {
    drawRuns(random, kept, partition, keep);
    return transposed(kept, across, kept.length / across);
  }
  const square: Balance = { rows: partition, cols: partition, perRow: keep, perCol: keep };
  return inTiles(kept, across, square, () => drawBalanced(random, square));
}

/** Keeps `wanted` of every `length` neighbours, in place. */
function drawRuns(random: Random, kept: Uint8Array, length: number, wanted: number): Uint8Array {
  for (let at = 0; at < kept.length; at += length) drawKept(random, kept, at, length, wanted);
  return kept;
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
