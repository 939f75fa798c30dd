/**
 * Proofs: whether a mask forms a pattern, and if not, where it first breaks.
 *
 * @module
 */
import { blocksOfMask } from "./blocks.ts";
import { type Mask, sparsityOf } from "./mask.ts";
import {
  type ComplementaryPattern,
  type PartitionedPattern,
  type Pattern,
  type Size,
  whyIndivisible,
} from "./pattern.ts";
import { transposed } from "./unit_grid.ts";

/** What {@linkcode proveMask} found. */
export interface PatternProof {
  /** Whether every unit of the mask obeys the pattern. */
  readonly proved: boolean;
  /** Fraction of zeros, 0 to 1. */
  readonly sparsity: number;
  /** The first unit that breaks the pattern, in words; `null` if none does. */
  readonly violation: string | null;
}

/**
 * Checks every unit of a mask against the pattern.
 *
 * A block is kept or zero as a whole; a group of M keeps at most N; a partition keeps exactly its number of blocks; in a
 * complementary set each column has one owner and each kernel owns as many columns; `dense` has no zeros;
 * `unstructured` always holds.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const mask = { rows: 2, cols: 2, kept: Uint8Array.of(1, 0, 0, 0) };
 * const proof = proveMask(mask, { kind: "block", rows: 2, cols: 1 });
 * assertEquals(proof.violation, "block (0, 0) is partly zero");
 * ```
 */
export function proveMask(mask: Mask, pattern: Pattern): PatternProof {
  const violation = whyIndivisible(pattern, mask.rows, mask.cols) ?? violationOf(mask, pattern);
  return { proved: violation === null, sparsity: sparsityOf(mask), violation };
}

function violationOf(mask: Mask, pattern: Pattern): string | null {
  switch (pattern.kind) {
    case "unstructured":
      return null;
    case "dense": {
      const zero = mask.kept.indexOf(0);
      if (zero < 0) return null;
      return `element (${Math.floor(zero / mask.cols)}, ${zero % mask.cols}) is zero`;
    }
    case "block":
      return partialBlock(mask, pattern);
    case "n_of_m":
      return crowdedGroup(mask, pattern.n, pattern.m);
    case "partitioned":
      return partialBlock(mask, pattern.block) ?? unevenPartition(mask, pattern);
    case "complementary":
      return brokenSet(mask, pattern);
  }
}

function partialBlock({ rows, cols, kept }: Mask, { rows: R, cols: C }: Size): string | null {
  for (let row = 0; row < rows; row += R) {
    for (let col = 0; col < cols; col += C) {
      const first = kept[row * cols + col];
      for (let r = row; r < row + R; r++) {
        for (let c = col; c < col + C; c++) {
          if (kept[r * cols + c] !== first) return `block (${row / R}, ${col / C}) is partly zero`;
        }
      }
    }
  }
  return null;
}

function crowdedGroup({ cols, kept }: Mask, n: number, m: number): string | null {
  for (let start = 0; start < kept.length; start += m) {
    let count = 0;
    for (let i = start; i < start + m; i++) count += kept[i]!;
    if (count > n) {
      const col = start % cols;
      const place = `row ${Math.floor(start / cols)}, columns ${col} to ${col + m - 1}`;
      return `group (${place}) keeps ${count}, expected at most ${n}`;
    }
  }
  return null;
}

/** The mask is known to consist of whole blocks. */
function unevenPartition(mask: Mask, pattern: PartitionedPattern): string | null {
  const { axis, block } = pattern;
  const blocks = blocksOfMask(mask, block);
  const row = block.rows === 1 ? "row" : "block row";
  const column = block.cols === 1 ? "column" : "block column";
  const alongX = axis === "y" ? null : unevenRun(blocks, pattern, row, column);
  if (alongX !== null || axis === "x") return alongX;
  const { rows, cols, kept } = blocks;
  const side = { rows: cols, cols: rows, kept: transposed(kept, rows, cols) };
  return unevenRun(side, pattern, column, row);
}

function unevenRun(
  { cols, kept }: Mask,
  { partition, keep }: PartitionedPattern,
  line: string,
  along: string,
): string | null {
  for (let start = 0; start < kept.length; start += partition) {
    let count = 0;
    for (let i = start; i < start + partition; i++) count += kept[i]!;
    if (count === keep) continue;
    const first = start % cols;
    const place = `${line} ${Math.floor(start / cols)}, ${along}s ${first} to ${
      first + partition - 1
    }`;
    return `partition (${place}) keeps ${count}, expected ${keep}`;
  }
  return null;
}

function brokenSet({ rows, cols, kept }: Mask, { kernels }: ComplementaryPattern): string | null {
  for (let first = 0; first < rows; first += kernels) {
    const place = `rows ${first} to ${first + kernels - 1}`;
    for (let col = 0; col < cols; col++) {
      let owners = 0;
      for (let row = first; row < first + kernels; row++) owners += kept[row * cols + col]!;
      if (owners !== 1) return `column ${col} has ${owners} owners in ${place}, expected 1`;
    }
    for (let row = first; row < first + kernels; row++) {
      let owned = 0;
      for (let col = 0; col < cols; col++) owned += kept[row * cols + col]!;
      if (owned !== cols / kernels) {
        return `row ${row} owns ${owned} columns in ${place}, expected ${cols / kernels}`;
      }
    }
  }
  return null;
}
