/**
 * Packed convolution weights: one stream in the order in which the `convolution` kernel reads it.
 *
 * Output channels are cut into blocks of R. Of each block, a column (an input channel seen through a tap) is stored if any of
 * its R weights is not zero, or if nothing is to be skipped: the byte offset of the plane cell that it meets at lane 0, and R weights. What a pattern, a group
 * or a zero tap leaves out is simply not in the stream. Columns follow each other by input channel and then by tap, so that the
 * taps of a channel meet its cells while they are in the cache; blocks go from many columns to few, so that the ends of the
 * inner loop are predicted.
 *
 * Patterns are drawn on the matrix `[OC, KH·KW·IC/groups]`, see `convolution_weights.ts`; only the order of columns
 * differs.
 *
 * @module
 */
import type { ConvolutionWeights } from "./convolution_weights.ts";
import { channelBytes, checkOffsets, type PlaneLayout, tapCells } from "./planes.ts";
import { MASK_ROWS, maskRows, type RowMasks } from "./row_masks.ts";
import type { PlacedWindow } from "./window.ts";

/** A block of output channels. */
export interface PackedBlock {
  /** Its first output channel. */
  readonly channel: number;
  /** Stored columns, of all passes. */
  readonly columns: number;
}

/** What the kernel reads in one pass over the outputs. */
export interface PackedPass {
  /** 32-bit words of the stream. */
  readonly words: number;
  /** Words before each block. */
  readonly starts: readonly number[];
  /**
   * Writes the stream. Each block is the number of turns of the kernel's loop, the byte offset of its first output, R biases, and for each column
   * its byte offset and R weights. If a turn has several columns, the number of those that do not fill a turn stands before
   * them.
   *
   * @param to As many words; all are overwritten. Weights are read now, so that they need no copy in between.
   */
  write(to: Uint32Array): void;
}

/** Weights that the `convolution` kernel of the same rows, sets, planes and output can read. */
export interface PackedConvolution {
  /** R: output channels of a block. */
  readonly rows: number;
  /** One for each range of input channels; only the first holds biases. */
  readonly passes: readonly PackedPass[];
  /** Blocks in the order of the streams, which is the same in every pass. */
  readonly blocks: readonly PackedBlock[];
  /** Output channels, those that fill up the last block included. */
  readonly paddedChannels: number;
  /** Weights that are not zero. */
  readonly nonZero: number;
  /** Weights stored, zeros inside columns included. */
  readonly stored: number;
}

/** What {@linkcode packConvolution} needs to know. */
export interface ConvolutionPacking {
  /** The window. */
  readonly window: PlacedWindow;
  /** Planes that are read. */
  readonly input: PlaneLayout;
  /** Bytes from one output channel to the next. */
  readonly outputChannelBytes: number;
  /** R, which divides the output channels of a group if there are several groups. */
  readonly rows: number;
  /** Columns of a turn of the kernel's loop. */
  readonly unroll: number;
  /** Whether columns are stored that hold no weight: a dense kernel skips nothing. Default false. */
  readonly everyColumn?: boolean;
  /** `[OC]`; default zeros. */
  readonly bias?: Float32Array;
  /** `[OC]`: what the weights of each output channel are multiplied with, as normalisations are folded in; default ones. */
  readonly scale?: Float32Array;
  /** Where the weights are not zero, if that is known: `maskRows` of them as `[OC, IC / groups · KH · KW]`. */
  readonly masks?: RowMasks;
  /**
   * Input channels of each group at which a new pass begins, ascending; default none.
   *
   * @param columns Columns of a block, on the average.
   */
  readonly cuts?: (columns: number) => readonly number[];
}

/**
 * Plans how weights are packed; their values are read when a pass is written. `-0` is a zero; NaN is none.
 *
 * Cost: 1 ns a weight where no masks are given, and about as much to write it.
 *
 * @throws {RangeError} If the numbers of channels, groups, weights and biases do not fit together, or an offset does not fit 32
 *   bits.
 */
export function packConvolution(
  weights: ConvolutionWeights,
  packing: ConvolutionPacking,
): PackedConvolution {
  checkWeights(weights, packing);
  const { input, window, rows, cuts, outputChannelBytes } = packing;
  checkOffsets(input);
  const { values, outputChannels, inputChannels, groups } = weights;
  const blockCount = Math.ceil(outputChannels / rows);
  if (blockCount * rows * outputChannelBytes > 2 ** 32) {
    throw new RangeError(
      `Cannot pack convolution: ${outputChannels} output channels of ${outputChannelBytes} bytes, expected at most 4 GiB`,
    );
  }
  const channels = inputChannels / groups;
  const cols = values.length / outputChannels;
  const masks = packing.masks ?? maskRows(values, outputChannels, cols);
  const kept = storedColumns(masks, blockCount, packing);
  const order = [...kept.keys()].sort((a, b) => kept[b]!.length - kept[a]!.length || a - b);
  const offsets = columnOffsets(input, window, channels);
  const blocks = order.map((i): BlockColumns => {
    const group = Math.floor(i * rows / (outputChannels / groups));
    const base = group * channels * channelBytes(input);
    return { channel: i * rows, columns: kept[i]!, base, offsets };
  });
  const taps = window.kernel[0] * window.kernel[1];
  const stored = kept.reduce((sum, { length }) => sum + length, 0);
  const edges = checkEdges([0, ...cuts?.(stored / blockCount) ?? [], channels]);
  const passes = edges.slice(1).map((to, pass) =>
    planPass(weights, packing, blocks, { from: edges[pass]! * taps, to: to * taps }, pass === 0)
  );
  return {
    rows,
    passes,
    blocks: blocks.map(({ channel, columns }) => ({ channel, columns: columns.length })),
    paddedChannels: blockCount * rows,
    nonZero: masks.blocks[0]!,
    stored: stored * rows,
  };
}

/** The stream of a pass, by itself. Allocates it. */
export function streamOf({ words, write }: PackedPass): Uint32Array<ArrayBuffer> {
  const stream = new Uint32Array(words);
  write(stream);
  return stream;
}

/** Columns of each block that are stored, ascending. */
function storedColumns(
  masks: RowMasks,
  blockCount: number,
  { rows, everyColumn = false }: ConvolutionPacking,
): Uint32Array[] {
  if (everyColumn) {
    const all = new Uint32Array(masks.cols).map((_, col) => col);
    return Array.from({ length: blockCount }, () => all);
  }
  const found = new Uint32Array(masks.cols);
  return Array.from(
    { length: blockCount },
    (_, i) => found.slice(0, findColumns(masks, i * rows, rows, found)),
  );
}

/** Writes the columns of a block that hold a weight, and returns how many there are. */
function findColumns(
  { words, cols }: RowMasks,
  first: number,
  rows: number,
  found: Uint32Array,
): number {
  // blocks of 1, 2 and 4 rows lie within one word
  const start = Math.floor(first / MASK_ROWS) * cols;
  const bits = (2 ** rows - 1) << first % MASK_ROWS;
  let count = 0;
  for (let col = 0; col < cols; col++) {
    found[count] = col;
    if ((words[start + col]! & bits) !== 0) count++;
  }
  return count;
}

function checkEdges(edges: readonly number[]): readonly number[] {
  if (!edges.every((edge, i) => i === 0 || (Number.isInteger(edge) && edge > edges[i - 1]!))) {
    throw new RangeError(
      `Cannot pack convolution: passes begin at input channels ${edges}, expected ascending ones`,
    );
  }
  return edges;
}

/** A block with what is stored of it. */
interface BlockColumns {
  readonly channel: number;
  /** Columns that hold a weight, ascending. */
  readonly columns: Uint32Array;
  /** Byte offset of the first input channel of its group. */
  readonly base: number;
  /** Byte offset of each column from there. */
  readonly offsets: Uint32Array;
}

/** A range of columns. */
interface Range {
  readonly from: number;
  readonly to: number;
}

function planPass(
  weights: ConvolutionWeights,
  packing: ConvolutionPacking,
  blocks: readonly BlockColumns[],
  range: Range,
  biased: boolean,
): PackedPass {
  const { rows, unroll } = packing;
  const parts = blocks.map((block) => {
    const from = firstAtLeast(block.columns, range.from);
    return {
      ...block,
      columns: block.columns.subarray(from, firstAtLeast(block.columns, range.to)),
    };
  });
  const header = 2 + rows + (unroll > 1 ? 1 : 0);
  let words = 0;
  const starts = parts.map(({ columns }) => {
    const start = words;
    words += header + columns.length * (1 + rows);
    return start;
  });
  return {
    words,
    starts,
    write(to): void {
      if (to.length !== words) {
        throw new RangeError(`Cannot write stream: ${to.length} words, expected ${words}`);
      }
      const floats = new Float32Array(to.buffer, to.byteOffset, to.length);
      const writer = { words: to, floats, at: 0 };
      for (const block of parts) writeBlock(writer, weights, packing, block, biased);
    },
  };
}

/** Position of the first of ascending values that is at least `least`. */
function firstAtLeast(values: Uint32Array, least: number): number {
  let [from, to] = [0, values.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (values[middle]! < least) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Byte offset of each column of a group's first channels, in ONNX's order of weights. */
function columnOffsets(input: PlaneLayout, window: PlacedWindow, channels: number): Uint32Array {
  const cells = tapCells(input, window);
  const bytes = channelBytes(input);
  return Uint32Array.from(
    { length: channels * cells.length },
    (_, i) => Math.floor(i / cells.length) * bytes + 4 * cells[i % cells.length]!,
  );
}

interface Writer {
  readonly words: Uint32Array;
  readonly floats: Float32Array;
  at: number;
}

function writeBlock(
  writer: Writer,
  { values, outputChannels }: ConvolutionWeights,
  { rows, unroll, bias, scale, outputChannelBytes }: ConvolutionPacking,
  { channel, columns, base, offsets }: BlockColumns,
  biased: boolean,
): void {
  const { words, floats } = writer;
  let at = writer.at;
  const turns = Math.floor(columns.length / unroll);
  words[at++] = turns;
  words[at++] = channel * outputChannelBytes;
  for (let r = 0; r < rows; r++) floats[at++] = biased ? bias?.[channel + r] ?? 0 : 0;
  const cols = values.length / outputChannels;
  // past the last output channel there is no weight, which is a 0
  const weights = Math.min(rows, outputChannels - channel);
  for (let i = 0; i < columns.length; i++) {
    const col = columns[i]!;
    if (unroll > 1 && i === turns * unroll) words[at++] = columns.length % unroll;
    words[at++] = base + offsets[col]!;
    for (let r = 0, from = channel * cols + col; r < weights; r++, from += cols) {
      floats[at + r] = scale === undefined ? values[from]! : values[from]! * scale[channel + r]!;
    }
    for (let r = weights; r < rows; r++) floats[at + r] = 0;
    at += rows;
  }
  if (unroll > 1 && columns.length % unroll === 0) words[at++] = 0;
  writer.at = at;
}

function checkWeights(
  weights: ConvolutionWeights,
  { window, rows, bias, scale, masks, input }: ConvolutionPacking,
): void {
  const { values, outputChannels, inputChannels, groups } = weights;
  const refuse = (found: string, expected: string): never => {
    throw new RangeError(`Cannot pack convolution: ${found}, expected ${expected}`);
  };
  for (const size of [outputChannels, inputChannels, groups]) {
    if (!Number.isInteger(size) || size < 1) {
      refuse(`${outputChannels} and ${inputChannels} channels, ${groups} groups`, "at least 1");
    }
  }
  if (outputChannels % groups !== 0 || inputChannels % groups !== 0) {
    refuse(
      `${groups} groups of ${inputChannels} input and ${outputChannels} output channels`,
      "groups that divide both",
    );
  }
  const wanted = outputChannels * (inputChannels / groups) * window.kernel[0] * window.kernel[1];
  if (values.length !== wanted) {
    refuse(
      `${values.length} weights`,
      `${outputChannels} x ${inputChannels / groups} x ${window.kernel.join(" x ")}`,
    );
  }
  if (bias && bias.length !== outputChannels) refuse(`${bias.length} biases`, `${outputChannels}`);
  if (scale && scale.length !== outputChannels) {
    refuse(`${scale.length} scales`, `${outputChannels}`);
  }
  if (masks && (masks.rows !== outputChannels || masks.rows * masks.cols !== wanted)) {
    refuse(
      `masks of ${masks.rows} x ${masks.cols}`,
      `${outputChannels} x ${wanted / outputChannels}`,
    );
  }
  if (input.channels !== inputChannels) {
    refuse(`planes of ${input.channels} channels`, `${inputChannels}`);
  }
  if (groups > 1 && outputChannels / groups % rows !== 0) {
    refuse(
      `blocks of ${rows} output channels`,
      `a divisor of the ${outputChannels / groups} of a group`,
    );
  }
}
