/**
 * Packed weights: a sparse matrix in the order in which the `spmm` kernel reads it.
 *
 * Rows are cut into blocks of R. Of each row block, a column is stored if any of its R weights is not zero, in ascending
 * order of columns: R values, and the byte offset of the activation row that they multiply. So a 4x1, a 4x4 and an 8x1
 * matrix are all lists of R×1 columns, and the pattern decides only how many zeros are stored.
 *
 * @module
 */
import type { Pattern } from "../../core/mod.ts";
import { checkPanelLanes, paddedRows, panelBytes, rowBytes } from "../ops/panel.ts";
import type { Tile } from "../ops/tile.ts";

/** A matrix that the `spmm` kernel of the same pattern, target and panel width can multiply with. */
export interface PackedWeights {
  /** The pattern packed for; `dense` stores every column and no offsets. */
  readonly pattern: Pattern;
  /** Rows of the matrix. */
  readonly rows: number;
  /** Columns of the matrix. */
  readonly cols: number;
  /** R: rows of a block. */
  readonly rowsPerBlock: number;
  /** Row blocks; the last is filled up with zero rows. */
  readonly rowBlocks: number;
  /** R values of each stored column, columns in order. */
  readonly values: Float32Array<ArrayBuffer>;
  /** Byte offset into the panel, one of each stored column; empty if dense. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** Turns of the inner loop for each row block: stored columns / unroll; empty if dense. */
  readonly counts: Uint32Array<ArrayBuffer>;
  /** Stored columns before each row block, and their total at the end: `rowBlocks + 1` numbers. */
  readonly starts: Uint32Array<ArrayBuffer>;
  /** Columns that hold a non-zero weight. */
  readonly blocks: number;
  /** Weights stored, zeros of partly empty columns and of padding included. */
  readonly stored: number;
  /** Non-zero weights: multiply-adds that have to be done for each lane. */
  readonly macs: number;
}

/** How {@linkcode packWeights} lays a matrix out. */
export interface PackOptions {
  /** Width P of the panels that will be multiplied with. */
  readonly panelLanes: number;
  /** Tile of the kernel, from `tileOf`. */
  readonly tile: Tile;
}

/**
 * Packs a row-major `rows × cols` matrix. Zeros are found in the values; `-0` is one.
 *
 * Rows past the last and columns that fill up an unrolled turn have weight 0 and cost a little time.
 *
 * @throws {RangeError} If `weights` does not have `rows * cols` values, or an offset does not fit 32 bits.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const packed = packWeights(new Float32Array([0, 1, 0, 2]), 2, 2, { kind: "block", rows: 2, cols: 1 }, {
 *   panelLanes: 64,
 *   tile: { rows: 2, vectors: 4, unroll: 1, sets: 1 },
 * });
 * assertEquals([...packed.values], [1, 2]);
 * assertEquals([...packed.offsets], [256]);
 * ```
 */
export function packWeights(
  weights: Float32Array,
  rows: number,
  cols: number,
  pattern: Pattern,
  options: PackOptions,
): PackedWeights {
  check(weights, rows, cols, options);
  const { rows: rowsPerBlock, unroll } = options.tile;
  const rowBlocks = paddedRows(rows, rowsPerBlock) / rowsPerBlock;
  const dense = pattern.kind === "dense";
  const grid: Grid = { weights, rows, cols, rowsPerBlock };
  const kept = Array.from({ length: rowBlocks }, (_, block) => keptColumns(grid, block));
  const columns = dense ? kept.map(() => everyColumn(cols)) : kept.map((k) => fillUp(k, unroll));
  const starts = startsOf(columns);
  const values = new Float32Array((starts[rowBlocks] ?? 0) * rowsPerBlock);
  const offsets = new Uint32Array(dense ? 0 : starts[rowBlocks] ?? 0);
  for (let block = 0; block < rowBlocks; block++) {
    const from = starts[block] ?? 0;
    const list = columns[block] ?? [];
    const real = dense ? cols : kept[block]?.length ?? 0;
    copyColumns(grid, block, list.slice(0, real), values.subarray(from * rowsPerBlock));
    if (!dense) list.forEach((col, i) => offsets[from + i] = col * rowBytes(options.panelLanes));
  }
  return {
    pattern,
    rows,
    cols,
    rowsPerBlock,
    rowBlocks,
    values,
    offsets,
    counts: Uint32Array.from(dense ? [] : columns, (list) => list.length / unroll),
    starts,
    blocks: kept.reduce((sum, list) => sum + list.length, 0),
    stored: values.length,
    macs: countNonZero(weights),
  };
}

interface Grid {
  readonly weights: Float32Array;
  readonly rows: number;
  readonly cols: number;
  readonly rowsPerBlock: number;
}

/** Columns of a row block that hold a non-zero weight, ascending. */
function keptColumns({ weights, rows, cols, rowsPerBlock }: Grid, block: number): number[] {
  const first = block * rowsPerBlock;
  const last = Math.min(first + rowsPerBlock, rows);
  const present = new Uint8Array(cols);
  for (let row = first; row < last; row++) {
    for (let col = 0; col < cols; col++) if (weights[row * cols + col] !== 0) present[col] = 1;
  }
  const kept: number[] = [];
  for (let col = 0; col < cols; col++) if (present[col]) kept.push(col);
  return kept;
}

function everyColumn(cols: number): number[] {
  return Array.from({ length: cols }, (_, col) => col);
}

/** Repeats the last column until whole turns are full: its values stay 0, its activations are in the cache. */
function fillUp(kept: readonly number[], unroll: number): number[] {
  const filled = [...kept];
  const last = kept.at(-1);
  while (last !== undefined && filled.length % unroll !== 0) filled.push(last);
  return filled;
}

function startsOf(columns: readonly (readonly number[])[]): Uint32Array<ArrayBuffer> {
  const starts = new Uint32Array(columns.length + 1);
  columns.forEach((list, block) => starts[block + 1] = (starts[block] ?? 0) + list.length);
  return starts;
}

function copyColumns(grid: Grid, block: number, columns: number[], to: Float32Array): void {
  const { weights, rows, cols, rowsPerBlock } = grid;
  const first = block * rowsPerBlock;
  const last = Math.min(first + rowsPerBlock, rows);
  for (let row = first; row < last; row++) {
    columns.forEach((col, i) =>
      to[i * rowsPerBlock + row - first] = weights[row * cols + col] ?? 0
    );
  }
}

function countNonZero(weights: Float32Array): number {
  let count = 0;
  for (const weight of weights) if (weight !== 0) count++;
  return count;
}

function check(weights: Float32Array, rows: number, cols: number, options: PackOptions): void {
  if (weights.length !== rows * cols || weights.length === 0) {
    throw new RangeError(
      `Cannot pack weights: ${weights.length} values, expected ${rows} rows x ${cols} columns`,
    );
  }
  checkPanelLanes(options.panelLanes);
  const bytes = panelBytes(cols, options.panelLanes);
  if (bytes > 2 ** 32) {
    throw new RangeError(
      `Cannot pack weights: ${cols} columns take ${bytes} bytes a panel, expected at most 4 GiB`,
    );
  }
}
