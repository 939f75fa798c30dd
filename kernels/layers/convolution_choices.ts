/**
 * How a convolution is computed fastest: rows of a block, views of the input, passes over the outputs.
 *
 * @module
 */
import type { Pattern } from "../../core/mod.ts";
import {
  type ConvolutionWeights,
  type PlacedWindow,
  type PlaneLayout,
  SLACK_LANES,
  tapCells,
  type TapViews,
} from "../formats/mod.ts";
import type { Target } from "../machine.ts";

/** Output channels that share a load: as many of 4, 2 and 1 as divide the pattern's block and every group. */
export function blockRows(
  pattern: Pattern,
  { outputChannels, groups }: ConvolutionWeights,
): number {
  const height = heightOf(pattern);
  const group = outputChannels / groups;
  return [4, 2].find((rows) => height % rows === 0 && (groups === 1 || group % rows === 0)) ?? 1;
}

/** Output channels that are kept or zero together. */
function heightOf(pattern: Pattern): number {
  switch (pattern.kind) {
    case "dense":
      return 4;
    case "block":
      return pattern.rows;
    case "partitioned":
      return pattern.block.rows;
    default:
      return 1;
  }
}

/**
 * How taps read the input fastest.
 *
 * One output channel a load is limited by loads, which count twice where they cross a cache line: views that align them pay if
 * rows need not grow much for it (14 to 16 cells, but not 56 to 64). With more rows the multiply-adds hide it.
 */
export function chooseTapViews(rows: number, { kernel, output, stride }: PlacedWindow): TapViews {
  const aligned = Math.ceil(output[1] / SLACK_LANES) * SLACK_LANES;
  const pays = rows === 1 && kernel[1] > 1 && stride[1] === 1 &&
    aligned <= 1.08 * (output[1] + 1);
  return pays ? "columns" : "phases";
}

/** Bytes of planes that stay in the first-level cache beside weights and outputs: 48 KiB where there is AVX-512, else 32. */
const CACHED_BYTES: Readonly<Record<Target, number>> = {
  avx512: 38 * 1024,
  avx2: 24 * 1024,
  wasm_relaxed: 24 * 1024,
  wasm: 24 * 1024,
};

/** Columns that a block must have in each pass for passes to pay, by output channels of a block: measured. */
const LEAST_COLUMNS: Readonly<Record<number, number>> = { 1: 8, 2: 14, 4: 16 };

/** What decides how many passes there are. */
export interface PassSite {
  /** Input channels of a group. */
  readonly channels: number;
  /** Planes that are read. */
  readonly read: PlaneLayout;
  /** The window. */
  readonly window: PlacedWindow;
  /** Output channels of a block. */
  readonly rows: number;
  /** Bytes of a panel of one channel. */
  readonly bytes: number;
  /** Instruction set. */
  readonly target: Target;
}

/**
 * The input channels at which a new pass over the outputs begins.
 *
 * Sparse blocks take most activations from the cache anew, so the cells that a panel meets should stay in the first-level cache:
 * their channels are cut into passes that add up in the outputs. On 512 channels of 7x7 cells passes make a 4x1 layer of 90 %
 * zeros 1.4 times faster, an unstructured one 1.9 times. With few columns in each, loading and storing the sums costs more.
 */
export function passCuts(
  { channels, read, window, rows, bytes, target }: PassSite,
  columns: number,
): number[] {
  const met = metBytes(tapCells(read, window), bytes);
  const passes = Math.ceil(channels / Math.max(1, Math.floor(CACHED_BYTES[target] / met)));
  if (columns / passes < LEAST_COLUMNS[rows]!) return [];
  return Array.from({ length: passes - 1 }, (_, i) => Math.round(channels * (i + 1) / passes));
}

/**
 * Whether all that a panel of so many output rows meets stays in the first-level cache during one pass.
 *
 * @param outputRows Rows of the output that are computed together.
 */
export function staysCached(
  { channels, read, window, bytes, target }: PassSite,
  outputRows: number,
): boolean {
  const cells = tapCells(read, window);
  const rows = Array.from({ length: outputRows }, (_, i) => i * read.rowCells);
  const met = metBytes(rows.flatMap((row) => cells.map((cell) => row + cell)), bytes);
  return channels * met <= CACHED_BYTES[target];
}

/** Bytes of a channel that a panel meets: every tap sees `bytes` of it from its cell on. */
function metBytes(cells: readonly number[], bytes: number): number {
  let [met, end] = [0, -Infinity];
  for (const start of cells.map((cell) => 4 * cell).sort((a, b) => a - b)) {
    met += start + bytes - Math.max(start, end);
    end = start + bytes;
  }
  return met;
}
