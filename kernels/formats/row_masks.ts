/**
 * Which weights of a matrix are not zero, 16 rows to a word: all that choosing a kernel and finding columns need to know.
 *
 * Weights are read once, as bit patterns and without a branch, since the zeros of a pruned matrix are not foreseen by any
 * processor: a model has hundreds of millions of weights to look at when it is loaded.
 *
 * @module
 */

/** The zeros of a row-major matrix. `-0` is one; NaN is none. */
export interface RowMasks {
  /** Rows of the matrix. */
  readonly rows: number;
  /** Columns of the matrix. */
  readonly cols: number;
  /** A word for each column of each {@linkcode MASK_ROWS} rows; bit r: row r is not zero. */
  readonly words: Uint16Array<ArrayBuffer>;
  /** For each of {@linkcode BLOCK_HEIGHTS}: blocks of so many rows by one column that hold a weight which is not zero. */
  readonly blocks: readonly number[];
}

/** Rows of a word: the tallest row block. */
export const MASK_ROWS = 16;

/** Heights of blocks that are counted. */
export const BLOCK_HEIGHTS = [1, 2, 4, 8, 16] as const;

/** Rows that are looked at together. */
const ROWS_AT_ONCE = 4;

/**
 * Looks at every weight; 1 ns each.
 *
 * @throws {RangeError} If there are not `rows * cols` weights.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const { words, blocks } = maskRows(Float32Array.of(0, 1, 0, 2, 3, -0), 2, 3);
 * assertEquals([[...words], blocks], [[0b10, 0b11, 0], [3, 2, 2, 2, 2]]);
 * ```
 */
export function maskRows(weights: Float32Array, rows: number, cols: number): RowMasks {
  if (weights.length !== rows * cols) {
    throw new RangeError(
      `Cannot find zeros: ${weights.length} values, expected ${rows} rows x ${cols} columns`,
    );
  }
  const bits = new Int32Array(weights.buffer, weights.byteOffset, weights.length);
  const words = new Uint16Array(Math.ceil(rows / MASK_ROWS) * cols);
  const none = new Int32Array(cols);
  for (let row = 0; row < rows; row += ROWS_AT_ONCE) {
    const lines = Array.from(
      { length: ROWS_AT_ONCE },
      (_, i) => row + i < rows ? bits.subarray((row + i) * cols, (row + i + 1) * cols) : none,
    );
    const first = Math.floor(row / MASK_ROWS) * cols;
    markRows(lines, words.subarray(first, first + cols), row % MASK_ROWS);
  }
  return { rows, cols, words, blocks: countBlocks(words) };
}

/** Sets bits `shift` and up of the words for four rows. */
function markRows(
  [a, b, c, d]: readonly Int32Array[],
  words: Uint16Array,
  shift: number,
): void {
  for (let col = 0; col < words.length; col++) {
    words[col]! |= (isNotZero(a![col]!) | isNotZero(b![col]!) << 1 | isNotZero(c![col]!) << 2 |
      isNotZero(d![col]!) << 3) << shift;
  }
}

/** 1, or 0 for the bit patterns of 0 and -0. */
function isNotZero(bits: number): number {
  const value = bits << 1; // all but the sign
  return (value | -value) >>> 31;
}

/** Bits of a counter of the table, by height; the counters lie next to each other. */
const COUNTER_BITS = [5, 4, 3, 2, 1] as const;

let tableOfCounts: Uint16Array | null = null;

/** The counts of each word, made when it is first needed. */
function countTable(): Uint16Array {
  return tableOfCounts ??= Uint16Array.from({ length: 2 ** MASK_ROWS }, (_, word) => {
    let [counts, shift] = [0, 0];
    BLOCK_HEIGHTS.forEach((height, i) => {
      const block = 2 ** height - 1;
      for (let row = 0; row < MASK_ROWS; row += height) {
        if ((word >> row & block) !== 0) counts += 1 << shift;
      }
      shift += COUNTER_BITS[i]!;
    });
    return counts;
  });
}

function countBlocks(words: Uint16Array): readonly number[] {
  const table = countTable();
  let [ones, twos, fours, eights, sixteens] = [0, 0, 0, 0, 0];
  for (let i = 0; i < words.length; i++) {
    const counts = table[words[i]!]!;
    ones += counts & 31;
    twos += counts >> 5 & 15;
    fours += counts >> 9 & 7;
    eights += counts >> 12 & 3;
    sixteens += counts >> 14;
  }
  return [ones, twos, fours, eights, sixteens];
}
