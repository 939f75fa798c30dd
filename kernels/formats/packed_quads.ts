/**
 * Packed INT8 weights: a sparse matrix in the order in which the `spmm_u8s8` kernel reads it.
 *
 * Rows are cut into blocks of R. Of each row block, 4 columns make one step: 4 weights of each of the R rows, and the byte
 * offsets of the activations that they meet. For activations in `quads` the 4 columns are neighbours (4q to 4q + 3) with
 * one offset, stored if any of the 4R weights is not zero. For `rows` they are any 4 columns with a weight that is not
 * zero, in ascending order, with 4 offsets; the last step of a row block is filled up with zeros.
 *
 * @module
 */
import type { Pattern } from "../../core/mod.ts";
import { type ByteLayout, bytePanelBytes, QUAD } from "../ops/byte_panel.ts";
import { paddedRows } from "../ops/panel.ts";
import type { Tile } from "../ops/tile.ts";

/** A matrix that the `spmm_u8s8` kernel of the same pattern, target and panel width can multiply with. */
export interface PackedQuads {
  /** The pattern packed for; `dense` stores every step and no offsets. */
  readonly pattern: Pattern;
  /** Rows of the matrix. */
  readonly rows: number;
  /** Columns of the matrix. */
  readonly cols: number;
  /** R: rows of a block. */
  readonly rowsPerBlock: number;
  /** Row blocks; the last is filled up with zero rows. */
  readonly rowBlocks: number;
  /** `[step][R][4]`. */
  readonly values: Int8Array<ArrayBuffer>;
  /** Byte offsets into the panel, 1 (`quads`) or 4 (`rows`) of each step; empty if dense. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** Turns of the inner loop for each row block: steps / unroll; empty if dense. */
  readonly counts: Uint32Array<ArrayBuffer>;
  /** Steps before each row block, and their total at the end: `rowBlocks + 1` numbers. */
  readonly starts: Uint32Array<ArrayBuffer>;
  /** Weights stored, zeros of partly empty steps and of padding included. */
  readonly stored: number;
  /** Non-zero weights: multiply-adds that have to be done for each lane. */
  readonly macs: number;
}

/** How {@linkcode packQuads} lays a matrix out. */
export interface PackQuadsOptions {
  /** Order of the activations' bytes. */
  readonly layout: ByteLayout;
  /** Width P of the panels that will be multiplied with. */
  readonly panelLanes: number;
  /** Tile of the kernel, from `quadTileOf`. */
  readonly tile: Tile;
}

/**
 * Packs a row-major `rows × cols` matrix of signed bytes. Zeros are found in the values.
 *
 * @throws {RangeError} If `weights` does not have `rows * cols` values, an offset does not fit 32 bits, or the pattern is
 * dense and the layout is not `quads`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const packed = packQuads(Int8Array.of(0, 1, 0, 2, 0, 0), 1, 6, { kind: "unstructured" }, {
 *   layout: "rows",
 *   panelLanes: 64,
 *   tile: { rows: 1, vectors: 4, unroll: 1, sets: 1 },
 * });
 * assertEquals([...packed.values], [1, 2, 0, 0]);
 * assertEquals([...packed.offsets], [64, 192, 192, 192]);
 * ```
 */
export function packQuads(
  weights: Int8Array,
  rows: number,
  cols: number,
  pattern: Pattern,
  options: PackQuadsOptions,
): PackedQuads {
  check(weights, rows, cols, pattern, options);
  const { layout, panelLanes, tile: { rows: rowsPerBlock, unroll } } = options;
  const dense = pattern.kind === "dense";
  const grid: Grid = { weights, rows, cols, rowsPerBlock, run: layout === "quads" ? QUAD : 1 };
  const rowBlocks = paddedRows(rows, rowsPerBlock) / rowsPerBlock;
  const runs = keptRuns(grid, rowBlocks, dense);
  const runsPerStep = QUAD / grid.run;
  const turns = Uint32Array.from(
    { length: rowBlocks },
    (_, b) => Math.ceil((runs.starts[b + 1]! - runs.starts[b]!) / runsPerStep / unroll),
  );
  const starts = new Uint32Array(rowBlocks + 1);
  turns.forEach((count, block) => starts[block + 1] = starts[block]! + count * unroll);
  const steps = starts[rowBlocks] ?? 0;
  const values = new Int8Array(steps * rowsPerBlock * QUAD);
  const offsets = new Uint32Array(dense ? 0 : steps * runsPerStep);
  for (let block = 0; block < rowBlocks; block++) {
    const list = runs.columns.subarray(runs.starts[block], runs.starts[block + 1]);
    copyWeights(grid, block, list, values.subarray(starts[block]! * rowsPerBlock * QUAD));
    if (dense) continue;
    const from = starts[block]! * runsPerStep;
    for (let i = 0; i < list.length; i++) offsets[from + i] = list[i]! * panelLanes;
    // a step or turn that is not full reads the last run again: its weights are 0, its activations in the cache
    offsets.fill(
      offsets[from + list.length - 1] ?? 0,
      from + list.length,
      starts[block + 1]! * runsPerStep,
    );
  }
  return {
    ...{ pattern, rows, cols, rowsPerBlock, rowBlocks, values, offsets, starts },
    counts: dense ? new Uint32Array(0) : turns,
    stored: values.length,
    macs: countNonZero(weights),
  };
}

interface Grid {
  readonly weights: Int8Array;
  readonly rows: number;
  readonly cols: number;
  readonly rowsPerBlock: number;
  /** Neighbouring columns that are stored together: 4 or 1. */
  readonly run: number;
}

/** First columns of the runs that are stored. */
interface Runs {
  /** Those of all row blocks, ascending in each. */
  readonly columns: Uint32Array;
  /** Where each row block's begin, and their number at the end. */
  readonly starts: Uint32Array;
}

function keptRuns(grid: Grid, rowBlocks: number, dense: boolean): Runs {
  const { weights, rows, cols, rowsPerBlock, run } = grid;
  const across = Math.ceil(cols / run);
  const columns = new Uint32Array(rowBlocks * across + 1);
  const starts = new Uint32Array(rowBlocks + 1);
  const present = new Uint8Array(across * run);
  let length = 0;
  for (let block = 0; block < rowBlocks; block++) {
    const last = Math.min((block + 1) * rowsPerBlock, rows);
    present.fill(dense ? 1 : 0);
    for (let row = block * rowsPerBlock; row < last; row++) {
      const at = row * cols;
      for (let col = 0; col < cols; col++) present[col]! |= weights[at + col]!;
    }
    for (let col = 0; col < present.length; col += run) {
      let any = 0;
      for (let i = 0; i < run; i++) any |= present[col + i]!;
      columns[length] = col;
      length += oneIfAny(any);
    }
    starts[block + 1] = length;
  }
  return { columns, starts };
}

/** Writes the weights of a row block's runs to `[step][R][4]`. */
function copyWeights(
  { weights, rows, cols, rowsPerBlock, run }: Grid,
  block: number,
  columns: Uint32Array,
  to: Int8Array,
): void {
  const first = block * rowsPerBlock;
  const last = Math.min(first + rowsPerBlock, rows);
  const stepBytes = rowsPerBlock * QUAD;
  for (let row = first; row < last; row++) {
    const [from, at] = [row * cols, (row - first) * QUAD];
    for (let i = 0; i < columns.length; i++) {
      const col = columns[i]!;
      if (run === 1) {
        to[(i >> 2) * stepBytes + at + (i & 3)] = weights[from + col]!;
      } else {
        for (let k = 0; k < QUAD && col + k < cols; k++) {
          to[i * stepBytes + at + k] = weights[from + col + k]!;
        }
      }
    }
  }
}

/** 0 for 0, else 1, without a branch: half of those on random weights would be mispredicted. */
function oneIfAny(bits: number): number {
  return (bits | -bits) >>> 31;
}

function countNonZero(weights: Int8Array): number {
  let count = 0;
  for (let i = 0; i < weights.length; i++) count += oneIfAny(weights[i]!);
  return count;
}

function check(
  weights: Int8Array,
  rows: number,
  cols: number,
  pattern: Pattern,
  { layout, panelLanes }: PackQuadsOptions,
): void {
  if (weights.length !== rows * cols || weights.length === 0) {
    throw new RangeError(
      `Cannot pack weights: ${weights.length} bytes, expected ${rows} rows x ${cols} columns`,
    );
  }
  if (pattern.kind === "dense" && layout !== "quads") {
    throw new RangeError(`Cannot pack dense weights: activations in ${layout}, expected quads`);
  }
  const bytes = bytePanelBytes(cols, panelLanes, layout);
  if (bytes > 2 ** 32) {
    throw new RangeError(
      `Cannot pack weights: ${cols} columns take ${bytes} bytes a panel, expected at most 4 GiB`,
    );
  }
}
