/**
 * ELLPACK: every row as long as the fullest, filled up with zeros.
 *
 * @module
 */
import { countNonZeros, createCsr, type Csr } from "./csr.ts";
import { type Indices, indices } from "./indices.ts";

/** A matrix as `rows × width` columns and values. */
export interface Ell {
  /** Discriminates. */
  readonly format: "ell";
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** Entries of each row. */
  readonly width: number;
  /** Row-major `rows × width`; a row's last column is repeated where it is filled up, 0 if it has none. */
  readonly columns: Indices;
  /** Row-major `rows × width`; 0 where a row is filled up. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** Fills every row up to the fullest. */
export function ellOfCsr({ rows, cols, rowStarts, columns, values }: Csr): Ell {
  let width = 0;
  for (let row = 0; row < rows; row++) {
    width = Math.max(width, rowStarts[row + 1]! - rowStarts[row]!);
  }
  const ell: Ell = {
    format: "ell",
    rows,
    cols,
    width,
    columns: indices(rows * width, cols - 1),
    values: new Float32Array(rows * width),
  };
  for (let row = 0; row < rows; row++) {
    const [from, to] = [rowStarts[row]!, rowStarts[row + 1]!];
    const at = row * width;
    ell.columns.set(columns.subarray(from, to), at);
    ell.values.set(values.subarray(from, to), at);
    if (to > from) ell.columns.fill(columns[to - 1]!, at + to - from, at + width);
  }
  return ell;
}

/** The entries that are not zero. */
export function csrOfEll({ rows, cols, width, columns, values }: Ell): Csr {
  const builder = createCsr(rows, cols, countNonZeros(values));
  for (let row = 0; row < rows; row++) {
    for (let at = row * width; at < (row + 1) * width; at++) {
      builder.push(columns[at]!, values[at]!);
    }
    builder.endRow();
  }
  return builder.csr;
}
