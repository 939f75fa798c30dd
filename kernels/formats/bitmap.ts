/**
 * Bitmap: one bit for every weight, and the values of those that are not zero.
 *
 * @module
 */
import { createCsr, type Csr } from "./csr.ts";

/** A matrix as bits and values. */
export interface Bitmap {
  /** Discriminates. */
  readonly format: "bitmap";
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** Bit `i & 7` of byte `i >> 3` is set if weight `i`, row-major, is not zero. */
  readonly bits: Uint8Array<ArrayBuffer>;
  /** Values of the weights whose bit is set, in their order. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** Marks the non-zeros. */
export function bitmapOfCsr({ rows, cols, rowStarts, columns, values }: Csr): Bitmap {
  const bits = new Uint8Array(Math.ceil(rows * cols / 8));
  for (let row = 0; row < rows; row++) {
    for (let at = rowStarts[row]!; at < rowStarts[row + 1]!; at++) {
      const place = row * cols + columns[at]!;
      bits[Math.floor(place / 8)]! |= 1 << (place % 8);
    }
  }
  return { format: "bitmap", rows, cols, bits, values: values.slice() };
}

/** Finds the marks again. */
export function csrOfBitmap({ rows, cols, bits, values }: Bitmap): Csr {
  const builder = createCsr(rows, cols, values.length);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const place = row * cols + col;
      if ((bits[Math.floor(place / 8)]! >> (place % 8)) & 1) builder.push(col, values[at++]!);
    }
    builder.endRow();
  }
  return builder.csr;
}
