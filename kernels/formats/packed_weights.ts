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
import { BLOCK_HEIGHTS, maskRows, type RowMasks } from "./row_masks.ts";
import {
  denseWords,
  findColumns,
  sparseWords,
  type WeightGrid,
  writeDense,
  writeSparse,
} from "./weight_stream.ts";

/** What is known of a packed matrix before a word of it is written. */
export interface PackingPlan {
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
  /** 32-bit words of the stream. */
  readonly words: number;
  /** Turns of the inner loops over all row blocks and passes, if what is left over after them is half a turn each. */
  readonly turns: number;
  /** Stored columns of all row blocks: all if dense, else those that hold a non-zero weight. */
  readonly blocks: number;
  /** Weights stored, zeros of partly empty columns and of the last row block included. */
  readonly stored: number;
  /** Non-zero weights: multiply-adds that have to be done for each lane. */
  readonly macs: number;
}

/** A matrix that the `spmm` kernel of the same pattern, target and panel width can multiply with. */
export interface PackedWeights extends PackingPlan {
  /** Everything that the kernel reads, 32-bit words: unsigned integers and float32. */
  readonly stream: Uint32Array<ArrayBuffer>;
  /** Stored columns of the row blocks before each, and their total at the end: `rowBlocks + 1` numbers. */
  readonly starts: Uint32Array<ArrayBuffer>;
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
 * Packs a row-major `rows × cols` matrix. Zeros are found in the values; `-0` is one. Takes 2 ns a weight at most.
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
  if (weights.length !== rows * cols || weights.length === 0) {
    throw new RangeError(
      `Cannot pack weights: ${weights.length} values, expected ${rows} rows x ${cols} columns`,
    );
  }
  const masks = maskRows(weights, rows, cols);
  const plan = planPacking(masks, pattern, options);
  const stream = new Uint32Array(plan.words);
  const starts = writePacked(plan, weights, masks, options, stream);
  return { ...plan, stream, starts };
}

/**
 * How large a matrix will be and how it is cut, so that memory can be taken for it before it is packed.
 *
 * @param masks Its zeros.
 * @throws {RangeError} If an offset does not fit 32 bits, or the tile's rows do not divide 16.
 */
export function planPacking(
  masks: RowMasks,
  pattern: Pattern,
  options: PackOptions,
): PackingPlan {
  checkPanelLanes(options.panelLanes);
  const { rows, cols } = masks;
  const tile = tileFor(pattern, options);
  const rowsPerBlock = tile.rows;
  checkOffsets(rows, cols, rowsPerBlock, options);
  const rowBlocks = paddedRows(rows, rowsPerBlock) / rowsPerBlock;
  const shape = { pattern, rows, cols, rowsPerBlock, rowBlocks, macs: masks.blocks[0]! };
  if (pattern.kind === "dense") {
    const blocks = rowBlocks * cols;
    const one = { passes: 1, passCols: cols, words: denseWords(shape), turns: blocks };
    return { ...shape, ...one, blocks, stored: blocks * rowsPerBlock };
  }
  const blocks = masks.blocks[heightIndex(rowsPerBlock)]!;
  const passes = Math.min(
    cols,
    options.passes ?? passesOf(cols, blocks / rowBlocks, tile, options),
  );
  const turns = (blocks - passes * rowBlocks * (tile.unroll - 1) / 2) / tile.unroll;
  return {
    ...shape,
    passes,
    passCols: Math.ceil(cols / passes),
    words: sparseWords(shape, { passes, unroll: tile.unroll }, blocks),
    turns: Math.max(0, Math.round(turns)),
    blocks,
    stored: blocks * rowsPerBlock,
  };
}

/**
 * Writes a matrix as it was planned.
 *
 * @param masks Its zeros.
 * @param options Those of the plan.
 * @param stream `plan.words` zeros.
 * @returns What {@linkcode PackedWeights.starts} says.
 * @throws {RangeError} If `bias` does not have a value for each row.
 */
export function writePacked(
  plan: PackingPlan,
  weights: Float32Array,
  masks: RowMasks,
  options: PackOptions,
  stream: Uint32Array,
): Uint32Array<ArrayBuffer> {
  const { rows, cols, rowBlocks, rowsPerBlock, pattern } = plan;
  const { bias } = options;
  if (bias && bias.length !== rows) {
    throw new RangeError(`Cannot pack weights: ${bias.length} biases, expected ${rows} rows`);
  }
  const grid: WeightGrid = { weights, rows, cols, rowsPerBlock, rowBlocks, bias };
  if (pattern.kind === "dense") {
    writeDense(grid, stream);
    return Uint32Array.from({ length: rowBlocks + 1 }, (_, block) => block * cols);
  }
  const found = findColumns(masks, rowsPerBlock);
  const { unroll } = tileFor(pattern, options);
  const activationBytes = rowBytes(options.panelLanes);
  writeSparse(grid, found, { ...plan, unroll, activationBytes }, stream);
  return found.starts;
}

function tileFor(pattern: Pattern, { tile, target, panelLanes }: PackOptions): Tile {
  return tile ?? tileOf(pattern, target, panelLanes);
}

function heightIndex(rows: number): number {
  const index = BLOCK_HEIGHTS.findIndex((height) => height === rows);
  if (index >= 0) return index;
  throw new RangeError(`Cannot pack row blocks of ${rows}: expected ${BLOCK_HEIGHTS.join(", ")}`);
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

function checkOffsets(
  rows: number,
  cols: number,
  rowsPerBlock: number,
  { panelLanes }: PackOptions,
): void {
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
