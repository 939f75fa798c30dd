/**
 * Compressed sparse rows and columns. CSR is the form through which all formats convert into each other.
 *
 * @module
 */
import { type Indices, indices } from "./indices.ts";
import type { SparseStructure } from "./structure.ts";

/** Compressed sparse rows: the columns and values of each row's non-zeros, one row after the other. */
export interface Csr extends SparseStructure {
  /** Discriminates. */
  readonly format: "csr";
  /** Value of each non-zero; no zeros. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** Compressed sparse columns: the rows and values of each column's non-zeros, one column after the other. */
export interface Csc {
  /** Discriminates. */
  readonly format: "csc";
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** Non-zeros before each column, and their number at the end: `cols + 1` numbers. */
  readonly colStarts: Indices;
  /** Row of each non-zero, ascending within its column. */
  readonly rowIndices: Indices;
  /** Value of each non-zero. */
  readonly values: Float32Array<ArrayBuffer>;
}

/**
 * The non-zeros of a row-major matrix. NaN and infinity are values like any other; `-0` is a zero.
 *
 * @throws {RangeError} If there are not `rows * cols` values.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const { rowStarts, columns } = csrOfDense(Float32Array.of(0, 5, -0, NaN), 2, 2);
 * assertEquals([[...rowStarts], [...columns]], [[0, 1, 2], [1, 1]]);
 * ```
 */
export function csrOfDense(weights: Float32Array, rows: number, cols: number): Csr {
  if (weights.length !== rows * cols) {
    throw new RangeError(
      `Cannot store a ${rows}x${cols} matrix: ${weights.length} values, expected ${rows * cols}`,
    );
  }
  let count = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] !== 0) count++;
  const builder = createCsr(rows, cols, count);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const value = weights[row * cols + col]!;
      if (value !== 0) builder.push(col, value);
    }
    builder.endRow();
  }
  return builder.csr;
}

/** Makes a CSR row by row. */
export interface CsrBuilder {
  /** The next non-zero of the row; zeros are left out. Columns must ascend. */
  push(col: number, value: number): void;
  /** Goes on to the next row. */
  endRow(): void;
  /** The matrix, whole after the last row has ended. */
  readonly csr: Csr;
}

/** Starts a CSR of exactly `count` non-zeros. */
export function createCsr(rows: number, cols: number, count: number): CsrBuilder {
  const rowStarts = indices(rows + 1, count);
  const columns = indices(count, cols - 1);
  const values = new Float32Array(count);
  let [row, at] = [0, 0];
  return {
    push(col, value): void {
      if (value === 0) return;
      columns[at] = col;
      values[at++] = value;
    },
    endRow: () => void (rowStarts[++row] = at),
    csr: { format: "csr", rows, cols, rowStarts, columns, values },
  };
}

/** Number of values that are not zero. */
export function countNonZeros(values: Float32Array): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) count++;
  return count;
}

/** The row-major matrix. */
export function denseOfCsr(
  { rows, cols, rowStarts, columns, values }: Csr,
): Float32Array<ArrayBuffer> {
  const weights = new Float32Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    for (let at = rowStarts[row]!; at < rowStarts[row + 1]!; at++) {
      weights[row * cols + columns[at]!] = values[at]!;
    }
  }
  return weights;
}

/** The same matrix column by column. */
export function cscOfCsr(csr: Csr): Csc {
  const { rows, cols } = csr;
  const turned = transposeCsr(csr);
  return {
    format: "csc",
    rows,
    cols,
    colStarts: turned.rowStarts,
    rowIndices: turned.columns,
    values: turned.values,
  };
}

/** The same matrix row by row. */
export function csrOfCsc({ rows, cols, colStarts, rowIndices, values }: Csc): Csr {
  return transposeCsr({
    format: "csr",
    rows: cols,
    cols: rows,
    rowStarts: colStarts,
    columns: rowIndices,
    values,
  });
}

/** Counts the entries of each column, then deals every entry to its column's next place. */
function transposeCsr({ rows, cols, rowStarts, columns, values }: Csr): Csr {
  const next = new Uint32Array(cols + 1);
  for (let at = 0; at < columns.length; at++) next[columns[at]! + 1]!++;
  for (let col = 0; col < cols; col++) next[col + 1]! += next[col]!;
  const starts = indices(cols + 1, values.length);
  starts.set(next);
  const rowIndices = indices(values.length, rows - 1);
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let at = rowStarts[row]!; at < rowStarts[row + 1]!; at++) {
      const place = next[columns[at]!]!++;
      rowIndices[place] = row;
      turned[place] = values[at]!;
    }
  }
  return {
    format: "csr",
    rows: cols,
    cols: rows,
    rowStarts: starts,
    columns: rowIndices,
    values: turned,
  };
}
