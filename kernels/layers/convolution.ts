/**
 * Convolution layers: packed weights, planes and calls.
 *
 * @module
 */
import type { Pattern } from "../../core/mod.ts";
import type { Backend, Step } from "../backend.ts";
import {
  channelBytes,
  type ConvolutionWeights,
  cutLanes,
  firstPixel,
  formatPlanes,
  type LanePanels,
  NO_PADS,
  packConvolution,
  type PackedConvolution,
  type Pads,
  pixelMask,
  type PlacedWindow,
  placeWindow,
  type PlaneLayout,
  planesBytes,
  type TapViews,
  type Window,
} from "../formats/mod.ts";
import {
  convolution,
  type ConvolutionArguments,
  convolutionTile,
  LANES,
  type Op,
  type PostOp,
  widestPanel,
} from "../ops/mod.ts";
import type { Layer, LayerPlace, LayerPort } from "./layer.ts";
import {
  copySteps,
  fillPlanes,
  type PlacedPlanes,
  placePlanes,
  placeWords,
  planesOf,
  portOf,
  takeImages,
} from "./planes.ts";
import { blockRows, chooseTapViews, passCuts } from "./convolution_choices.ts";
import { hasPads, windowLayouts } from "./window_layouts.ts";

/** A convolution layer to prepare. */
export interface ConvolutionLayer extends LayerPlace {
  /** `[OC][IC / groups][KH][KW]` and its sizes; batch normalisation is folded in before. */
  readonly weights: ConvolutionWeights;
  /** `[OC]`; default zeros. */
  readonly bias?: Float32Array;
  /** The window; its image is that of the input. `ceilMode` is pooling's. */
  readonly window: Omit<Window, "ceilMode">;
  /** Images; default 1. */
  readonly images?: number;
  /** Pattern of the matrix that `convolutionMatrix` makes of the weights: decides how many output channels share a load. */
  readonly pattern: Pattern;
  /** Applied to the sums; default `none`. */
  readonly post?: PostOp;
  /** Added before the post-op: an output port of the same layout as this layer's. */
  readonly residual?: LayerPort;
  /** Pads of zeros around the output that the next layer reads; default none. */
  readonly outputPads?: Pads;
  /** How taps read the input; default: chosen by {@linkcode chooseTapViews}. */
  readonly tapViews?: TapViews;
}

/**
 * Prepares a convolution: packs the weights, takes memory for the planes, and lists the calls.
 *
 * Strides and aligned views are copied from plain planes at the start of every run; where taps read plain planes, another
 * layer's output with enough pads is read in place.
 *
 * @throws {RangeError} If sizes do not fit together, offsets overflow 32 bits, or the arena is exhausted.
 */
export function prepareConvolution(backend: Backend, layer: ConvolutionLayer): Layer {
  const { weights, threads = 1 } = layer;
  const window = placeWindow(layer.window);
  const rows = blockRows(layer.pattern, weights);
  const given = layer.input && planesOf(layer.input);
  const layouts = windowLayouts({
    images: layer.images ?? 1,
    inputChannels: weights.inputChannels,
    outputChannels: weights.outputChannels,
    window,
    tapViews: layer.tapViews ?? chooseTapViews(rows, window),
    fill: 0,
    outputPads: layer.outputPads ?? NO_PADS,
    given: given?.layout,
  });
  const widest = widestPanel(backend.target, rows);
  const tiles = cutLanes(layouts.read, window, widest, LANES[backend.target]);
  const tile = convolutionTile(rows, tiles.vectors);
  const bytes = tiles.vectors * LANES[backend.target] * 4;
  const channels = weights.inputChannels / weights.groups;
  const packed = packConvolution(weights, {
    window,
    input: layouts.read,
    outputChannelBytes: channelBytes(layouts.output),
    rows,
    unroll: tile.unroll,
    everyColumn: layer.pattern.kind === "dense",
    cuts: (columns) =>
      passCuts(
        { channels, read: layouts.read, window, rows, bytes, target: backend.target },
        columns,
      ),
    ...layer.bias && { bias: layer.bias },
  });
  const input = given ?? placePlanes(backend, layouts.input);
  const read = layouts.read === layouts.input ? input : placePlanes(backend, layouts.read);
  const output = placePlanes(backend, layouts.output, packed.paddedChannels);
  const site = { backend, layer, window, packed, tiles, read, output };
  const copies = read === input ? null : copySteps(backend, input, read, threads);
  const calls = convolutionSteps(site, threads);
  return {
    kernelId: kernelOf(site, tiles.vectors, packed.passes.length - 1).id,
    reason: reasonOf(layer.pattern, rows, read.layout, tiles),
    input: portOf(input),
    output: portOf(output),
    work: workOf(site),
    steps: copies === null
      ? calls
      : calls.map((list, i) => [...copies[i]!, { do: "barrier" }, ...list]),
    writeInput: (values) => fillPlanes(backend, input, Float32Array.from(values)),
    readOutput: () => takeImages(backend, output),
  };
}

interface Site {
  readonly backend: Backend;
  readonly layer: ConvolutionLayer;
  readonly window: PlacedWindow;
  readonly packed: PackedConvolution;
  readonly tiles: LanePanels;
  readonly read: PlacedPlanes;
  readonly output: PlacedPlanes;
}

function kernelOf(site: Site, vectors: number, pass: number): Op<ConvolutionArguments> {
  const { backend, layer, packed, tiles } = site;
  const last = pass === packed.passes.length - 1;
  return convolution({
    target: backend.target,
    tile: { ...convolutionTile(packed.rows, tiles.vectors), vectors },
    post: last ? layer.post ?? "none" : "none",
    // later passes add to what the first has stored
    residual: pass > 0 || layer.residual !== undefined,
    masked: last && hasPads(layer.outputPads),
  });
}

/** Some panels of one width, by some blocks. */
interface Share {
  readonly vectors: number;
  /** Vectors before the first panel. */
  readonly from: number;
  readonly panels: number;
  /** First block. */
  readonly block: number;
  readonly blocks: number;
}

function convolutionSteps(site: Site, threads: number): Step[][] {
  const { backend, layer, packed, tiles, read, output } = site;
  const streams = packed.passes.map(({ stream }) => placeWords(backend, stream));
  const mask = hasPads(layer.outputPads)
    ? placeWords(backend, pixelMask(output.layout, tiles.lanes))
    : 0;
  const first = 4 * firstPixel(output.layout);
  const y = output.address + first;
  const added = layer.residual ? residualOf(layer.residual, output).address + first : 0;
  const step = (share: Share, pass: number): Step => {
    const kernel = kernelOf(site, share.vectors, pass);
    const start = 4 * share.from * LANES[backend.target];
    const args = kernel.args({
      x: read.address + 4 * read.layout.leadCells + start,
      y: y + start,
      residual: (pass > 0 ? y : added) + start,
      mask: mask + start,
      stream: streams[pass]! + 4 * packed.passes[pass]!.starts[share.block]!,
      channelBytes: channelBytes(output.layout),
      blocks: share.blocks,
      panels: share.panels,
    });
    return { do: "call", kernel, args };
  };
  return shares(site, threads).map((list) =>
    list.flatMap((share) => panelByPanel(share, packed.passes.length)).flatMap((share) =>
      packed.passes.map((_, pass) => step(share, pass))
    )
  );
}

/** With several passes, a panel is finished before the next begins, so that its outputs stay in the cache. */
function panelByPanel(share: Share, passes: number): Share[] {
  if (passes === 1) return [share];
  return Array.from(
    { length: share.panels },
    (_, i) => ({ ...share, from: share.from + i * share.vectors, panels: 1 }),
  );
}

/** What the thread with most panels may have, as a multiple of the mean. */
const EVEN = 1.06;

/** Panels go to threads where they divide about evenly, else blocks with about equally many columns. */
function shares({ packed, tiles }: Site, threads: number): Share[][] {
  const { wide, narrow, vectors } = tiles;
  const panels = wide + narrow;
  const all = { block: 0, blocks: packed.blocks.length };
  const range = (from: number, to: number, blocks: { block: number; blocks: number }): Share[] => {
    const split = Math.min(Math.max(wide, from), to);
    return [
      { ...blocks, vectors, from: from * vectors, panels: split - from },
      {
        ...blocks,
        vectors: vectors - 1,
        from: split * vectors - Math.max(0, split - wide),
        panels: to - split,
      },
    ].filter((share) => share.panels > 0);
  };
  const part = (i: number): number => Math.round(panels * i / threads);
  const busiest = Math.ceil(panels / threads) * threads / panels;
  if (busiest <= EVEN || packed.blocks.length < threads) {
    return Array.from({ length: threads }, (_, i) => range(part(i), part(i + 1), all));
  }
  const cuts = blockCuts(packed, threads);
  return Array.from({ length: threads }, (_, i) => {
    const blocks = { block: cuts[i]!, blocks: cuts[i + 1]! - cuts[i]! };
    return blocks.blocks > 0 ? range(0, panels, blocks) : [];
  });
}

/** First block of each thread, and their number. */
function blockCuts({ blocks }: PackedConvolution, threads: number): number[] {
  // a block costs its columns and about as much as two columns beside
  const costs = blocks.map(({ columns }) => columns + 2);
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  const cuts = [0];
  let sum = 0;
  costs.forEach((cost, i) => {
    while (cuts.length < threads && sum + cost / 2 >= total * cuts.length / threads) cuts.push(i);
    sum += cost;
  });
  while (cuts.length <= threads) cuts.push(blocks.length);
  return cuts;
}

function residualOf(port: LayerPort, output: PlacedPlanes): PlacedPlanes {
  const residual = planesOf(port);
  if (
    formatPlanes(residual.layout) !== formatPlanes(output.layout) ||
    residual.sizeBytes < output.sizeBytes
  ) {
    throw new RangeError(
      `Cannot add residual: its layout is ${port.layout}, expected ${formatPlanes(output.layout)}`,
    );
  }
  return residual;
}

function workOf({ layer, packed, tiles, read, output, window }: Site): Layer["work"] {
  const { weights, residual } = layer;
  const dense = weights.values.length;
  const images = layer.images ?? 1;
  const pixels = images * window.image[0] * window.image[1] * weights.inputChannels;
  const outputs = tiles.pixels * weights.outputChannels;
  return {
    macs: packed.nonZero * tiles.pixels,
    denseMacs: dense * tiles.pixels,
    executedMacs: packed.stored * tiles.lanes,
    weightBytes: packed.passes.reduce((sum, { stream }) => sum + stream.byteLength, 0),
    activationBytes: 4 * (pixels + outputs * (residual ? 2 : 1)) +
      (read.layout.views.length > 1 ? 2 * planesBytes(read.layout) : 0) +
      (hasPads(layer.outputPads) ? 4 * tiles.lanes : 0) * Math.sign(output.sizeBytes),
  };
}

function reasonOf(pattern: Pattern, rows: number, read: PlaneLayout, tiles: LanePanels): string {
  const views = read.views.length === 1 ? "plain planes" : `${read.views.length} views a channel`;
  return `${pattern.kind} weights: ${rows} output channels a load, ${views}, ` +
    `${(100 * tiles.pixels / tiles.lanes).toFixed(0)} % of the lanes are outputs`;
}
