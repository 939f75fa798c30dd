/**
 * Coordinates: row, column and value of each non-zero.
 *
 * @module
 */
import { countNonZeros, createCsr, type Csr } from "./csr.ts";
import { type Indices, indices } from "./indices.ts";

/** A matrix as a list of its non-zeros. */
export interface Coo {
  /** Discriminates. */
  readonly format: "coo";
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** Row of each entry, in any order. */
  readonly rowIndices: Indices;
  /** Column of each entry. */
  readonly colIndices: Indices;
  /** Value of each entry. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** The entries row by row, columns ascending. */
export function cooOfCsr({ rows, cols, rowStarts, columns, values }: Csr): Coo {
  const rowIndices = indices(values.length, rows - 1);
  for (let row = 0; row < rows; row++) rowIndices.fill(row, rowStarts[row], rowStarts[row + 1]);
  return {
    format: "coo",
    rows,
    cols,
    rowIndices,
    colIndices: columns.slice(),
    values: values.slice(),
  };
}

/**
 * The rows of a list of entries in any order; entries that are zero are left out.
 *
 * @throws {RangeError} If the lists differ in length, an entry lies outside of the matrix, or a place is listed twice.
 */
export function csrOfCoo({ rows, cols, rowIndices, colIndices, values }: Coo): Csr {
  const name = `Cannot read the ${rows}x${cols} matrix`;
  if (rowIndices.length !== values.length || colIndices.length !== values.length) {
    throw new RangeError(
      `${name}: ${rowIndices.length} rows, ${colIndices.length} columns and ${values.length} values, ` +
        "expected as many of each",
    );
  }
  values.forEach((_, i) => {
    if (rowIndices[i]! < rows && colIndices[i]! < cols) return;
    const found = `entry ${i} is at (${rowIndices[i]}, ${colIndices[i]})`;
    throw new RangeError(`${name}: ${found}, expected below (${rows}, ${cols})`);
  });
  const place = (i: number): number => rowIndices[i]! * cols + colIndices[i]!;
  const order = Uint32Array.from(values.keys()).sort((a, b) => place(a) - place(b));
  const builder = createCsr(rows, cols, countNonZeros(values));
  let row = 0;
  order.forEach((entry, i) => {
    if (i > 0 && place(order[i - 1]!) === place(entry)) {
      const found = `(${rowIndices[entry]}, ${colIndices[entry]}) is listed twice`;
      throw new RangeError(`${name}: ${found}, expected once`);
    }
    for (; row < rowIndices[entry]!; row++) builder.endRow();
    builder.push(colIndices[entry]!, values[entry]!);
  });
  for (; row < rows; row++) builder.endRow();
  return builder.csr;
}
