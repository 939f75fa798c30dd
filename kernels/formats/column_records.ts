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

/** Weights of one input that add to neighbouring outputs. */
export interface Column {
  /** The input. */
  readonly input: number;
  /** Byte offset of the first output. */
  readonly offset: number;
  /** R weights. */
  readonly weights: ArrayLike<number>;
}

/** Inputs are padded to whole vectors, whose last lanes find the empty record. */
const PADDING = 16;
const HEADER_BYTES = 8;
const LINE_BYTES = 64;
const EMPTY_BYTES = LINE_BYTES;

/**
 * Packs columns in any order of inputs; those of one input keep theirs.
 *
 * @param inputs Number of inputs.
 * @param wide Whether offsets take 32 bits; default: if one of them does not fit 16.
 * @throws {RangeError} If the records take 4 GiB or more.
 */
export function packColumnRecords(
  columns: readonly Column[],
  inputs: number,
  rowsPerBlock: number,
  wide: boolean = columns.some(({ offset }) => offset >= 2 ** 16),
): ColumnRecords {
  const padded = PADDING * Math.ceil(inputs / PADDING);
  const offsetBytes = wide ? 4 : 2;
  const counts = new Uint32Array(padded);
  for (const { input } of columns) counts[input]!++;
  const { starts, sizeBytes } = startsOf(counts, offsetBytes, rowsPerBlock);
  const records = new Uint8Array(sizeBytes);
  const view = new DataView(records.buffer);
  for (let input = 0; input < padded; input++) {
    if (counts[input] === 0) continue;
    view.setUint32(starts[input]!, counts[input]!, true);
    view.setUint32(starts[input]! + 4, headerBytes(counts[input]!, offsetBytes), true);
  }
  const written = new Uint32Array(padded);
  for (const { input, offset, weights } of columns) {
    const [start, at] = [starts[input]!, written[input]!++];
    const place = start + HEADER_BYTES + offsetBytes * at;
    if (wide) view.setUint32(place, offset, true);
    else view.setUint16(place, offset, true);
    const values = start + view.getUint32(start + 4, true) + 4 * rowsPerBlock * at;
    for (let r = 0; r < rowsPerBlock; r++) view.setFloat32(values + 4 * r, weights[r] ?? 0, true);
  }
  return { inputs: padded, rowsPerBlock, wide, records, starts, counts };
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
  return { starts, sizeBytes: at };
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
 * const columns = columnsOfMatrix(Float32Array.of(0, 1, 0, 2), 2, 2, 1, false);
 * assertEquals(columns.map(({ input, offset }) => [input, offset]), [[1, 0], [1, 4]]);
 * ```
 */
export function columnsOfMatrix(
  weights: Float32Array,
  rows: number,
  cols: number,
  rowsPerBlock: number,
  dense: boolean,
): Column[] {
  if (weights.length !== rows * cols || weights.length === 0) {
    throw new RangeError(
      `Cannot pack weights: ${weights.length} values, expected ${rows} rows x ${cols} columns`,
    );
  }
  const columns: Column[] = [];
  for (let first = 0; first < rows; first += rowsPerBlock) {
    const end = Math.min(rows, first + rowsPerBlock);
    for (let input = 0; input < cols; input++) {
      let kept = dense;
      for (let row = first; row < end && !kept; row++) kept = weights[row * cols + input] !== 0;
      if (!kept) continue;
      const values = new Float32Array(rowsPerBlock);
      for (let row = first; row < end; row++) values[row - first] = weights[row * cols + input]!;
      columns.push({ input, offset: 4 * first, weights: values });
    }
  }
  return columns;
}
