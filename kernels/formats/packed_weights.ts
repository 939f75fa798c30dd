/**
 * Packed weights: a sparse matrix as the one stream of words that the `spmm` kernel reads from front to back.
 *
 * Rows are cut into blocks of R. Of each row block, a column is stored if any of its R weights is not zero. So a 4x1, a
 * 4x4 and an 8x1 matrix are all lists of R×1 columns, and the pattern decides only how many zeros are stored. What the
 * words of the stream are says `weight_stream.ts`.
 *
 * @module
 */
import type { Pattern } from "../../core/mod.ts";
import type { Target } from "../machine.ts";
import { checkPanelLanes, paddedRows, panelBytes, rowBytes } from "../ops/panel.ts";
import { passBytes, type Tile, tileOf } from "../ops/tile.ts";
import { denseStream, findColumns, sparseStream, type WeightGrid } from "./weight_stream.ts";

/** A matrix that the `spmm` kernel of the same pattern, target and panel width can multiply with. */
export interface PackedWeights {
  /** The pattern packed for; `dense` stores every column. */
  readonly pattern: Pattern;
  /** Rows of the matrix. */
  readonly rows: number;
  /** Columns of the matrix. */
  readonly cols: number;
  /** R: rows of a block. */
  readonly rowsPerBlock: number;
  /** Row blocks; the last is filled up with zero rows. */
  readonly rowBlocks: number;
  /** Passes over the columns; 1 if dense. */
  readonly passes: number;
  /** Columns of each pass but the last, which may have fewer. */
  readonly passCols: number;
  /** Everything that the kernel reads, 32-bit words: unsigned integers and float32. */
  readonly stream: Uint32Array<ArrayBuffer>;
  /** Turns of the inner loops over all row blocks and passes. */
  readonly turns: number;
  /** Stored columns of the row blocks before each, and their total at the end: `rowBlocks + 1` numbers. */
  readonly starts: Uint32Array<ArrayBuffer>;
  /** Columns that hold a non-zero weight. */
  readonly blocks: number;
  /** Weights stored, zeros of partly empty columns and of the last row block included. */
  readonly stored: number;
  /** Non-zero weights: multiply-adds that have to be done for each lane. */
  readonly macs: number;
}

/** How {@linkcode packWeights} lays a matrix out. */
export interface PackOptions {
  /** Width P of the panels that will be multiplied with. */
  readonly panelLanes: number;
  /** Instruction set of the kernel. */
  readonly target: Target;
  /** Tile of the kernel; default what `tileOf` says. */
  readonly tile?: Tile;
  /** `rows` float32 that sums start at; default zeros. */
  readonly bias?: Float32Array | null;
  /** Most passes; default as many as the cache asks for. */
  readonly passes?: number;
}

/**
 * Packs a row-major `rows × cols` matrix. Zeros are found in the values; `-0` is one. Takes about 2 ns a weight.
 *
 * @throws {RangeError} If `weights` does not have `rows * cols` values or `bias` not `rows`, or an offset does not fit 32 bits.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const packed = packWeights(new Float32Array([0, 1, 0, 2]), 2, 2, { kind: "block", rows: 2, cols: 1 }, {
 *   panelLanes: 64,
 *   target: "avx512",
 *   tile: { rows: 2, vectors: 4, unroll: 1, sets: 1 },
 * });
 * // one row block at offset 0 with one turn: two biases; the activations of row 1, two weights
 * assertEquals([...packed.stream.subarray(0, 6)], [1, 0, 1, 0, 0, 256]);
 * assertEquals([...new Float32Array(packed.stream.buffer, 4 * 6)], [1, 2]);
 * ```
 */
export function packWeights(
  weights: Float32Array,
  rows: number,
  cols: number,
  pattern: Pattern,
  options: PackOptions,
): PackedWeights {
  checkPanelLanes(options.panelLanes);
  const tile = options.tile ?? tileOf(pattern, options.target, options.panelLanes);
  const rowsPerBlock = tile.rows;
  check(weights, rows, cols, rowsPerBlock, options);
  const rowBlocks = paddedRows(rows, rowsPerBlock) / rowsPerBlock;
  const grid: WeightGrid = { weights, rows, cols, rowsPerBlock, rowBlocks, bias: options.bias };
  const kept = findColumns(grid);
  const shape = { pattern, rows, cols, rowsPerBlock, rowBlocks };
  const found = { blocks: kept.columns.length, macs: kept.macs };
  if (pattern.kind === "dense") {
    const starts = Uint32Array.from({ length: rowBlocks + 1 }, (_, block) => block * cols);
    const turns = rowBlocks * cols;
    const one = { passes: 1, passCols: cols, stream: denseStream(grid), turns, starts };
    return { ...shape, ...one, ...found, stored: turns * rowsPerBlock };
  }
  const wanted = options.passes ?? passesOf(cols, kept.columns.length / rowBlocks, tile, options);
  const passes = Math.min(cols, wanted);
  const passCols = Math.ceil(cols / passes);
  const packed = sparseStream(grid, kept, {
    passes,
    passCols,
    unroll: tile.unroll,
    activationBytes: rowBytes(options.panelLanes),
  });
  const stored = kept.columns.length * rowsPerBlock;
  return { ...shape, passes, passCols, ...packed, starts: kept.starts, ...found, stored };
}

/**
 * A row block should have so many columns in a pass that they outweigh loading and storing its sums. Measured at 1024 columns:
 * with 95 % zeros 6 passes are best for one row, 4 for two; with 98 % zeros 3 passes.
 */
function leastColumns({ rows }: Tile): number {
  return rows === 1 ? 8 : 12;
}

/**
 * Passes over the columns that a matrix is packed for: as many as the cache asks for, if there are columns enough.
 *
 * @param columnsPerBlock Stored columns of a row block, on average.
 */
export function passesOf(
  cols: number,
  columnsPerBlock: number,
  tile: Tile,
  { panelLanes, target }: Pick<PackOptions, "panelLanes" | "target">,
): number {
  const wanted = Math.ceil(panelBytes(cols, panelLanes) / passBytes(tile, target));
  return Math.min(wanted, Math.max(1, Math.floor(columnsPerBlock / leastColumns(tile))));
}

function check(
  weights: Float32Array,
  rows: number,
  cols: number,
  rowsPerBlock: number,
  { bias, panelLanes }: PackOptions,
): void {
  if (weights.length !== rows * cols || weights.length === 0) {
    throw new RangeError(
      `Cannot pack weights: ${weights.length} values, expected ${rows} rows x ${cols} columns`,
    );
  }
  if (bias && bias.length !== rows) {
    throw new RangeError(`Cannot pack weights: ${bias.length} biases, expected ${rows} rows`);
  }
  const counts = { columns: cols, rows: paddedRows(rows, rowsPerBlock) };
  for (const [what, count] of Object.entries(counts)) {
    const bytes = panelBytes(count, panelLanes);
    if (bytes > 2 ** 32) {
      throw new RangeError(
        `Cannot pack weights: ${count} ${what} take ${bytes} bytes a panel, expected at most 4 GiB`,
      );
    }
  }
}
