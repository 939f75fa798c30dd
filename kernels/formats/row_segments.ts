/**
 * Row segments: a sparse matrix as runs of L inputs of one output, for kernels that add up products across lanes.
 *
 * Columns are cut into segments of L, the lanes of a vector. Of each row, a segment is stored if any of its L weights is
 * not zero: L values, zeros included, and the place of the activations that they meet.
 *
 * @module
 */
import { hasWideOffsets } from "./row_blocks.ts";

/** A matrix that `dotSpmm` of as many lanes can multiply with. */
export interface RowSegments {
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** L: lanes of a vector. */
  readonly lanes: number;
  /** L values of each stored segment, segments ascending, rows one after the other. */
  readonly values: Float32Array<ArrayBuffer>;
  /** Byte offset of the first activation, one a segment; 16 bits each up to 2^14 columns. */
  readonly offsets: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  /** Two numbers a row: whole turns of `unroll` segments, and the segments that are left. */
  readonly counts: Uint32Array<ArrayBuffer>;
  /** Stored segments before each row, and their total at the end. */
  readonly starts: Uint32Array<ArrayBuffer>;
  /** Non-zero weights. */
  readonly macs: number;
}

/**
 * Packs a row-major `rows × cols` matrix. Zeros are found in the values; `-0` is one.
 *
 * @param unroll Segments of each turn of the kernel's loop.
 * @throws {RangeError} If `weights` does not have `rows * cols` values, or there are none.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const packed = packRowSegments(Float32Array.of(0, 0, 0, 0, 5, 6), 1, 6, 4, 4);
 * assertEquals([[...packed.values], [...packed.offsets]], [[5, 6, 0, 0], [16]]);
 * ```
 */
export function packRowSegments(
  weights: Float32Array,
  rows: number,
  cols: number,
  lanes: number,
  unroll: number,
): RowSegments {
  if (weights.length !== rows * cols || weights.length === 0) {
    throw new RangeError(
      `Cannot pack weights: ${weights.length} values, expected ${rows} rows x ${cols} columns`,
    );
  }
  const segments = Math.ceil(cols / lanes);
  const present = new Uint8Array(rows * segments);
  let macs = 0;
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      if (weights[row * cols + col] === 0) continue;
      present[row * segments + Math.floor(col / lanes)] = 1;
      macs++;
    }
  }
  const starts = new Uint32Array(rows + 1);
  const counts = new Uint32Array(2 * rows);
  for (let row = 0; row < rows; row++) {
    let count = 0;
    for (let i = 0; i < segments; i++) count += present[row * segments + i]!;
    starts[row + 1] = starts[row]! + count;
    counts[2 * row] = Math.floor(count / unroll);
    counts[2 * row + 1] = count % unroll;
  }
  const values = new Float32Array(starts[rows]! * lanes);
  const offsets = new (hasWideOffsets(cols) ? Uint32Array : Uint16Array)(starts[rows]!);
  for (let row = 0; row < rows; row++) {
    let at = starts[row]!;
    for (let i = 0; i < segments; i++) {
      if (present[row * segments + i] === 0) continue;
      const from = row * cols + lanes * i;
      const to = Math.min(from + lanes, (row + 1) * cols);
      values.set(weights.subarray(from, to), at * lanes);
      offsets[at++] = 4 * lanes * i;
    }
  }
  return { rows, cols, lanes, values, offsets, counts, starts, macs };
}
