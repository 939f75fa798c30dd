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
  const { layout, tile: { rows: rowsPerBlock, unroll } } = options;
  const rowBlocks = paddedRows(rows, rowsPerBlock) / rowsPerBlock;
  const dense = pattern.kind === "dense";
  const grid: Grid = { weights, rows, cols, rowsPerBlock };
  const steps = Array.from({ length: rowBlocks }, (_, block) => {
    if (dense) return neighbours(Array.from({ length: Math.ceil(cols / QUAD) }, (_, q) => q));
    const kept = keptColumns(grid, block);
    const list = layout === "quads" ? neighbours(quadsOf(kept)) : anyFour(kept);
    return fillUp(list, unroll);
  });
  const starts = startsOf(steps);
  const total = starts[rowBlocks] ?? 0;
  const values = new Int8Array(total * rowsPerBlock * QUAD);
  const places = layout === "quads" ? 1 : QUAD;
  const offsets = new Uint32Array(dense ? 0 : total * places);
  steps.flat().forEach((step, at) => {
    for (let i = 0; i < places && !dense; i++) {
      // neighbours of row 4q begin where row 4q of `rows` would
      offsets[at * places + i] = step.columns[i]! * options.panelLanes;
    }
  });
  steps.forEach((list, block) => copySteps(grid, block, list, values, starts[block]!));
  return {
    pattern,
    rows,
    cols,
    rowsPerBlock,
    rowBlocks,
    values,
    offsets,
    counts: Uint32Array.from(dense ? [] : steps, (list) => list.length / unroll),
    starts,
    stored: values.length,
    macs: weights.reduce((count, weight) => count + (weight !== 0 ? 1 : 0), 0),
  };
}

interface Grid {
  readonly weights: Int8Array;
  readonly rows: number;
  readonly cols: number;
  readonly rowsPerBlock: number;
}

interface QuadStep {
  /** 4 columns whose activations are read. */
  readonly columns: readonly number[];
  /** How many of them have weights; the others fill up. */
  readonly real: number;
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

function quadsOf(columns: readonly number[]): number[] {
  return [...new Set(columns.map((col) => Math.floor(col / QUAD)))];
}

function neighbours(quads: readonly number[]): QuadStep[] {
  return quads.map((quad) => ({
    columns: Array.from({ length: QUAD }, (_, i) => QUAD * quad + i),
    real: QUAD,
  }));
}

/** Columns in groups of 4; the last is repeated until its group is full: its activations are in the cache. */
function anyFour(columns: readonly number[]): QuadStep[] {
  const steps: QuadStep[] = [];
  for (let at = 0; at < columns.length; at += QUAD) {
    const four = columns.slice(at, at + QUAD);
    const real = four.length;
    while (four.length < QUAD) four.push(four.at(-1)!);
    steps.push({ columns: four, real });
  }
  return steps;
}

function fillUp(steps: readonly QuadStep[], unroll: number): QuadStep[] {
  const filled = [...steps];
  const last = steps.at(-1);
  while (last && filled.length % unroll !== 0) filled.push({ ...last, real: 0 });
  return filled;
}

function startsOf(steps: readonly (readonly QuadStep[])[]): Uint32Array<ArrayBuffer> {
  const starts = new Uint32Array(steps.length + 1);
  steps.forEach((list, block) => starts[block + 1] = (starts[block] ?? 0) + list.length);
  return starts;
}

function copySteps(
  { weights, rows, cols, rowsPerBlock }: Grid,
  block: number,
  steps: readonly QuadStep[],
  values: Int8Array,
  start: number,
): void {
  const first = block * rowsPerBlock;
  const last = Math.min(first + rowsPerBlock, rows);
  steps.forEach(({ columns, real }, s) => {
    for (let row = first; row < last; row++) {
      const to = ((start + s) * rowsPerBlock + row - first) * QUAD;
      for (let i = 0; i < real && columns[i]! < cols; i++) {
        values[to + i] = weights[row * cols + columns[i]!]!;
      }
    }
  });
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
