/**
 * Tab-separated files as GLUE publishes them: no quoting, so a quote is a character like any other.
 *
 * @module
 */

/** A row and where it stands. */
export interface TsvRow {
  /** Line in the file, from 1. */
  readonly line: number;
  /** Its columns. */
  readonly cells: readonly string[];
}

/**
 * Splits a file into rows, the header left out.
 *
 * A byte order mark, CRLF line ends and empty lines at the end are taken; anything else that is not as expected is refused.
 *
 * @param header Names of the columns, as they must stand in the first line.
 * @throws {SyntaxError} If the text is no UTF-8, the header is another, or a row has another number of columns; names the line.
 */
export function parseTsv(bytes: Uint8Array, path: string, header: readonly string[]): TsvRow[] {
  const lines = linesOf(bytes, path);
  const found = lines[0]!.split("\t");
  if (found.join("\t") !== header.join("\t")) {
    throw new SyntaxError(
      `Cannot read ${path}:1: columns are ${quoteAll(found)}, expected ${quoteAll(header)}`,
    );
  }
  return lines.slice(1).map((text, i) => {
    const cells = text.split("\t");
    if (cells.length === header.length) return { line: i + 2, cells };
    throw new SyntaxError(
      `Cannot read ${path}:${i + 2}: ${count(cells.length)}, expected ${header.length} (${
        header.join(", ")
      })`,
    );
  });
}

/**
 * Splits a file into rows of some of its columns, by their names in the first line.
 *
 * @param names Columns that are wanted, in the order in which cells come.
 * @param skip Takes rows that have another number of columns; without it they are an error.
 * @throws {SyntaxError} As {@linkcode parseTsv}, or if a column is missing.
 */
export function parseColumns(
  bytes: Uint8Array,
  path: string,
  names: readonly string[],
  skip?: (line: number, reason: string) => void,
): TsvRow[] {
  const [first, ...lines] = linesOf(bytes, path);
  const header = first!.split("\t");
  const places = names.map((name) => header.indexOf(name));
  if (places.includes(-1)) {
    throw new SyntaxError(
      `Cannot read ${path}:1: columns are ${quoteAll(header)}, expected among them ${
        quoteAll(names)
      }`,
    );
  }
  return lines.flatMap((text, i) => {
    const cells = text.split("\t");
    if (cells.length === header.length) {
      return [{ line: i + 2, cells: places.map((place) => cells[place]!) }];
    }
    const reason = `${count(cells.length)}, expected ${header.length}`;
    if (!skip) throw new SyntaxError(`Cannot read ${path}:${i + 2}: ${reason}`);
    skip(i + 2, reason);
    return [];
  });
}

/**
 * Splits a file without a header into rows.
 *
 * @param columns How many there must be.
 * @throws {SyntaxError} If the text is no UTF-8, or a row has another number of columns; names the line.
 */
export function parseHeadless(bytes: Uint8Array, path: string, columns: number): TsvRow[] {
  return linesOf(bytes, path).map((text, i) => {
    const cells = text.split("\t");
    if (cells.length === columns) return { line: i + 1, cells };
    throw new SyntaxError(
      `Cannot read ${path}:${i + 1}: ${count(cells.length)}, expected ${columns}`,
    );
  });
}

/** The class in a cell that must be one of some names. */
export function parseClass(
  cell: string,
  path: string,
  line: number,
  names: readonly string[],
): number {
  const label = names.indexOf(cell);
  if (label >= 0) return label;
  throw new SyntaxError(
    `Cannot read ${path}:${line}: label is ${JSON.stringify(cell.slice(0, 40))}, expected ${
      names.join(", ")
    }`,
  );
}

/** The class in a cell that must be 0 or 1. */
export function parseLabel(cell: string, path: string, line: number): 0 | 1 {
  if (cell === "0") return 0;
  if (cell === "1") return 1;
  throw new SyntaxError(
    `Cannot read ${path}:${line}: label is ${JSON.stringify(cell)}, expected 0 or 1`,
  );
}

/** The text in a cell, without spaces around it; it must not be empty. */
export function parseText(cell: string, path: string, line: number, name: string): string {
  const text = cell.trim();
  if (text !== "") return text;
  throw new SyntaxError(`Cannot read ${path}:${line}: ${name} is empty, expected a text`);
}

/** Lines without their ends, and without empty ones at the end. */
function linesOf(bytes: Uint8Array, path: string): string[] {
  const lines = decode(bytes, path).split("\n").map((line) => line.replace(/\r$/, ""));
  while (lines.length > 1 && lines.at(-1) === "") lines.pop();
  return lines;
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const line = brokenLine(bytes);
    throw new SyntaxError(`Cannot read ${path}:${line}: bytes are no UTF-8, expected UTF-8 text`, {
      cause,
    });
  }
}

/** No byte of a longer UTF-8 character is a line feed, so that lines can be tried one by one. */
function brokenLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let line = 1, start = 0;; line++) {
    const end = bytes.indexOf(10, start);
    try {
      decoder.decode(bytes.subarray(start, end < 0 ? bytes.length : end));
    } catch {
      return line;
    }
    if (end < 0) return line;
    start = end + 1;
  }
}

function quoteAll(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => JSON.stringify(name.slice(0, 40)));
  return shown.join(", ");
}

function count(columns: number): string {
  return columns === 1 ? "1 column" : `${columns} columns`;
}
