/**
 * What a mask keeps of the weights of a convolution, as kernels go over it.
 *
 * @module
 */
import type { Mask } from "../../../core/mod.ts";
import { KEPT_HEIGHTS } from "./cell_kernels.ts";

/** Kept weights of `[OC, IC / groups, KH, KW]`; others count as 0, whatever they are. */
export interface KeptWeights {
  /** In the order of the weights; 1 = kept. */
  readonly kept: Uint8Array;
  /** Rows of the product and of its gradient by weights: output channels, with columns of the input channels of their group. */
  outputRows(groups: number): KeptRows;
  /** Rows of the gradient by the input: input channels of all groups, with columns of the output channels of their group. */
  inputRows(groups: number): KeptRows;
}

/** Blocks of rows with the columns that all rows of a block keep; a column is a channel seen through a tap. */
export interface KeptRows {
  /** Rows of a block. */
  readonly height: number;
  /** Taps of the window, KH·KW. */
  readonly window: number;
  /** Where the columns of each block begin, and behind the last where they end. */
  readonly starts: Int32Array;
  /** Channel of each column within its group; does not fall within a block. */
  readonly channels: Int32Array;
  /** Tap of each column. */
  readonly taps: Int32Array;
}

/**
 * Reads a mask.
 *
 * @param mask As patterns are drawn: `[OC, KH·KW·IC / groups]`, input channels fastest.
 * @param taps KH·KW.
 */
export function keptWeights({ rows, cols, kept }: Mask, taps: number): KeptWeights {
  const inputs = cols / taps;
  const inOrder = new Uint8Array(kept.length);
  for (let i = 0; i < kept.length; i++) {
    const [row, tap, channel] = [
      Math.floor(i / cols),
      Math.floor(i % cols / inputs),
      i % inputs,
    ];
    inOrder[(row * inputs + channel) * taps + tap] = kept[i]!;
  }
  return {
    kept: inOrder,
    outputRows: onceFor((groups) =>
      listRows(inOrder, { groups, rows: rows / groups, channels: inputs, taps }, {
        group: rows / groups * cols,
        row: cols,
        channel: taps,
      })
    ),
    inputRows: onceFor((groups) =>
      listRows(inOrder, { groups, rows: inputs, channels: rows / groups, taps }, {
        group: rows / groups * cols,
        row: taps,
        channel: cols,
      })
    ),
  };
}

/** A weight is used with one number of groups. */
function onceFor(list: (groups: number) => KeptRows): (groups: number) => KeptRows {
  let known: { readonly groups: number; readonly rows: KeptRows } | null = null;
  return (groups) => {
    if (known?.groups !== groups) known = { groups, rows: list(groups) };
    return known.rows;
  };
}

/**
 * Remembers what was made of rows last, as long as `sizes` are the same: a training makes the same of its layers in every step.
 */
export function rememberer<T>(): (rows: KeptRows, sizes: string, make: () => T) => T {
  const known = new WeakMap<KeptRows, { readonly sizes: string; readonly made: T }>();
  return (rows, sizes, make) => {
    const found = known.get(rows);
    if (found?.sizes === sizes) return found.made;
    const made = make();
    known.set(rows, { sizes, made });
    return made;
  };
}

interface RowSizes {
  readonly groups: number;
  readonly rows: number;
  readonly channels: number;
  readonly taps: number;
}

/** Distances in the order of the weights. */
interface RowSteps {
  readonly group: number;
  readonly row: number;
  readonly channel: number;
}

function listRows(kept: Uint8Array, sizes: RowSizes, steps: RowSteps): KeptRows {
  const height = KEPT_HEIGHTS.find((height) => isShared(kept, sizes, steps, height))!; // 1 is
  const starts = [0];
  const [channels, taps]: [number[], number[]] = [[], []];
  for (let group = 0; group < sizes.groups; group++) {
    for (let row = 0; row < sizes.rows; row += height) {
      const first = group * steps.group + row * steps.row;
      for (let channel = 0; channel < sizes.channels; channel++) {
        for (let tap = 0; tap < sizes.taps; tap++) {
          if (kept[first + channel * steps.channel + tap] === 0) continue;
          channels.push(channel);
          taps.push(tap);
        }
      }
      starts.push(channels.length);
    }
  }
  return {
    height,
    window: sizes.taps,
    starts: Int32Array.from(starts),
    channels: Int32Array.from(channels),
    taps: Int32Array.from(taps),
  };
}

/** Whether blocks of `height` rows keep the same columns. */
function isShared(
  kept: Uint8Array,
  { groups, rows, channels, taps }: RowSizes,
  { group, row, channel }: RowSteps,
  height: number,
): boolean {
  if (rows % height !== 0) return false;
  for (let g = 0; g < groups; g++) {
    for (let r = 0; r < rows; r++) {
      const [at, first] = [r, r - r % height].map((r) => g * group + r * row) as [number, number];
      for (let c = 0; c < channels; c++) {
        for (let tap = 0; tap < taps; tap++) {
          const place = c * channel + tap;
          if (kept[at + place] !== kept[first + place]) return false;
        }
      }
    }
  }
  return true;
}
