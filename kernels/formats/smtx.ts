/**
 * Reads `.smtx` files: masks of pruned networks, as the Deep Learning Matrix Collection publishes them.
 *
 * Three lines of text: `rows, cols, non-zeros`; the non-zeros before each row and their number at the end; the column of
 * each non-zero, row by row. A file is read piece by piece and never held as text.
 *
 * Source: Gale, Zaharia, Young, Elsen, "Sparse GPU Kernels for Deep Learning", 2020; data set DLMC.
 *
 * @module
 */
import { fileFailure } from "../../core/mod.ts";
import { type Indices, indices } from "./indices.ts";
import type { SparseStructure } from "./structure.ts";

/** Most rows, columns, or non-zeros: a file that promises more is broken, and would ask for gigabytes. */
const MOST = 2 ** 28;

/**
 * Reads a file.
 *
 * @throws {SyntaxError} If it is no `.smtx` file; names the line and what is wrong.
 * @throws {EnvironmentError} If it cannot be read.
 */
export async function readSmtx(path: string): Promise<SparseStructure> {
  const reader = createSmtxReader(path);
  try {
    using file = await Deno.open(path);
    const piece = new Uint8Array(1 << 16);
    for (let read = await file.read(piece); read !== null; read = await file.read(piece)) {
      reader.feed(piece.subarray(0, read));
    }
  } catch (error) {
    throw error instanceof SyntaxError ? error : fileFailure("read", path, error);
  }
  return reader.end();
}

/**
 * Reads a text.
 *
 * @param source What messages call it.
 * @throws {SyntaxError} If it is no `.smtx` file; names the line and what is wrong.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const { columns } = parseSmtx("2, 4, 3\n0 2 3\n1 3 0\n");
 * assertEquals([...columns], [1, 3, 0]);
 * ```
 */
export function parseSmtx(text: string, source = "text"): SparseStructure {
  const reader = createSmtxReader(source);
  reader.feed(new TextEncoder().encode(text));
  return reader.end();
}

/** A file that comes piece by piece; a number may be cut anywhere. */
export interface SmtxReader {
  /**
   * Takes the next bytes.
   *
   * @throws {SyntaxError} If they cannot go on like that.
   */
  feed(bytes: Uint8Array): void;
  /**
   * The structure, after the last bytes.
   *
   * @throws {SyntaxError} If the file ended too early.
   */
  end(): SparseStructure;
}

/** A line of the file: what it holds, and what takes its numbers. */
interface Line {
  readonly what: string;
  readonly wanted: number;
  take(value: number, index: number): void;
}

/** Starts reading; `source` is what messages call it. */
export function createSmtxReader(source: string): SmtxReader {
  const size = [0, 0, 0];
  let rowStarts: Indices = new Uint8Array(0);
  let columns: Indices = new Uint8Array(0);
  let row = 0;
  let line = 0;
  let index = 0;
  /** The number that is being read, -1 between numbers. */
  let value = -1;

  function fail(found: string, expected: string): never {
    throw new SyntaxError(`Cannot read ${source}:${line + 1}: ${found}, expected ${expected}`);
  }

  const header: Line = {
    what: 'numbers "rows, cols, non-zeros"',
    wanted: 3,
    take: (number, i) => void (size[i] = number),
  };
  let lines: readonly Line[] = [header];

  function start(): void {
    const [rows, cols, nonZeros] = size as [number, number, number]; // the header has three numbers
    const room = rows * cols;
    if (nonZeros > room) fail(`${nonZeros} non-zeros`, `at most ${rows} x ${cols} = ${room}`);
    rowStarts = indices(rows + 1, nonZeros);
    columns = indices(nonZeros, cols - 1);
    lines = [
      header,
      { what: "row offsets", wanted: rows + 1, take: takeRowStart },
      { what: "column indices", wanted: nonZeros, take: takeColumn },
    ];
  }

  function takeRowStart(number: number, i: number): void {
    const least = i === 0 ? 0 : rowStarts[i - 1]!;
    const most = i === 0 ? 0 : size[2]!;
    const last = i === size[0];
    if (number < least || number > most || (last && number !== most)) {
      const wanted = last
        ? `the number of non-zeros, ${most}`
        : least === most
        ? `${most}`
        : `from ${least} to ${most}`;
      fail(`row offset ${i + 1} is ${number}`, wanted);
    }
    rowStarts[i] = number;
  }

  function takeColumn(number: number, i: number): void {
    while (rowStarts[row + 1]! <= i) row++;
    const [, cols] = size as [number, number, number]; // the header has three numbers
    const least = i === rowStarts[row] ? 0 : columns[i - 1]! + 1;
    if (number < least || number >= cols) {
      fail(
        `column index ${i + 1}, of row ${row}, is ${number}`,
        `columns below ${cols}, ascending within a row`,
      );
    }
    columns[i] = number;
  }

  function endNumber(): void {
    if (value < 0) return;
    const current = lines[line];
    if (current === undefined) fail("a fourth line", "three");
    if (index === current.wanted) fail(`more than ${current.wanted} ${current.what}`, "no more");
    current.take(value, index++);
    value = -1;
  }

  function endLine(): void {
    endNumber();
    const current = lines[line];
    if (current === undefined) return;
    if (index < current.wanted) fail(`${index} ${current.what}`, `${current.wanted}`);
    if (line === 0) start();
    line++;
    index = 0;
  }

  function takeByte(byte: number): void {
    const digit = byte - 0x30;
    if (digit >= 0 && digit <= 9) {
      value = (value < 0 ? 0 : 10 * value) + digit;
      if (value > MOST) fail(`a number above ${MOST}`, "a smaller one");
    } else if (byte === 0x0a) endLine();
    else if (byte === 0x20 || byte === 0x09 || byte === 0x0d || (byte === 0x2c && line === 0)) {
      endNumber();
    } else fail(`byte ${JSON.stringify(String.fromCharCode(byte))}`, "a number");
  }

  return {
    feed(bytes): void {
      for (let i = 0; i < bytes.length; i++) takeByte(bytes[i]!);
    },
    end(): SparseStructure {
      // The last line may lack its line feed, and an empty matrix its empty last line.
      if (value >= 0 || index > 0) endLine();
      if (lines[line]?.wanted === 0) endLine();
      if (line < 3) fail("the end of the file", `${lines[line]?.wanted} ${lines[line]?.what}`);
      const [rows, cols] = size as [number, number, number]; // the header has three numbers
      return { rows, cols, rowStarts, columns };
    },
  };
}
