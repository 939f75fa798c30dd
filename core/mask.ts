/**
 * Masks: which weights of a matrix are kept, and proofs that they form a pattern.
 *
 * @module
 */
import { type Pattern, whyIndivisible } from "./pattern.ts";

/** Which weights of a `rows × cols` matrix are kept. */
export interface Mask {
  /** Output channels. */
  readonly rows: number;
  /** Input channels of the flattened weight. */
  readonly cols: number;
  /** Row-major; 1 = kept, 0 = zero. */
  readonly kept: Uint8Array;
}

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
 * The mask of a matrix's non-zeros. A weight that is exactly zero counts as pruned, `-0` too.
 *
 * @throws {RangeError} If there are not `rows * cols` weights.
 */
export function maskOf(weights: Float32Array, rows: number, cols: number): Mask {
  checkLength("weights", weights.length, rows, cols);
  const kept = new Uint8Array(weights.length);
  for (let i = 0; i < kept.length; i++) kept[i] = weights[i] === 0 ? 0 : 1;
  return { rows, cols, kept };
}

/** Fraction of zeros, 0 to 1; 0 for a mask without elements. */
export function sparsityOf(mask: Mask): number {
  let count = 0;
  for (let i = 0; i < mask.kept.length; i++) count += mask.kept[i]!;
  return mask.kept.length === 0 ? 0 : 1 - count / mask.kept.length;
}

/**
 * Zeroes the weights that the mask does not keep, in place, NaN included.
 *
 * @throws {RangeError} If there are more or fewer weights than the mask has elements.
 */
export function applyMask(weights: Float32Array, mask: Mask): void {
  checkLength("weights", weights.length, mask.rows, mask.cols);
  const { kept } = mask;
  for (let i = 0; i < kept.length; i++) if (kept[i] === 0) weights[i] = 0;
}

/**
 * Checks every unit of a mask against the pattern.
 *
 * A block is kept or zero as a whole; a group of M keeps at most N; `dense` has no zeros; `unstructured` always holds.
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
      return partialBlock(mask, pattern.rows, pattern.cols);
    case "n_of_m":
      return crowdedGroup(mask, pattern.n, pattern.m);
  }
}

function partialBlock({ rows, cols, kept }: Mask, R: number, C: number): string | null {
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

function checkLength(what: string, length: number, rows: number, cols: number): void {
  if (length !== rows * cols) {
    throw new RangeError(
      `Cannot mask a ${rows}x${cols} matrix: ${length} ${what}, expected ${rows * cols}`,
    );
  }
}
