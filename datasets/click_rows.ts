/**
 * Rows of Criteo's logs: a label, 13 integers and 26 categories in hexadecimal digits, with tabs between them.
 *
 * @module
 */
import { DENSE_FEATURES, TABLES } from "./clicks.ts";

/** Where a row's values go, and how categories become rows of tables. */
export interface RowTarget {
  /** Rows that there is room for. */
  readonly size: number;
  /** `size × 13`. */
  readonly dense: Float32Array;
  /** `26 × size`. */
  readonly indices: Int32Array;
  /** `size`. */
  readonly labels: Int32Array;
  /** Rows of each table: a category is taken modulo `range`, then modulo the rows of its table. */
  readonly tableRows: readonly number[];
  /** The `max-ind-range` of the published preprocessing. */
  readonly range: number;
}

const [TAB, MINUS, ZERO, NINE] = [0x09, 0x2d, 0x30, 0x39];

/**
 * Reads one row into the target.
 *
 * @param bytes Holds the row from `start` to `end`, without the end of the line.
 * @param row Number of the row in the target.
 * @returns What is wrong with the row, or `null`; a wrong row's place in the target is undefined.
 */
export function parseRow(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: RowTarget,
  row: number,
): string | null {
  let field = 0;
  for (let at = start; at <= end; field++) {
    let stop = at;
    while (stop < end && bytes[stop] !== TAB) stop++;
    const wrong = field > DENSE_FEATURES + TABLES
      ? null
      : parseField(bytes, at, stop, target, row, field);
    if (wrong !== null) return wrong;
    at = stop + 1;
  }
  const wanted = 1 + DENSE_FEATURES + TABLES;
  return field === wanted ? null : `${field} columns, expected ${wanted}`;
}

function parseField(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: RowTarget,
  row: number,
  field: number,
): string | null {
  if (field === 0) {
    const label = bytes[start]! - ZERO;
    if (end !== start + 1 || (label !== 0 && label !== 1)) {
      return `label ${textOf(bytes, start, end)}, expected 0 or 1`;
    }
    target.labels[row] = label;
  } else if (field <= DENSE_FEATURES) {
    const value = parseDecimal(bytes, start, end);
    if (Number.isNaN(value)) return `integer ${textOf(bytes, start, end)}`;
    target.dense[row * DENSE_FEATURES + field - 1] = Math.log(1 + Math.max(0, value));
  } else {
    const table = field - 1 - DENSE_FEATURES;
    const value = parseHexadecimal(bytes, start, end);
    if (Number.isNaN(value)) return `category ${textOf(bytes, start, end)}`;
    target.indices[table * target.size + row] = value % target.range % target.tableRows[table]!;
  }
  return null;
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return JSON.stringify(new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + 20))));
}

/** An integer, 0 for nothing, `NaN` for anything else. */
function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  const negative = bytes[start] === MINUS && end > start + 1;
  let value = 0;
  for (let i = negative ? start + 1 : start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte < ZERO || byte > NINE) return NaN;
    value = 10 * value + byte - ZERO;
  }
  return negative ? -value : value;
}

/** An integer of at most eight digits, 0 for nothing, `NaN` for anything else. */
function parseHexadecimal(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 8) return NaN;
  let value = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    const letter = (byte | 0x20) - 0x61;
    if (byte >= ZERO && byte <= NINE) value = 16 * value + byte - ZERO;
    else if (letter >= 0 && letter < 6) value = 16 * value + 10 + letter;
    else return NaN;
  }
  return value;
}
