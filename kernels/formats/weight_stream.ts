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
import { MASK_ROWS, type RowMasks } from "./row_masks.ts";

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
}

/** How {@linkcode writeSparse} orders columns. */
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

/**
 * Finds the columns to store.
 *
 * @param rowsPerBlock Divides {@linkcode MASK_ROWS}.
 */
export function findColumns(
  { words, rows, cols }: RowMasks,
  rowsPerBlock: number,
): FoundColumns {
  const rowBlocks = Math.ceil(rows / rowsPerBlock);
  const columns = new Uint32Array(rowBlocks * cols);
  const starts = new Uint32Array(rowBlocks + 1);
  let count = 0;
  for (let block = 0; block < rowBlocks; block++) {
    const first = block * rowsPerBlock;
    const from = Math.floor(first / MASK_ROWS) * cols;
    const mask = (2 ** rowsPerBlock - 1) << first % MASK_ROWS;
    for (let col = 0; col < cols; col++) {
      const present = words[from + col]! & mask;
      columns[count] = col;
      count += -present >>> 31; // no branch: nobody foresees which
    }
    starts[block + 1] = count;
  }
  return { columns: columns.subarray(0, count), starts };
}

/** Words of a sparse matrix. */
export function sparseWords(
  { rowBlocks, rowsPerBlock }: Pick<WeightGrid, "rowBlocks" | "rowsPerBlock">,
  { passes, unroll }: Pick<StreamOrder, "passes" | "unroll">,
  columns: number,
): number {
  return passes * (unroll + 2 * rowBlocks) + rowBlocks * rowsPerBlock +
    columns * (1 + rowsPerBlock);
}

/** Writes the words of a sparse matrix into `stream`, which is {@linkcode sparseWords} zeros. */
export function writeSparse(
  grid: WeightGrid,
  { columns, starts }: FoundColumns,
  { passes, passCols, unroll, activationBytes }: StreamOrder,
  stream: Uint32Array,
): void {
  const { rows, cols, rowsPerBlock, rowBlocks } = grid;
  const bits = bitsOf(grid.weights);
  const cuts = cutColumns(columns, starts, passes, passCols);
  const places = placeBlocks(cuts, rowsPerBlock, unroll, stream);
  // in the order of the matrix, so that its rows are read from front to back
  for (let block = 0; block < rowBlocks; block++) {
    const top = block * rowsPerBlock * cols;
    const bottom = Math.min((block + 1) * rowsPerBlock, rows) * cols;
    for (let pass = 0; pass < passes; pass++) {
      const [first, end] = [cuts[pass]![block]!, cuts[pass + 1]![block]!];
      let to = places[pass]![block]!;
      stream[to++] = block * rowsPerBlock * activationBytes;
      stream[to++] = Math.floor((end - first) / unroll);
      if (pass === 0) to = writeBiases(grid, block, stream, to);
      for (let i = first; i < end; i++) {
        const column = columns[i]!;
        stream[to++] = (column - pass * passCols) * activationBytes;
        for (let at = top + column, word = to; at < bottom; at += cols) stream[word++] = bits[at]!;
        to += rowsPerBlock;
      }
    }
  }
}

/** Words of a dense matrix. */
export function denseWords(
  { rowBlocks, rowsPerBlock, cols }: Pick<WeightGrid, "rowBlocks" | "rowsPerBlock" | "cols">,
): number {
  return rowBlocks * rowsPerBlock * (1 + cols);
}

/** Writes the words of a dense matrix into `stream`, which is {@linkcode denseWords} zeros. */
export function writeDense(grid: WeightGrid, stream: Uint32Array): void {
  const { rows, rowBlocks, rowsPerBlock, cols } = grid;
  const bits = bitsOf(grid.weights);
  let at = 0;
  for (let block = 0; block < rowBlocks; block++) {
    at = writeBiases(grid, block, stream, at);
    const end = Math.min((block + 1) * rowsPerBlock, rows);
    for (let row = block * rowsPerBlock, to = at; row < end; row++, to++) {
      for (let i = row * cols, t = to; i < (row + 1) * cols; i++, t += rowsPerBlock) {
        stream[t] = bits[i]!;
      }
    }
    at += cols * rowsPerBlock;
  }
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** Where the columns of each row block begin in each pass, and where those of the last pass end. */
function cutColumns(
  columns: Uint32Array,
  starts: Uint32Array<ArrayBuffer>,
  passes: number,
  passCols: number,
): readonly Uint32Array[] {
  const cuts = [starts.slice(0, -1)];
  for (let pass = 1; pass < passes; pass++) {
    const ends = cuts[pass - 1]!.slice();
    const limit = pass * passCols;
    for (let block = 0; block < ends.length; block++) {
      let end = ends[block]!;
      while (end < starts[block + 1]! && columns[end]! < limit) end++;
      ends[block] = end;
    }
    cuts.push(ends);
  }
  return [...cuts, starts.slice(1)];
}

/**
 * Writes how many row blocks each group of each pass has, and returns where in the stream each block begins, by pass.
 *
 * @param cuts What {@linkcode cutColumns} says.
 */
function placeBlocks(
  cuts: readonly Uint32Array[],
  rowsPerBlock: number,
  unroll: number,
  stream: Uint32Array,
): readonly Uint32Array[] {
  let at = 0;
  return cuts.slice(1).map((to, pass) => {
    const from = cuts[pass]!;
    const places = new Uint32Array(from.length);
    const sorted = sortBlocks(from, to);
    const head = 2 + (pass === 0 ? rowsPerBlock : 0);
    for (let remainder = 0; remainder < unroll; remainder++) {
      const size = at++;
      for (const block of sorted) {
        const count = to[block]! - from[block]!;
        if (count % unroll !== remainder) continue;
        stream[size]! += 1;
        places[block] = at;
        at += head + count * (1 + rowsPerBlock);
      }
    }
    return places;
  });
}

/** Row blocks by their columns, those with the fewest first; in order where they are equal. */
function sortBlocks(from: Uint32Array, to: Uint32Array): Uint32Array {
  let most = 0;
  for (let block = 0; block < from.length; block++) {
    most = Math.max(most, to[block]! - from[block]!);
  }
  const places = new Uint32Array(most + 2);
  for (let block = 0; block < from.length; block++) places[to[block]! - from[block]! + 1]! += 1;
  for (let count = 1; count <= most; count++) places[count]! += places[count - 1]!;
  const sorted = new Uint32Array(from.length);
  for (let block = 0; block < from.length; block++) {
    const count = to[block]! - from[block]!;
    sorted[places[count]!] = block;
    places[count]! += 1;
  }
  return sorted;
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
    const words = bitsOf(bias);
    const count = Math.min(rowsPerBlock, rows - first);
    for (let r = 0; r < count; r++) stream[at + r] = words[first + r]!;
  }
  return at + rowsPerBlock; // the stream is zeros at first
}
