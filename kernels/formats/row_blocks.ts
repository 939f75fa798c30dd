/**
 * Row blocks: a sparse matrix as lists of columns of R weights, for kernels whose lanes are output rows.
 *
 * Of each block of R rows, a column is stored if any of its R weights is not zero: R values next to each other, and the
 * place of the activation that all of them meet. Nothing is filled up, so that a weight that is not stored never meets an
 * activation that is NaN or infinite.
 *
 * @module
 */

/** A matrix that `broadcastSpmm` of as many rows a block can multiply with. */
export interface RowBlocks {
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** R: rows of a block. */
  readonly rowsPerBlock: number;
  /** Blocks; the last is filled up with zero rows. */
  readonly blocks: number;
  /** R values of each stored column, columns ascending, blocks one after the other. */
  readonly values: Float32Array<ArrayBuffer>;
  /** Byte offset of the activation, one a stored column; 16 bits each up to 2^14 columns. Empty if dense. */
  readonly offsets: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  /** Two numbers a block: whole turns of `unroll` columns, and the columns that are left. */
  readonly counts: Uint32Array<ArrayBuffer>;
  /** Stored columns before each block, and their total at the end. */
  readonly starts: Uint32Array<ArrayBuffer>;
  /** Non-zero weights. */
  readonly macs: number;
}

/** How {@linkcode packRowBlocks} lays a matrix out. */
export interface RowBlockOptions {
  /** R: rows of a block. */
  readonly rowsPerBlock: number;
  /** Columns of each turn of the kernel's loop. */
  readonly unroll: number;
  /** Stores every column and no offsets; default false. */
  readonly dense?: boolean;
}

/** Columns whose byte offsets fit 16 bits. */
const NARROW_COLUMNS = 2 ** 14;

/** Whether the offsets of so many columns take 32 bits instead of 16. */
export function hasWideOffsets(cols: number): boolean {
  return cols > NARROW_COLUMNS;
}

/**
 * Packs a row-major `rows × cols` matrix. Zeros are found in the values; `-0` is one.
 *
 * @throws {RangeError} If `weights` does not have `rows * cols` values, or there are none.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const packed = packRowBlocks(Float32Array.of(0, 1, 0, 2), 2, 2, { rowsPerBlock: 2, unroll: 4 });
 * assertEquals([[...packed.values], [...packed.offsets], [...packed.counts]], [[1, 2], [4], [0, 1]]);
 * ```
 */
export function packRowBlocks(
  weights: Float32Array,
  rows: number,
  cols: number,
  { rowsPerBlock, unroll, dense = false }: RowBlockOptions,
): RowBlocks {
  if (weights.length !== rows * cols || weights.length === 0) {
    throw new RangeError(
      `Cannot pack weights: ${weights.length} values, expected ${rows} rows x ${cols} columns`,
    );
  }
  const blocks = Math.ceil(rows / rowsPerBlock);
  const grid: Grid = { weights, rows, cols, rowsPerBlock };
  const present = new Uint8Array(blocks * cols).fill(dense ? 1 : 0);
  const macs = markColumns(grid, present);
  const starts = startsOf(present, blocks, cols);
  const stored = starts[blocks]!;
  const values = new Float32Array(stored * rowsPerBlock);
  const offsets = new (hasWideOffsets(cols) ? Uint32Array : Uint16Array)(dense ? 0 : stored);
  for (let block = 0; block < blocks; block++) {
    let at = starts[block]!;
    for (let col = 0; col < cols; col++) {
      if (present[block * cols + col] === 0) continue;
      copyColumn(grid, block, col, values, at);
      if (!dense) offsets[at] = 4 * col;
      at++;
    }
  }
  const counts = new Uint32Array(2 * blocks);
  for (let block = 0; block < blocks; block++) {
    const count = starts[block + 1]! - starts[block]!;
    counts[2 * block] = Math.floor(count / unroll);
    counts[2 * block + 1] = count % unroll;
  }
  return { rows, cols, rowsPerBlock, blocks, values, offsets, counts, starts, macs };
}

interface Grid {
  readonly weights: Float32Array;
  readonly rows: number;
  readonly cols: number;
  readonly rowsPerBlock: number;
}

/** Marks the columns of each block that hold a weight. @returns The number of non-zero weights. */
function markColumns({ weights, rows, cols, rowsPerBlock }: Grid, present: Uint8Array): number {
  let macs = 0;
  for (let row = 0; row < rows; row++) {
    const at = Math.floor(row / rowsPerBlock) * cols;
    for (let col = 0; col < cols; col++) {
      if (weights[row * cols + col] === 0) continue;
      present[at + col] = 1;
      macs++;
    }
  }
  return macs;
}

function startsOf(present: Uint8Array, blocks: number, cols: number): Uint32Array<ArrayBuffer> {
  const starts = new Uint32Array(blocks + 1);
  for (let block = 0; block < blocks; block++) {
    let count = 0;
    for (let col = 0; col < cols; col++) count += present[block * cols + col]!;
    starts[block + 1] = starts[block]! + count;
  }
  return starts;
}

function copyColumn(
  { weights, rows, cols, rowsPerBlock }: Grid,
  block: number,
  col: number,
  values: Float32Array,
  at: number,
): void {
  const first = block * rowsPerBlock;
  const count = Math.min(rowsPerBlock, rows - first);
  for (let r = 0; r < count; r++) {
    values[at * rowsPerBlock + r] = weights[(first + r) * cols + col]!;
  }
}
