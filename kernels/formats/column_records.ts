/**
 * Column records: a sparse matrix by input, for kernels that walk the activations that are not zero.
 *
 * Of each input, the record lists the columns of R weights that are not all zero: where each adds to the outputs, and the
 * weights. An input that has none shares one empty record. A record lies in one piece, so that one look-up brings both:
 *
 * `[count u32][bytes to the weights u32][byte offset of each output u16 or u32][padding][weights]`, weights at a multiple
 * of a cache line if there are many, else of 4 bytes.
 *
 * @module
 */
import { packRowBlocks } from "./row_blocks.ts";

/** A matrix that `sparseSparse` of as many rows a column can multiply with. */
export interface ColumnRecords {
  /** Inputs, padding included. */
  readonly inputs: number;
  /** R: outputs of a column: 1, 4, 8 or 16. */
  readonly rowsPerBlock: number;
  /** Whether offsets of outputs are 32 instead of 16 bits. */
  readonly wide: boolean;
  /** All records, to be placed at a multiple of 64 bytes. */
  readonly records: Uint8Array<ArrayBuffer>;
  /** Byte offset of each input's record. */
  readonly starts: Uint32Array<ArrayBuffer>;
  /** Stored columns of each input. */
  readonly counts: Uint32Array<ArrayBuffer>;
}

/** Columns of R weights, each of one input and R neighbouring outputs, in any order. */
export interface Columns {
  /** The input of each. */
  readonly inputs: Uint32Array;
  /** Byte offset of the first output of each. */
  readonly offsets: Uint32Array;
  /** R weights of each. */
  readonly weights: Float32Array;
}

/** Inputs are padded to whole vectors, whose last lanes find the empty record. */
const PADDING = 16;
const HEADER_BYTES = 8;
const LINE_BYTES = 64;
const EMPTY_BYTES = LINE_BYTES;

/**
 * Packs columns; those of one input keep their order.
 *
 * @param inputs Number of inputs.
 * @param wide Whether offsets take 32 bits; default: if one of them does not fit 16.
 * @throws {RangeError} If the records take 4 GiB or more.
 */
export function packColumnRecords(
  columns: Columns,
  inputs: number,
  rowsPerBlock: number,
  wide: boolean = needsWideOffsets(columns),
): ColumnRecords {
  const padded = PADDING * Math.ceil(inputs / PADDING);
  const offsetBytes = wide ? 4 : 2;
  const counts = new Uint32Array(padded);
  for (const input of columns.inputs) counts[input]!++;
  const { starts, sizeBytes } = startsOf(counts, offsetBytes, rowsPerBlock);
  const words = new Uint32Array(sizeBytes / 4);
  counts.forEach((count, input) => {
    if (count === 0) return;
    words[starts[input]! / 4] = count;
    words[starts[input]! / 4 + 1] = headerBytes(count, offsetBytes);
  });
  fillRecords(columns, rowsPerBlock, starts, words, wide);
  const records = new Uint8Array(words.buffer);
  return { inputs: padded, rowsPerBlock, wide, records, starts, counts };
}

/** Whether an offset does not fit 16 bits. */
export function needsWideOffsets({ offsets }: Columns): boolean {
  return offsets.some((offset) => offset >= 2 ** 16);
}

function fillRecords(
  { inputs, offsets, weights }: Columns,
  rowsPerBlock: number,
  starts: Uint32Array,
  words: Uint32Array<ArrayBuffer>,
  wide: boolean,
): void {
  const places = wide ? words : new Uint16Array(words.buffer);
  const values = new Float32Array(words.buffer);
  const written = new Uint32Array(starts.length);
  for (let column = 0; column < inputs.length; column++) {
    const input = inputs[column]!;
    const [start, at] = [starts[input]!, written[input]!++];
    places[(start + HEADER_BYTES) / places.BYTES_PER_ELEMENT + at] = offsets[column]!;
    const to = (start + words[start / 4 + 1]!) / 4 + rowsPerBlock * at;
    const from = rowsPerBlock * column;
    for (let r = 0; r < rowsPerBlock; r++) values[to + r] = weights[from + r]!;
  }
}

/** Bytes from the start of a record to its weights. */
function headerBytes(count: number, offsetBytes: number): number {
  return 4 * Math.ceil((HEADER_BYTES + offsetBytes * count) / 4);
}

function startsOf(
  counts: Uint32Array,
  offsetBytes: number,
  rowsPerBlock: number,
): { starts: Uint32Array<ArrayBuffer>; sizeBytes: number } {
  const starts = new Uint32Array(counts.length); // an empty record lies at 0
  let at = EMPTY_BYTES;
  counts.forEach((count, input) => {
    if (count === 0) return;
    const header = headerBytes(count, offsetBytes);
    const weights = 4 * rowsPerBlock * count;
    // the weights, not the header, begin a line where they fill lines
    if (rowsPerBlock === PADDING) {
      at = LINE_BYTES * Math.ceil((at + header) / LINE_BYTES) - header;
    }
    starts[input] = at;
    at += header + weights;
  });
  if (at >= 2 ** 32) {
    throw new RangeError(`Cannot pack records: they take ${at} bytes, expected below 4 GiB`);
  }
  return { starts, sizeBytes: 4 * Math.ceil(at / 4) };
}

/**
 * The columns of a row-major `rows × cols` matrix that are not all zero; the last is filled up with zeros if R does not
 * divide the rows. `-0` is a zero.
 *
 * @param dense Take every column, whatever its weights.
 * @throws {RangeError} If `weights` does not have `rows * cols` values, or there are none.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const { inputs, offsets } = columnsOfMatrix(Float32Array.of(0, 1, 0, 2), 2, 2, 1, false);
 * assertEquals([[...inputs], [...offsets]], [[1, 1], [0, 4]]);
 * ```
 */
export function columnsOfMatrix(
  weights: Float32Array,
  rows: number,
  cols: number,
  rowsPerBlock: number,
  dense: boolean,
): Columns {
  const packed = packRowBlocks(weights, rows, cols, { rowsPerBlock, unroll: 1, dense });
  const count = packed.starts[packed.blocks]!;
  const inputs = new Uint32Array(count);
  const offsets = new Uint32Array(count);
  for (let block = 0; block < packed.blocks; block++) {
    const [from, to] = [packed.starts[block]!, packed.starts[block + 1]!];
    offsets.fill(4 * rowsPerBlock * block, from, to);
    for (let at = from; at < to; at++) inputs[at] = dense ? at - from : packed.offsets[at]! / 4;
  }
  return { inputs, offsets, weights: packed.values };
}

/** Puts lists of columns one behind the other. */
export function joinColumns(lists: readonly Columns[]): Columns {
  const count = lists.reduce((sum, { inputs }) => sum + inputs.length, 0);
  const values = lists.reduce((sum, { weights }) => sum + weights.length, 0);
  const all = {
    inputs: new Uint32Array(count),
    offsets: new Uint32Array(count),
    weights: new Float32Array(values),
  };
  let [column, value] = [0, 0];
  for (const { inputs, offsets, weights } of lists) {
    all.inputs.set(inputs, column);
    all.offsets.set(offsets, column);
    all.weights.set(weights, value);
    column += inputs.length;
    value += weights.length;
  }
  return all;
}

/** The same columns, all of whose outputs are `bytes` further on. */
export function moveColumns(columns: Columns, bytes: number): Columns {
  return { ...columns, offsets: columns.offsets.map((offset) => offset + bytes) };
}
