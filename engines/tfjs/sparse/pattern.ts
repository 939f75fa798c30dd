/**
 * What is fixed about a sparse layer while its weights change: where each weight stands in what kernels read.
 *
 * @module
 */
import type { Mask } from "../../../core/mod.ts";
import { type PackedWeights, packWeights, PANEL_LANES, type Target } from "../../../kernels/mod.ts";
import { SAMPLE_ROW_BYTES, type SampleTile } from "./kernels.ts";

/** Rows that kernels take together, the most first. */
const HEIGHTS = [16, 8, 4, 2, 1] as const;

/** The most rows, of those that kernels take together, of which a column keeps all weights or none. */
export function blockHeight({ rows, cols, kept }: Mask): number {
  return HEIGHTS.find((height) => {
    if (rows % height !== 0) return false;
    for (let i = 0; i < kept.length; i++) {
      const first = i - (Math.floor(i / cols) % height) * cols;
      if (kept[i] !== kept[first]) return false;
    }
    return true;
  })!; // 1 does
}

/** The mask of the transposed matrix. */
export function transposeMask({ rows, cols, kept }: Mask): Mask {
  const turned = new Uint8Array(kept.length);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) turned[col * rows + row] = kept[row * cols + col]!;
  }
  return { rows: cols, cols: rows, kept: turned };
}

/** Copies of values: element `from[i]` of one array goes to `to[i]` of another. */
export interface Moves {
  /** Places in the source. */
  readonly from: Int32Array;
  /** Places in the target. */
  readonly to: Int32Array;
}

/** Copies values. */
export function move({ from, to }: Moves, source: Float32Array, target: Float32Array): void {
  for (let i = 0; i < from.length; i++) target[to[i]!] = source[from[i]!]!;
}

/** A packed matrix without its values. */
export interface PackedPattern {
  /** The stream, with zeros for values. */
  readonly packed: PackedWeights;
  /** Where the values of the matrix as it is stored go in the stream, in words. */
  readonly weights: Moves;
  /** Where the biases go. */
  readonly biases: Moves;
}

/**
 * Packs what a mask keeps.
 *
 * @param isTurned Whether the matrix is stored transposed, so that values come from there.
 */
export function packPattern(mask: Mask, target: Target, isTurned = false): PackedPattern {
  const { rows, cols, kept } = mask;
  const pattern = { kind: "block", rows: blockHeight(mask), cols: 1 } as const;
  const options = { panelLanes: PANEL_LANES, target };
  // Values are numbers of places from 1 on; of two streams that differ in their signs alone, what differs is a value.
  const numbers = Float32Array.from(kept, (keep, i) => keep === 0 ? 0 : 1 + placeOf(i));
  function placeOf(i: number): number {
    return isTurned ? (i % cols) * rows + Math.floor(i / cols) : i;
  }
  const bias = Float32Array.from({ length: rows }, (_, row) => 1 + row);
  const pack = (sign: 1 | -1, biasSign: 0 | 1 | -1): PackedWeights =>
    packWeights(numbers.map((number) => sign * number), rows, cols, pattern, {
      ...options,
      bias: bias.map((number) => biasSign * number),
    });
  const packed = pack(1, 0);
  const weights = differences(packed.stream, pack(-1, 0).stream);
  const biases = differences(pack(1, 1).stream, pack(1, -1).stream);
  const values = new Float32Array(packed.stream.buffer);
  for (const word of weights.to) values[word] = 0;
  return { packed, weights, biases };
}

/** Where two streams differ, and the numbers there. */
function differences(plus: Uint32Array<ArrayBuffer>, minus: Uint32Array): Moves {
  const values = new Float32Array(plus.buffer, plus.byteOffset, plus.length);
  const [from, to]: [number[], number[]] = [[], []];
  plus.forEach((word, at) => {
    if (word === minus[at]) return;
    from.push(values[at]! - 1);
    to.push(at);
  });
  return { from: Int32Array.from(from), to: Int32Array.from(to) };
}

/** What `sampleProducts` reads. */
export interface SamplePattern {
  /** Words of the list. */
  readonly list: Uint32Array<ArrayBuffer>;
  /** Blocks of rows. */
  readonly blocks: number;
  /** The weight that each sum belongs to; -1 where a group is filled up. */
  readonly places: Int32Array;
}

/** Lists what a mask keeps; the tile's rows divide its block height. */
export function samplePattern({ rows, cols, kept }: Mask, tile: SampleTile): SamplePattern {
  const [list, places]: [number[], number[]] = [[], []];
  for (let row = 0; row < rows; row += tile.rows) {
    const columns: number[] = [];
    for (let col = 0; col < cols; col++) if (kept[row * cols + col] === 1) columns.push(col);
    const groups = Math.ceil(columns.length / tile.cols);
    list.push(row * SAMPLE_ROW_BYTES, groups);
    for (let group = 0; group < groups; group++) {
      const taken = Array.from(
        { length: tile.cols },
        (_, i) => columns[group * tile.cols + i] ?? null,
      );
      for (const col of taken) list.push((col ?? 0) * SAMPLE_ROW_BYTES);
      for (let r = 0; r < tile.rows; r++) {
        for (const col of taken) places.push(col === null ? -1 : (row + r) * cols + col);
      }
    }
  }
  return {
    list: Uint32Array.from(list),
    blocks: rows / tile.rows,
    places: Int32Array.from(places),
  };
}
