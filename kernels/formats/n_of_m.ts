/**
 * N:M, compressed: N values of every M neighbours along a row, and where among them they stand.
 *
 * @module
 */
import { countNonZeros, createCsr, type Csr } from "./csr.ts";

/** A matrix of which every M neighbours along a row have at most N non-zeros. */
export interface NOfM {
  /** Discriminates. */
  readonly format: "n_of_m";
  /** Output channels. */
  readonly rows: number;
  /** Input channels, a multiple of M. */
  readonly cols: number;
  /** Values of each group. */
  readonly n: number;
  /** Neighbours of each group; at most 256. */
  readonly m: number;
  /** N values of each group in ascending order of columns, then zeros where a group has fewer. */
  readonly values: Float32Array<ArrayBuffer>;
  /**
   * Place of each value in its group, `ceil(log2 M)` bits each, packed from the lowest bit of the first byte on; a
   * group's last place is repeated where it has fewer values.
   */
  readonly places: Uint8Array<ArrayBuffer>;
}

/** Bits of a place among M. */
function placeBits(m: number): number {
  return Math.ceil(Math.log2(m));
}

/**
 * The least N that holds the matrix in groups of M.
 *
 * @throws {RangeError} If the columns do not divide by M.
 */
export function fullestGroup({ rows, cols, rowStarts, columns }: Csr, m: number): number {
  checkGroups(cols, m);
  const counts = new Uint32Array(cols / m);
  let most = 0;
  for (let row = 0; row < rows; row++) {
    counts.fill(0);
    for (let at = rowStarts[row]!; at < rowStarts[row + 1]!; at++) {
      most = Math.max(most, ++counts[Math.floor(columns[at]! / m)]!);
    }
  }
  return most;
}

/**
 * Compresses the groups.
 *
 * @throws {RangeError} If the columns do not divide by M, M is not from 1 to 256, or a group has more than N non-zeros.
 */
export function nOfMOfCsr(csr: Csr, n: number, m: number): NOfM {
  const { rows, cols, rowStarts, columns } = csr;
  checkGroups(cols, m);
  const slots = rows * (cols / m) * n;
  const values = new Float32Array(slots);
  const bits = placeBits(m);
  const places = new Uint8Array(Math.ceil(slots * bits / 8));
  for (let row = 0; row < rows; row++) {
    let at = rowStarts[row]!;
    for (let group = 0; group < cols / m; group++) {
      const first = (row * (cols / m) + group) * n;
      let place = 0;
      let used = 0;
      for (; at < rowStarts[row + 1]! && columns[at]! < (group + 1) * m; at++, used++) {
        if (used === n) throw fullGroup(row, group, n, m);
        place = columns[at]! - group * m;
        values[first + used] = csr.values[at]!;
        writePlace(places, first + used, bits, place);
      }
      for (; used < n; used++) writePlace(places, first + used, bits, place);
    }
  }
  return { format: "n_of_m", rows, cols, n, m, values, places };
}

/** Puts the values back to their places. */
export function csrOfNOfM({ rows, cols, n, m, values, places }: NOfM): Csr {
  const builder = createCsr(rows, cols, countNonZeros(values));
  const bits = placeBits(m);
  for (let row = 0; row < rows; row++) {
    for (let group = 0; group < cols / m; group++) {
      const first = (row * (cols / m) + group) * n;
      for (let slot = first; slot < first + n; slot++) {
        builder.push(group * m + readPlace(places, slot, bits), values[slot]!);
      }
    }
    builder.endRow();
  }
  return builder.csr;
}

/** At most 8 bits, which lie in one byte or two. */
function writePlace(places: Uint8Array, slot: number, bits: number, place: number): void {
  const at = Math.floor(slot * bits / 8);
  const word = place << (slot * bits % 8);
  if (bits === 0) return;
  places[at]! |= word & 0xff;
  if (word > 0xff) places[at + 1]! |= word >> 8;
}

function readPlace(places: Uint8Array, slot: number, bits: number): number {
  const at = Math.floor(slot * bits / 8);
  const word = (places[at] ?? 0) | (places[at + 1] ?? 0) << 8;
  return (word >> (slot * bits % 8)) & ((1 << bits) - 1);
}

function checkGroups(cols: number, m: number): void {
  if (!(Number.isInteger(m) && m >= 1 && m <= 256)) {
    throw new RangeError(`Cannot compress groups of ${m}: expected 1 to 256 neighbours`);
  }
  if (cols % m !== 0) {
    throw new RangeError(`Cannot compress groups of ${m}: ${cols} columns do not divide by ${m}`);
  }
}

function fullGroup(row: number, group: number, n: number, m: number): RangeError {
  const place = `row ${row}, columns ${group * m} to ${(group + 1) * m - 1}`;
  return new RangeError(
    `Cannot compress to ${n}:${m}: the group (${place}) has more non-zeros, expected at most ${n}`,
  );
}
