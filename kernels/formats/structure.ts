/**
 * Where the non-zeros of a matrix are, without their values.
 *
 * @module
 */
import type { Mask } from "../../core/mod.ts";
import { type Indices, indices } from "./indices.ts";

/** Positions of the non-zeros of a `rows × cols` matrix, row by row. */
export interface SparseStructure {
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** Non-zeros before each row, and their number at the end: `rows + 1` numbers. */
  readonly rowStarts: Indices;
  /** Column of each non-zero, ascending within its row. */
  readonly columns: Indices;
}

/** The structure of a mask. */
export function structureOfMask({ rows, cols, kept }: Mask): SparseStructure {
  let count = 0;
  for (let i = 0; i < kept.length; i++) count += kept[i]!;
  const rowStarts = indices(rows + 1, count);
  const columns = indices(count, cols - 1);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) if (kept[row * cols + col] === 1) columns[at++] = col;
    rowStarts[row + 1] = at;
  }
  return { rows, cols, rowStarts, columns };
}

/** The mask that keeps what the structure has. */
export function maskOfStructure({ rows, cols, rowStarts, columns }: SparseStructure): Mask {
  const kept = new Uint8Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    for (let at = rowStarts[row]!; at < rowStarts[row + 1]!; at++) {
      kept[row * cols + columns[at]!] = 1;
    }
  }
  return { rows, cols, kept };
}
