/**
 * Block compressed sparse rows: the blocks of R rows by C columns that hold a non-zero, whole.
 *
 * @module
 */
import { whyIndivisible } from "../../core/mod.ts";
import { countNonZeros, createCsr, type Csr } from "./csr.ts";
import { type Indices, indices } from "./indices.ts";

/** A matrix as a list of blocks, row of blocks by row of blocks. */
export interface Bsr {
  /** Discriminates. */
  readonly format: "bsr";
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** R: rows of a block. */
  readonly blockRows: number;
  /** C: columns of a block. */
  readonly blockCols: number;
  /** Blocks before each row of blocks, and their number at the end: `rows / R + 1` numbers. */
  readonly rowStarts: Indices;
  /** Column of each block, counted in blocks, ascending within its row. */
  readonly columns: Indices;
  /** R×C values of each block, row-major, zeros among them. */
  readonly values: Float32Array<ArrayBuffer>;
}

/**
 * The blocks that hold a non-zero.
 *
 * @throws {RangeError} If the matrix does not divide into such blocks.
 */
export function bsrOfCsr(csr: Csr, blockRows: number, blockCols: number): Bsr {
  const { rows, cols, rowStarts, columns, values } = csr;
  const pattern = { kind: "block", rows: blockRows, cols: blockCols } as const;
  const why = whyIndivisible(pattern, rows, cols);
  if (why !== null) {
    throw new RangeError(`Cannot cut into ${blockRows}x${blockCols} blocks: ${why}`);
  }
  const [down, across] = [rows / blockRows, cols / blockCols];
  const found = Array.from({ length: down }, (_, blockRow) => {
    const inside = new Set<number>();
    const [from, to] = [rowStarts[blockRow * blockRows]!, rowStarts[(blockRow + 1) * blockRows]!];
    for (let at = from; at < to; at++) inside.add(Math.floor(columns[at]! / blockCols));
    return Uint32Array.from(inside).sort();
  });
  const count = found.reduce((sum, { length }) => sum + length, 0);
  const starts = indices(down + 1, count);
  found.forEach(({ length }, i) => starts[i + 1] = starts[i]! + length);
  const blocks = indices(count, across - 1);
  found.forEach((list, i) => blocks.set(list, starts[i]));
  const stored = new Float32Array(count * blockRows * blockCols);
  const placeOf = new Uint32Array(across);
  for (let row = 0; row < rows; row++) {
    const blockRow = Math.floor(row / blockRows);
    found[blockRow]!.forEach((block, i) => placeOf[block] = starts[blockRow]! + i);
    for (let at = rowStarts[row]!; at < rowStarts[row + 1]!; at++) {
      const block = placeOf[Math.floor(columns[at]! / blockCols)]!;
      const inside = (row % blockRows) * blockCols + columns[at]! % blockCols;
      stored[block * blockRows * blockCols + inside] = values[at]!;
    }
  }
  return {
    format: "bsr",
    rows,
    cols,
    blockRows,
    blockCols,
    rowStarts: starts,
    columns: blocks,
    values: stored,
  };
}

/** The non-zeros of the blocks. */
export function csrOfBsr(bsr: Bsr): Csr {
  const { rows, cols, blockRows, blockCols, rowStarts, columns, values } = bsr;
  const builder = createCsr(rows, cols, countNonZeros(values));
  for (let row = 0; row < rows; row++) {
    const blockRow = Math.floor(row / blockRows);
    for (let block = rowStarts[blockRow]!; block < rowStarts[blockRow + 1]!; block++) {
      const from = (block * blockRows + row % blockRows) * blockCols;
      for (let c = 0; c < blockCols; c++) {
        builder.push(columns[block]! * blockCols + c, values[from + c]!);
      }
    }
    builder.endRow();
  }
  return builder.csr;
}
