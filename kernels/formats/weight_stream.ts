/**
 * The words of a packed matrix.
 *
 * Columns are cut into passes, so that the activations of one pass stay in a cache while all row blocks meet them. In
 * each pass row blocks are sorted by their stored columns: those that leave the same remainder by `unroll` together,
 * since they run the same code, and of these equal numbers of turns together, since then the processor foresees the end
 * of the loop.
 *
 * The stream, in 32-bit words (b = 1 in the first pass, else 0; columns ascend):
 *
 * ```
 * pass = for each remainder 0 .. unroll - 1: group
 * group = row blocks; for each: block
 * block = byte offset of its rows in a panel; turns; b * R biases; turns * unroll + remainder columns
 * column = byte offset of its activations from the first of the pass; R weights
 * ```
 *
 * A dense matrix has R biases and cols * R weights for each row block, and nothing else.
 *
 * Values are moved as bit patterns, in plain loops: a model has tens of millions of weights to pack when it is loaded.
 *
 * @module
 */

/** A row-major matrix cut into row blocks. */
export interface WeightGrid {
  /** `rows * cols` values. */
  readonly weights: Float32Array;
  /** Rows of the matrix. */
  readonly rows: number;
  /** Columns of the matrix. */
  readonly cols: number;
  /** R. */
  readonly rowsPerBlock: number;
  /** Row blocks; the last may go beyond the last row. */
  readonly rowBlocks: number;
  /** `rows` values; zeros if there are none. */
  readonly bias: Float32Array | null | undefined;
}

/** Columns that hold a non-zero weight, row block after row block. */
export interface FoundColumns {
  /** Ascending within each row block. */
  readonly columns: Uint32Array;
  /** Where the columns of each row block begin, and where the last one's end. */
  readonly starts: Uint32Array<ArrayBuffer>;
  /** Non-zero weights. */
  readonly macs: number;
}

/** How {@linkcode sparseStream} orders columns. */
export interface StreamOrder {
  /** Passes over the columns. */
  readonly passes: number;
  /** Columns of a pass. */
  readonly passCols: number;
  /** Columns of a turn. */
  readonly unroll: number;
  /** Bytes from the activations of one column to those of the next, and from one output row to the next. */
  readonly activationBytes: number;
}

/** Finds the columns to store. */
export function findColumns(grid: WeightGrid): FoundColumns {
  const { rows, cols, rowsPerBlock, rowBlocks } = grid;
  const bits = bitsOf(grid.weights);
  const columns = new Uint32Array(rowBlocks * cols);
  const starts = new Uint32Array(rowBlocks + 1);
  const present = new Uint8Array(cols);
  let [count, macs] = [0, 0];
  for (let block = 0; block < rowBlocks; block++) {
    present.fill(0);
    const end = Math.min((block + 1) * rowsPerBlock, rows) * cols;
    for (let at = block * rowsPerBlock * cols; at < end;) {
      for (let col = 0; col < cols; col++, at++) {
        // all bits but the sign: -0 is a zero
        if ((bits[at]! << 1) === 0) continue;
        present[col] = 1;
        macs++;
      }
    }
    for (let col = 0; col < cols; col++) {
      columns[count] = col;
      count += present[col]!;
    }
    starts[block + 1] = count;
  }
  return { columns: columns.subarray(0, count), starts, macs };
}

/** The words of a sparse matrix, and the turns of its inner loops. */
export function sparseStream(
  grid: WeightGrid,
  { columns, starts }: FoundColumns,
  { passes, passCols, unroll, activationBytes }: StreamOrder,
): { readonly stream: Uint32Array<ArrayBuffer>; readonly turns: number } {
  const { rowsPerBlock, rowBlocks } = grid;
  const bits = bitsOf(grid.weights);
  const stream = new Uint32Array(
    passes * (unroll + 2 * rowBlocks) + rowBlocks * rowsPerBlock +
      columns.length * (1 + rowsPerBlock),
  );
  let [at, turns] = [0, 0];
  let from = starts.slice(0, rowBlocks);
  for (let pass = 0; pass < passes; pass++) {
    const to = endsBefore((pass + 1) * passCols, columns, starts, from);
    for (const group of sortedGroups(from, to, unroll)) {
      stream[at++] = group.length;
      for (const block of group) {
        const [first, end] = [from[block]!, to[block]!];
        stream[at++] = block * rowsPerBlock * activationBytes;
        stream[at++] = Math.floor((end - first) / unroll);
        turns += Math.floor((end - first) / unroll);
        if (pass === 0) at = writeBiases(grid, block, stream, at);
        for (let i = first; i < end; i++) {
          stream[at++] = (columns[i]! - pass * passCols) * activationBytes;
          at = writeColumn(grid, bits, block, columns[i]!, stream, at);
        }
      }
    }
    from = to;
  }
  return { stream, turns };
}

/** The words of a dense matrix. */
export function denseStream(grid: WeightGrid): Uint32Array<ArrayBuffer> {
  const { rowBlocks, rowsPerBlock, cols } = grid;
  const bits = bitsOf(grid.weights);
  const stream = new Uint32Array(rowBlocks * rowsPerBlock * (1 + cols));
  let at = 0;
  for (let block = 0; block < rowBlocks; block++) {
    at = writeBiases(grid, block, stream, at);
    for (let col = 0; col < cols; col++) at = writeColumn(grid, bits, block, col, stream, at);
  }
  return stream;
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** Where the columns of each row block end that are less than `limit`. */
function endsBefore(
  limit: number,
  columns: Uint32Array,
  starts: Uint32Array,
  from: Uint32Array,
): Uint32Array<ArrayBuffer> {
  const ends = new Uint32Array(from.length);
  for (let block = 0; block < from.length; block++) {
    let end = from[block]!;
    while (end < starts[block + 1]! && columns[end]! < limit) end++;
    ends[block] = end;
  }
  return ends;
}

/** Row blocks by what is left of their columns after whole turns, and then by columns. */
function sortedGroups(from: Uint32Array, to: Uint32Array, unroll: number): number[][] {
  const groups: number[][] = Array.from({ length: unroll }, () => []);
  for (let block = 0; block < from.length; block++) {
    groups[(to[block]! - from[block]!) % unroll]!.push(block);
  }
  const count = (block: number): number => to[block]! - from[block]!;
  return groups.map((group) => group.sort((a, b) => count(a) - count(b)));
}

/** Writes R biases; returns where the next word goes. */
function writeBiases(
  { bias, rows, rowsPerBlock }: WeightGrid,
  block: number,
  stream: Uint32Array,
  at: number,
): number {
  const first = block * rowsPerBlock;
  if (bias) {
    const own = bias.subarray(first, Math.min(first + rowsPerBlock, rows));
    new Float32Array(stream.buffer, 4 * at, own.length).set(own);
  }
  return at + rowsPerBlock; // the stream is zeros at first
}

/** Writes R weights; returns where the next word goes. */
function writeColumn(
  { rows, cols, rowsPerBlock }: WeightGrid,
  bits: Uint32Array,
  block: number,
  col: number,
  stream: Uint32Array,
  at: number,
): number {
  const end = Math.min((block + 1) * rowsPerBlock, rows);
  const next = at + rowsPerBlock;
  for (let row = block * rowsPerBlock; row < end; row++) stream[at++] = bits[row * cols + col]!;
  return next;
}
