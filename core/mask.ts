/**
 * Masks: which weights of a matrix are kept, and proofs that they form a pattern.
 *
 * @module
 */
import type { Pattern } from "./pattern.ts";
import type { Random } from "./random.ts";

/** Which weights of a `rows × cols` matrix are kept. */
export interface Mask {
  /** Output channels. */
  readonly rows: number;
  /** Input channels of the flattened weight. */
  readonly cols: number;
  /** Row-major; 1 = kept, 0 = zero. */
  readonly kept: Uint8Array;
}
// unit: whatever the pattern prunes at once: a weight, a block, or a position in an N:M group
export declare function maskOf(weights: Float32Array, rows: number, cols: number): Mask;
export declare function sparsityOf(mask: Mask): number;
export declare function applyMask(weights: Float32Array, mask: Mask): void;
export declare function proveMask(mask: Mask, pattern: Pattern): PatternProof;
export interface PatternProof {
  readonly proved: boolean;
  readonly sparsity: number;
  readonly violation: string | null;
}
/** best mask for given scores at a sparsity (per layer) */
export declare function projectMask(
  scores: Float32Array,
  rows: number,
  cols: number,
  pattern: Pattern,
  sparsity: number,
): Mask;
/** random mask of the pattern with exactly round(sparsity * units) zero units */
export declare function drawMask(
  random: Random,
  rows: number,
  cols: number,
  pattern: Pattern,
  sparsity: number,
): Mask;
/** block scores, row-major over the block grid [rows/R, cols/C] (unstructured: 1x1) */
export declare function blockScores(
  scores: Float32Array,
  rows: number,
  cols: number,
  pattern: Pattern,
  reduce: "mean" | "sum" | "max",
): Float32Array;
/** expands kept blocks to a mask */
export declare function maskOfBlocks(
  keptBlocks: Uint8Array,
  rows: number,
  cols: number,
  pattern: Pattern,
): Mask;
