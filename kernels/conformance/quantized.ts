/**
 * What the trials of INT8 kernels share.
 *
 * @module
 */

/** The bias from which sums start, as the kernels want it: less the zero point times the sum of the row's weights. */
export function foldedBias(
  weights: Int8Array,
  cols: number,
  bias: Int32Array,
  zeroPoint: number,
): Int32Array<ArrayBuffer> {
  return Int32Array.from(bias, (value, row) => {
    const sum = weights.subarray(row * cols, (row + 1) * cols).reduce((a, b) => a + b, 0);
    return value - zeroPoint * sum;
  });
}

/** The values and zeros up to a length. */
export function filledUp<T extends Int32Array | Float32Array>(values: T, length: number): T {
  const filled = values instanceof Int32Array ? new Int32Array(length) : new Float32Array(length);
  filled.set(values);
  return filled as T; // the same type by construction
}

/** `[token][row]` to `[row][token]`. */
export function transposed(from: Uint8Array, tokens: number): Uint8Array<ArrayBuffer> {
  const rows = from.length / tokens;
  return Uint8Array.from(from, (_, i) => from[(i % tokens) * rows + Math.floor(i / tokens)]!);
}
