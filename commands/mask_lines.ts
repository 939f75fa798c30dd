/**
 * A mask as lines of text: two rows a line, or a letter a weight.
 *
 * @module
 */
import { type Mask, type Pattern, periodOf, unitOf } from "../core/mod.ts";

/** Most that is drawn, so that a line fits into a terminal of 80 columns with its labels and partitions of 8 and more. */
const MOST = { rows: 64, cols: 64 } as const;

/** What two weights, one above the other, look like. */
const HALVES = { "00": "·", "10": "▀", "01": "▄", "11": "█" } as const;

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Letter of a kernel of a complementary set, `#` past the sixty-second. */
export function kernelLetter(kernel: number): string {
  return LETTERS[kernel] ?? "#";
}

/**
 * The first rows and columns of a mask in a frame, with rules between partitions and sets.
 *
 * A weight is half a character high; in complementary sets it is a letter, the one of its kernel. Zeros are dots.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const mask = { rows: 2, cols: 3, kept: Uint8Array.of(1, 0, 1, 1, 0, 0) };
 * const lines = maskLines(mask, { kind: "unstructured" });
 * assertEquals(lines.map((line) => line.trim()), ["0", "┌───┐", "0 │█·▀│", "└───┘"]);
 * ```
 */
export function maskLines(mask: Mask, pattern: Pattern): string[] {
  const rows = Math.min(mask.rows, MOST.rows);
  const cols = Math.min(mask.cols, MOST.cols);
  const period = periodOf(pattern);
  const unit = unitOf(pattern);
  const sets = pattern.kind === "complementary";
  const across = sets || period.cols === unit.cols ? cols : period.cols;
  const band = period.rows === unit.rows ? rows : period.rows;
  const line = (cellAt: (col: number) => string, between: string): string =>
    Array.from(
      { length: cols },
      (_, col) => (col > 0 && col % across === 0 ? between : "") + cellAt(col),
    ).join("");
  const rule = line(() => "─", "┼");
  const margin = " ".repeat(4);
  const lines = [
    `${margin}  ${header(cols, across)}`.trimEnd(),
    `${margin} ┌${rule.replaceAll("┼", "┬")}┐`,
  ];
  for (let top = 0; top < rows; top += band) {
    if (top > 0) lines.push(`${margin} ├${rule}┤`);
    const bottom = Math.min(top + band, rows);
    for (let row = top; row < bottom; row += sets ? 1 : 2) {
      const cells = sets
        ? (col: number) => isKept(mask, row, col) ? kernelLetter(row % pattern.kernels) : "·"
        : (col: number) => half(mask, row, row + 1 < bottom, col);
      lines.push(`${String(row).padStart(4)} │${line(cells, "│")}│`);
    }
  }
  return [...lines, `${margin} └${rule.replaceAll("┼", "┴")}┘`, ...cutNote(mask, rows, cols)];
}

function isKept({ cols, kept }: Mask, row: number, col: number): boolean {
  return kept[row * cols + col] === 1;
}

function half(mask: Mask, row: number, two: boolean, col: number): string {
  const below = two && isKept(mask, row + 1, col);
  return HALVES[`${isKept(mask, row, col) ? 1 : 0}${below ? 1 : 0}`];
}

/** Numbers of columns above the frame, every 16th. */
function header(cols: number, across: number): string {
  let text = "";
  for (let col = 0; col < cols; col += 16) {
    const place = col + Math.ceil(col / across - 1e-9) * Number(across < cols);
    text = text.padEnd(place) + String(col);
  }
  return text;
}

function cutNote(mask: Mask, rows: number, cols: number): string[] {
  if (rows === mask.rows && cols === mask.cols) return [];
  return [`     the first ${rows} of ${mask.rows} rows and ${cols} of ${mask.cols} columns`];
}
