/**
 * Packed weights: a sparse matrix as the one stream of words that the `spmm` kernel reads from front to back.
 *
 * Rows are cut into blocks of R. Of each row block, a column is stored if any of its R weights is not zero. So a 4x1, a
 * 4x4 and an 8x1 matrix are all lists of R×1 columns, and the pattern decides only how many zeros are stored.
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
 * @module
 */
import type { Pattern } from "../../core/mod.ts";
import type { Target } from "../machine.ts";
import { checkPanelLanes, paddedRows, panelBytes, rowBytes } from "../ops/panel.ts";
import { passBytes, type Tile, tileOf } from "../ops/tile.ts";

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
  const grid: Grid = { weights, rows, cols, rowsPerBlock, rowBlocks, tile, options };
  const kept = keptColumns(grid);
  const dense = pattern.kind === "dense";
  const starts = dense
    ? Uint32Array.from({ length: rowBlocks + 1 }, (_, block) => block * cols)
    : kept.starts;
  const columns = dense ? rowBlocks * cols : kept.columns.length;
  const packed = dense
    ? { stream: denseStream(grid), turns: columns, passes: 1, passCols: cols }
    : sparseStream(grid, kept, passesOf(grid, columns));
  return {
    pattern,
    rows,
    cols,
    rowsPerBlock,
    rowBlocks,
    ...packed,
    starts,
    blocks: kept.columns.length,
    stored: columns * rowsPerBlock,
    macs: countNonZero(weights),
  };
}

interface Grid {
  readonly weights: Float32Array;
  readonly rows: number;
  readonly cols: number;
  readonly rowsPerBlock: number;
  readonly rowBlocks: number;
  readonly tile: Tile;
  readonly options: PackOptions;
}

/** Columns that hold a non-zero weight, row block after row block. */
interface Kept {
  /** Ascending within each row block. */
  readonly columns: Uint32Array;
  /** Where the columns of each row block begin, and where the last one's end. */
  readonly starts: Uint32Array<ArrayBuffer>;
}

function keptColumns({ weights, rows, cols, rowsPerBlock, rowBlocks }: Grid): Kept {
  const columns = new Uint32Array(rowBlocks * cols);
  const starts = new Uint32Array(rowBlocks + 1);
  const present = new Uint8Array(cols);
  let count = 0;
  for (let block = 0; block < rowBlocks; block++) {
    present.fill(0);
    const last = Math.min((block + 1) * rowsPerBlock, rows);
    for (let at = block * rowsPerBlock * cols; at < last * cols; at += cols) {
      for (let col = 0; col < cols; col++) if (weights[at + col] !== 0) present[col] = 1;
    }
    for (let col = 0; col < cols; col++) if (present[col] === 1) columns[count++] = col;
    starts[block + 1] = count;
  }
  return { columns: columns.subarray(0, count), starts };
}

/** A row block should have so many columns in a pass that they outweigh loading and storing its sums. */
const LEAST_COLUMNS = 5;

function passesOf({ cols, rowBlocks, tile, options }: Grid, columns: number): number {
  const { panelLanes, target } = options;
  const wanted = Math.ceil(panelBytes(cols, panelLanes) / passBytes(tile, target));
  const worthwhile = Math.max(1, Math.floor(columns / rowBlocks / LEAST_COLUMNS));
  return Math.min(cols, options.passes ?? Math.min(wanted, worthwhile));
}

function sparseStream(
  grid: Grid,
  { columns, starts }: Kept,
  passes: number,
): Pick<PackedWeights, "stream" | "turns" | "passes" | "passCols"> {
  const { rowsPerBlock, rowBlocks, cols, tile: { unroll }, options: { panelLanes } } = grid;
  const passCols = Math.ceil(cols / passes);
  const words = passes * (unroll + 2 * rowBlocks) + rowBlocks * rowsPerBlock +
    columns.length * (1 + rowsPerBlock);
  const to = createWriter(grid, words);
  let turns = 0;
  const from = starts.slice(0, rowBlocks);
  const ends = new Uint32Array(rowBlocks);
  for (let pass = 0; pass < passes; pass++) {
    for (let block = 0; block < rowBlocks; block++) {
      let end = from[block]!;
      while (end < starts[block + 1]! && columns[end]! < (pass + 1) * passCols) end++;
      ends[block] = end;
    }
    const groups = sortedGroups(from, ends, unroll);
    for (const group of groups) {
      to.integer(group.length);
      for (const block of group) {
        const count = ends[block]! - from[block]!;
        const blockTurns = Math.floor(count / unroll);
        turns += blockTurns;
        to.integer(block * rowsPerBlock * rowBytes(panelLanes));
        to.integer(blockTurns);
        if (pass === 0) to.biases(block);
        for (let i = from[block]!; i < ends[block]!; i++) {
          to.integer((columns[i]! - pass * passCols) * rowBytes(panelLanes));
          to.column(block, columns[i]!);
        }
      }
    }
    from.set(ends);
  }
  return { stream: to.stream, turns, passes, passCols };
}

/** Row blocks by what is left of their columns after whole turns, and then by columns. */
function sortedGroups(from: Uint32Array, ends: Uint32Array, unroll: number): number[][] {
  const groups: number[][] = Array.from({ length: unroll }, () => []);
  for (let block = 0; block < from.length; block++) {
    groups[(ends[block]! - from[block]!) % unroll]!.push(block);
  }
  const count = (block: number): number => ends[block]! - from[block]!;
  return groups.map((group) => group.sort((a, b) => count(a) - count(b)));
}

function denseStream(grid: Grid): Uint32Array<ArrayBuffer> {
  const { rowBlocks, rowsPerBlock, cols } = grid;
  const to = createWriter(grid, rowBlocks * rowsPerBlock * (1 + cols));
  for (let block = 0; block < rowBlocks; block++) {
    to.biases(block);
    for (let col = 0; col < cols; col++) to.column(block, col);
  }
  return to.stream;
}

/** Appends to a stream; rows past the last are zeros. */
interface Writer {
  readonly stream: Uint32Array<ArrayBuffer>;
  integer(value: number): void;
  biases(block: number): void;
  column(block: number, col: number): void;
}

function createWriter({ weights, rows, cols, rowsPerBlock, options }: Grid, words: number): Writer {
  const stream = new Uint32Array(words);
  const floats = new Float32Array(stream.buffer);
  const { bias } = options;
  let at = 0;
  return {
    stream,
    integer: (value) => void (stream[at++] = value),
    biases(block): void {
      const first = block * rowsPerBlock;
      for (let row = first; row < first + rowsPerBlock; row++) {
        floats[at++] = row < rows ? bias?.[row] ?? 0 : 0;
      }
    },
    column(block, col): void {
      const first = block * rowsPerBlock;
      for (let row = first; row < first + rowsPerBlock; row++) {
        floats[at++] = row < rows ? weights[row * cols + col]! : 0;
      }
    },
  };
}

function countNonZero(weights: Float32Array): number {
  let count = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] !== 0) count++;
  return count;
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
