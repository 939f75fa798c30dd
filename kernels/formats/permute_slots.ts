/**
 * Permute slots: a sparse matrix for kernels that look activations up in a register.
 *
 * Rows are cut into groups of L, the lanes of a vector, columns into segments of L. A slot holds one weight of each row of
 * a group, all from one segment, and for each lane which of the segment's L activations it meets. A segment takes as many
 * slots as its fullest row has non-zeros; where all rows have as many (N:M, partitioned along X, complementary sets that
 * are balanced), nothing is filled up.
 *
 * A lane that is filled up has weight 0 and meets an activation that its row meets anyway, or the first of the segment if
 * there is none: an activation that is NaN or infinite can then reach a row that does not store its column.
 *
 * @module
 */
import { hasWideOffsets } from "./row_blocks.ts";

/** A matrix that `permuteSpmm` of as many lanes can multiply with. */
export interface PermuteSlots {
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** L: lanes of a vector, 4, 8 or 16. */
  readonly lanes: number;
  /** Groups of L rows; the last is filled up with zero rows. */
  readonly groups: number;
  /** L weights a slot. */
  readonly values: Float32Array<ArrayBuffer>;
  /** L numbers for every 8 slots of a group: lane r's place in the segment of slot i at bits 4i. */
  readonly places: Uint32Array<ArrayBuffer>;
  /** Byte offset of each slot's segment; 16 bits each up to 2^14 columns. */
  readonly offsets: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  /** Two numbers a group: whole turns of 8 slots, and the slots that are left. */
  readonly counts: Uint32Array<ArrayBuffer>;
  /** Slots before each group, and their total at the end. */
  readonly starts: Uint32Array<ArrayBuffer>;
  /** Turns before each group, the last of which may be partly filled, and their total at the end. */
  readonly turns: Uint32Array<ArrayBuffer>;
  /** Non-zero weights. */
  readonly macs: number;
}

/** Slots that share a vector of places, and a turn of the kernel's loop. */
export const SLOTS_PER_TURN = 8;
const PLACE_BITS = 4;

/**
 * Packs a row-major `rows × cols` matrix. Zeros are found in the values; `-0` is one.
 *
 * @param lanes 4, 8 or 16.
 * @throws {RangeError} If `weights` does not have `rows * cols` values, or there are none.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * // two rows, each with one weight in the only segment
 * const packed = packPermuteSlots(Float32Array.of(0, 0, 5, 0, 7, 0, 0, 0), 2, 4, 4);
 * assertEquals([...packed.values], [5, 7, 0, 0]);
 * assertEquals([...packed.places], [2, 0, 0, 0]);
 * ```
 */
export function packPermuteSlots(
  weights: Float32Array,
  rows: number,
  cols: number,
  lanes: number,
): PermuteSlots {
  if (weights.length !== rows * cols || weights.length === 0) {
    throw new RangeError(
      `Cannot pack weights: ${weights.length} values, expected ${rows} rows x ${cols} columns`,
    );
  }
  const grid: Grid = { weights, rows, cols, lanes, segments: Math.ceil(cols / lanes) };
  const groups = Math.ceil(rows / lanes);
  const { counts: inSegment, macs } = countInSegments(grid);
  const slotStarts = startsOfSlots(grid, groups, inSegment);
  const starts = new Uint32Array(groups + 1);
  const turns = new Uint32Array(groups + 1);
  const counts = new Uint32Array(2 * groups);
  for (let group = 0; group < groups; group++) {
    starts[group + 1] = slotStarts[(group + 1) * grid.segments]!;
    const slots = starts[group + 1]! - starts[group]!;
    turns[group + 1] = turns[group]! + Math.ceil(slots / SLOTS_PER_TURN);
    counts[2 * group] = Math.floor(slots / SLOTS_PER_TURN);
    counts[2 * group + 1] = slots % SLOTS_PER_TURN;
  }
  const stored = starts[groups]!;
  const slots: Slots = {
    values: new Float32Array(stored * lanes),
    places: new Uint32Array(turns[groups]! * lanes),
    starts,
    turns,
  };
  for (let row = 0; row < rows; row++) placeRow(grid, row, slotStarts, slots);
  const { values, places } = slots;
  const offsets = offsetsOf(grid, groups, slotStarts);
  return { rows, cols, lanes, groups, values, places, offsets, counts, starts, turns, macs };
}

interface Grid {
  readonly weights: Float32Array;
  readonly rows: number;
  readonly cols: number;
  readonly lanes: number;
  readonly segments: number;
}

/** Non-zeros of each row in each segment. */
function countInSegments(
  { weights, rows, cols, lanes, segments }: Grid,
): { counts: Uint8Array; macs: number } {
  const counts = new Uint8Array(rows * segments);
  const shift = Math.log2(lanes);
  let macs = 0;
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      if (weights[row * cols + col] === 0) continue;
      counts[row * segments + (col >> shift)]!++;
      macs++;
    }
  }
  return { counts, macs };
}

/** The first slot of each segment of each group, and the number of all slots at the end. */
function startsOfSlots(
  { rows, lanes, segments }: Grid,
  groups: number,
  counts: Uint8Array,
): Uint32Array {
  const starts = new Uint32Array(groups * segments + 1);
  let before = 0;
  for (let group = 0; group < groups; group++) {
    const end = Math.min(rows, (group + 1) * lanes);
    for (let segment = 0; segment < segments; segment++) {
      let most = 0;
      for (let row = group * lanes; row < end; row++) {
        most = Math.max(most, counts[row * segments + segment]!);
      }
      starts[group * segments + segment] = before;
      before += most;
    }
  }
  starts[groups * segments] = before;
  return starts;
}

interface Slots {
  readonly values: Float32Array<ArrayBuffer>;
  readonly places: Uint32Array<ArrayBuffer>;
  readonly starts: Uint32Array;
  readonly turns: Uint32Array;
}

function placeRow(grid: Grid, row: number, slotStarts: Uint32Array, slots: Slots): void {
  const { weights, cols, lanes, segments } = grid;
  const group = Math.floor(row / lanes);
  const lane = row - group * lanes;
  const [first, turn] = [slots.starts[group]!, slots.turns[group]!];
  for (let segment = 0; segment < segments; segment++) {
    let slot = slotStarts[group * segments + segment]!;
    const end = slotStarts[group * segments + segment + 1]!;
    if (slot === end) continue;
    const from = segment * lanes;
    const to = Math.min(cols, from + lanes);
    let place = 0;
    for (let col = from; col < to; col++) {
      const weight = weights[row * cols + col]!;
      if (weight === 0) continue;
      place = col - from;
      slots.values[slot * lanes + lane] = weight;
      setPlace(slots.places, (slot++) - first, turn, lanes, lane, place);
    }
    for (; slot < end; slot++) setPlace(slots.places, slot - first, turn, lanes, lane, place);
  }
}

/** @param slot Number within the group, whose first turn is `turn`. */
function setPlace(
  places: Uint32Array,
  slot: number,
  turn: number,
  lanes: number,
  lane: number,
  place: number,
): void {
  const at = (turn + (slot >> 3)) * lanes + lane;
  places[at] = places[at]! | (place << (PLACE_BITS * (slot & 7)));
}

function offsetsOf(
  { cols, lanes, segments }: Grid,
  groups: number,
  slotStarts: Uint32Array,
): Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> {
  const stored = slotStarts[groups * segments]!;
  const offsets = new (hasWideOffsets(cols) ? Uint32Array : Uint16Array)(stored);
  for (let group = 0; group < groups; group++) {
    for (let segment = 0; segment < segments; segment++) {
      const at = group * segments + segment;
      offsets.fill(4 * lanes * segment, slotStarts[at], slotStarts[at + 1]);
    }
  }
  return offsets;
}
