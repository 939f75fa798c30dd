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
  /** Weights that are not zero. */
  readonly nonZeros: number;
}

/** Rows of a word: the tallest row block. */
export const MASK_ROWS = 16;

/** Of the rows of a word that a block of 2, 4, 8 or 16 covers, the lowest. */
const LOWEST = [0x5555, 0x1111, 0x0101, 0x0001] as const;

/** Heights of blocks that {@linkcode countBlocks} counts. */
export const BLOCK_HEIGHTS = [1, 2, 4, 8, 16] as const;

/**
 * Looks at every weight.
 *
 * @throws {RangeError} If there are not `rows * cols` weights.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const { words, nonZeros } = maskRows(Float32Array.of(0, 1, 0, 2, 3, -0), 2, 3);
 * assertEquals([...words, nonZeros], [0b10, 0b11, 0, 3]);
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
  for (let row = 0; row < rows; row++) {
    const to = Math.floor(row / MASK_ROWS) * cols;
    markRow(bits, row * cols, words, to, cols, row % MASK_ROWS);
  }
  return { rows, cols, words, nonZeros: countBlocks({ words })[0]! };
}

function markRow(
  bits: Int32Array,
  from: number,
  words: Uint16Array,
  to: number,
  cols: number,
  shift: number,
): void {
  for (let col = 0; col < cols; col++) {
    const value = bits[from + col]! << 1; // all bits but the sign
    words[to + col]! |= ((value | -value) >>> 31) << shift;
  }
}

/** Blocks of 1, 2, 4, 8 and 16 rows by one column that hold a weight which is not zero. */
export function countBlocks({ words }: Pick<RowMasks, "words">): readonly number[] {
  let [ones, twos, fours, eights, all] = [0, 0, 0, 0, 0];
  for (let i = 0; i < words.length; i++) {
    let bits = words[i]!;
    ones += bitCount(bits);
    bits = (bits | bits >> 1) & LOWEST[0];
    twos += bitCount(bits);
    bits = (bits | bits >> 2) & LOWEST[1];
    fours += bitCount(bits);
    bits = (bits | bits >> 4) & LOWEST[2];
    eights += bitCount(bits);
    all += (bits | bits >> 8) & LOWEST[3];
  }
  return [ones, twos, fours, eights, all];
}

/** Set bits of 16: pairs, then fours, then bytes are added up. */
function bitCount(bits: number): number {
  let sums = bits - (bits >> 1 & 0x5555);
  sums = (sums & 0x3333) + (sums >> 2 & 0x3333);
  sums = sums + (sums >> 4) & 0x0f0f;
  return (sums + (sums >> 8)) & 0x1f;
}
