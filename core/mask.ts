/**
 * Masks: which weights of a matrix are kept.
 *
 * @module
 */

/** Which weights of a `rows × cols` matrix are kept. */
export interface Mask {
  /** Output channels. */
  readonly rows: number;
  /** Input channels of the flattened weight. */
  readonly cols: number;
  /** Row-major; 1 = kept, 0 = zero. */
  readonly kept: Uint8Array;
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

function checkLength(what: string, length: number, rows: number, cols: number): void {
  if (length !== rows * cols) {
    throw new RangeError(
      `Cannot mask a ${rows}x${cols} matrix: ${length} ${what}, expected ${rows * cols}`,
    );
  }
}
