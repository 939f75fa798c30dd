/**
 * What the kernel of kept weights reads: blocks of rows with their columns, section by section.
 *
 * @module
 */
import { channelOffset } from "../cells.ts";
import type { CellPlane, Pass } from "../convolution_geometry.ts";
import type { WeightLayout } from "../convolution_site.ts";
import { cellBytes } from "../interleave_kernels.ts";
import type { CellTile } from "./cell_kernels.ts";
import type { KeptRows } from "./kept_weights.ts";
import type { Moves } from "./pattern.ts";

const FLOAT = 4;

/** Bytes of what a tile reads of a section: they stay in first-level caches of 48 KiB, and mostly in those of 32. */
const SECTION_BYTES = 40 * 2 ** 10;
/** Columns of a block in a section: fewer do not make up for the sums that wait. */
const LEAST_COLUMNS = 32;

/** A pass and what it works on. */
export interface KeptPass {
  /** What is read. */
  readonly from: CellPlane;
  /** Results. */
  readonly to: CellPlane;
  /** Taps, places and steps. */
  readonly steps: Pass;
  /** Pixels that are computed together. */
  readonly tile: CellTile;
  /** Rows of weights. */
  readonly rows: KeptRows;
}

/** A stream without its values. */
export interface KeptStream {
  /** Words, with zeros for values. */
  readonly words: Uint32Array;
  /** Where weights go in it. */
  readonly weights: Moves;
  /** Where biases go. */
  readonly biases: Moves;
  /** Blocks of the first section, which have biases. */
  readonly first: number;
  /** Blocks of the others. */
  readonly more: number;
}

/** Lays out the stream of a pass. */
export function layStream(
  pass: KeptPass,
  lanes: number,
  weightOf: (group: number) => WeightLayout,
): KeptStream {
  const { from, rows: { starts } } = pass;
  const section = sectionChannels(lanes, pass);
  const writer = streamWriter(pass, lanes, weightOf);
  const [blocks, next] = [starts.length - 1, starts.slice()];
  let more = 0;
  for (let channel = 0; channel < from.channels; channel += section) {
    for (let block = 0; block < blocks; block++) {
      const first = next[block]!;
      let end = first;
      while (end < starts[block + 1]! && pass.rows.channels[end]! < channel + section) end++;
      next[block] = end;
      // A block that has nothing to add in a later section is left out.
      if (writer.add(block, first, end, channel === 0) && channel > 0) more++;
    }
  }
  return { ...writer.finish(), first: blocks, more };
}

/** Channels whose cells that a tile reads stay cached. */
function sectionChannels(lanes: number, pass: KeptPass): number {
  const { from, tile, steps: { taps, x }, rows: { channels, starts, window } } = pass;
  // Taps of a window row are neighbours, and so are their cells.
  const tall = Math.max(1, new Set(taps.map(({ cells }) => Math.floor(cells / x.row))).size);
  const wide = Math.ceil(taps.length / tall);
  const cells = (tall + tile.rows - 1) * ((tile.cols - 1) * tile.x.col + wide);
  const cached = Math.floor(SECTION_BYTES / (cells * lanes * FLOAT));
  const columns = channels.length / (starts.length - 1) * taps.length / window;
  const wanted = Math.max(1, cached, Math.ceil(from.channels * LEAST_COLUMNS / columns));
  return Math.min(from.channels, wanted);
}

/** Writes blocks one after the other. */
interface StreamWriter {
  /** Adds columns of a block, after its biases if they are its first; says whether there was anything to add. */
  add(block: number, first: number, end: number, begins: boolean): boolean;
  finish(): Pick<KeptStream, "words" | "weights" | "biases">;
}

function streamWriter(
  { from, to, steps, rows }: KeptPass,
  lanes: number,
  weightOf: (group: number) => WeightLayout,
): StreamWriter {
  const { height, window, starts, channels, taps } = rows;
  const perGroup = (starts.length - 1) / from.groups;
  const words: number[] = [];
  const [weights, biases] = [openMoves(), openMoves()];
  const places = new Int32Array(window).fill(-1);
  for (const { index, cells } of steps.taps) places[index] = cells * cellBytes(lanes);
  return {
    add(block, first, end, begins): boolean {
      const group = Math.floor(block / perGroup);
      const row = block % perGroup * height;
      const layout = weightOf(group);
      const columns = Array.from({ length: end - first }, (_, i) => first + i)
        .filter((column) => places[taps[column]!]! >= 0);
      if (columns.length === 0 && !begins) return false;
      words.push(channelOffset(to, lanes, group, row), columns.length);
      for (let r = 0; begins && r < height; r++) {
        biases.add(group * to.channels + row + r, words.push(0) - 1);
      }
      for (const column of columns) {
        const [channel, tap] = [channels[column]!, taps[column]!];
        words.push(channelOffset(from, lanes, group, channel) + places[tap]!);
        const weight = layout.first + row * layout.output + channel * layout.input + tap;
        for (let r = 0; r < height; r++) {
          weights.add(weight + r * layout.output, words.push(0) - 1);
        }
      }
      return true;
    },
    finish: () => ({
      words: Uint32Array.from(words),
      weights: weights.finish(),
      biases: biases.finish(),
    }),
  };
}

function openMoves(): { add(from: number, to: number): void; finish(): Moves } {
  const [from, to]: [number[], number[]] = [[], []];
  return {
    add(source, target): void {
      from.push(source);
      to.push(target);
    },
    finish: () => ({ from: Int32Array.from(from), to: Int32Array.from(to) }),
  };
}
