/**
 * Pooling layers: planes and calls.
 *
 * @module
 */
import type { Backend, Step } from "../backend.ts";
import {
  channelBytes,
  cutLanes,
  firstPixel,
  type LanePanels,
  NO_PADS,
  type Pads,
  type Pair,
  pixelMask,
  type PlacedWindow,
  placeWindow,
  type PlaneLayout,
  planesBytes,
  poolingFactors,
  readPanels,
  tapCells,
  type Window,
} from "../formats/mod.ts";
import {
  globalPooling,
  globalPoolingTable,
  LANES,
  type Op,
  panelsOf,
  pooling,
  type PoolingArguments,
  WIDEST_POOLING,
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
import { hasPads, windowLayouts } from "./window_layouts.ts";

/** A pooling layer to prepare, after ONNX's MaxPool and AveragePool. */
export interface PoolingLayer extends LayerPlace {
  /** What is computed of a window. */
  readonly pooling: "max" | "average";
  /** The window; `ceilMode` is heeded. */
  readonly window: Window;
  /** Channels. */
  readonly channels: number;
  /** Images; default 1. */
  readonly images?: number;
  /** Whether averages count pads (`count_include_pad`); default false. */
  readonly countPads?: boolean;
  /** That no input is negative, as behind a ReLU: pads of zeros then serve maxima too, and nothing is copied; default false. */
  readonly nonNegative?: boolean;
  /** Pads of zeros around the output that the next layer reads; default none. */
  readonly outputPads?: Pads;
}

/**
 * Prepares a pooling: takes memory for the planes and lists the calls.
 *
 * @throws {RangeError} If sizes do not fit together, a window could see pads only, or the arena is exhausted.
 */
export function preparePooling(backend: Backend, layer: PoolingLayer): Layer {
  const { channels, images = 1, threads = 1, outputPads = NO_PADS } = layer;
  const window = placeWindow(layer.window);
  checkPads(window);
  const given = layer.input && planesOf(layer.input);
  const wantsInfinity = layer.pooling === "max" && !layer.nonNegative;
  const layouts = windowLayouts({
    images,
    inputChannels: channels,
    outputChannels: channels,
    window,
    tapViews: "phases",
    fill: wantsInfinity ? "-inf" : 0,
    outputPads,
    given: given?.layout,
  });
  const input = given ?? placePlanes(backend, layouts.input);
  const read = layouts.read === layouts.input ? input : placePlanes(backend, layouts.read);
  const output = placePlanes(backend, layouts.output);
  const panels = cutLanes(layouts.read, window, WIDEST_POOLING, LANES[backend.target]);
  const calls = poolingSteps({ backend, layer, window, panels, read, output }, threads);
  const copies = read === input ? null : copySteps(backend, input, read, threads);
  const cells = channels * panels.pixels * window.kernel[0] * window.kernel[1];
  return {
    kernelId: kernelOf(backend, layer, panels.vectors).id,
    reason: `${
      window.kernel.join("x")
    } ${layer.pooling} pooling, ${layouts.read.views.length} views a channel`,
    input: portOf(input),
    output: portOf(output),
    work: {
      macs: cells,
      denseMacs: cells,
      executedMacs: channels * panels.lanes * window.kernel[0] * window.kernel[1],
      weightBytes: 0,
      activationBytes: planesBytes(layouts.input) + planesBytes(layouts.output),
    },
    steps: copies === null
      ? calls
      : calls.map((list, i) => [...copies[i]!, { do: "barrier" }, ...list]),
    writeInput: (values) => fillPlanes(backend, input, Float32Array.from(values)),
    readOutput: () => takeImages(backend, output),
  };
}

function checkPads({ kernel, dilation, pads }: PlacedWindow): void {
  const [height, width] = [0, 1].map((axis) => dilation[axis]! * (kernel[axis]! - 1) + 1);
  if (Math.max(pads.top, pads.bottom) >= height! || Math.max(pads.left, pads.right) >= width!) {
    throw new RangeError(
      `Cannot pool: pads ${
        Object.values(pads)
      } of a window of ${height} x ${width} cells, expected smaller ones`,
    );
  }
}

interface Site {
  readonly backend: Backend;
  readonly layer: PoolingLayer;
  readonly window: PlacedWindow;
  readonly panels: LanePanels;
  readonly read: PlacedPlanes;
  readonly output: PlacedPlanes;
}

function kernelOf(backend: Backend, layer: PoolingLayer, vectors: number): Op<PoolingArguments> {
  const masked = hasPads(layer.outputPads);
  return pooling({ target: backend.target, pooling: layer.pooling, vectors, masked });
}

/** Threads share the channels. */
function poolingSteps(site: Site, threads: number): Step[][] {
  const { backend, layer, window, panels, read, output } = site;
  const { lanes, vectors, wide, narrow } = panels;
  const offsets = Uint32Array.from(tapCells(read.layout, window), (cell) => 4 * cell);
  const taps = placeWords(backend, offsets);
  const factors = poolingFactors(window, output.layout, lanes, layer.countPads ?? false);
  const tables = {
    factors: layer.pooling === "max" ? 0 : placeWords(backend, new Uint32Array(factors.buffer)),
    mask: hasPads(layer.outputPads) ? placeWords(backend, pixelMask(output.layout, lanes)) : 0,
  };
  const step = (
    first: number,
    channels: number,
    width: number,
    from: number,
    count: number,
  ): Step => {
    const start = 4 * from * LANES[backend.target];
    const kernel = kernelOf(backend, layer, width);
    const args = kernel.args({
      x: read.address + first * channelBytes(read.layout) + 4 * read.layout.leadCells + start,
      xChannelBytes: channelBytes(read.layout),
      y: output.address + first * channelBytes(output.layout) + 4 * firstPixel(output.layout) +
        start,
      yChannelBytes: channelBytes(output.layout),
      taps,
      tapCount: offsets.length,
      factors: tables.factors + start,
      mask: tables.mask + start,
      channels,
      panels: count,
    });
    return { do: "call", kernel, args };
  };
  return channelShares(layer.channels, threads).map(({ first, count }) =>
    count === 0 ? [] : [
      step(first, count, vectors, 0, wide),
      ...narrow > 0 ? [step(first, count, vectors - 1, wide * vectors, narrow)] : [],
    ]
  );
}

function channelShares(channels: number, threads: number): { first: number; count: number }[] {
  const cut = (i: number): number => Math.round(channels * i / threads);
  return Array.from(
    { length: threads },
    (_, i) => ({ first: cut(i), count: cut(i + 1) - cut(i) }),
  );
}

/** A global pooling to prepare, after ONNX's GlobalAveragePool and GlobalMaxPool. */
export interface GlobalPoolingLayer extends LayerPlace {
  /** What is computed of a channel. */
  readonly pooling: "max" | "average";
  /** Height and width of an image. */
  readonly size: Pair;
  /** Channels. */
  readonly channels: number;
  /** Images; default 1. */
  readonly images?: number;
  /** Width P of the panels that are written, a multiple of 16; default 16. */
  readonly panelLanes?: number;
}

/**
 * Prepares a global pooling: reads planes of any pads and writes panels whose rows are channels and whose lanes are images, as
 * linear layers read them.
 *
 * @throws {RangeError} If the input is of another tensor, or the arena is exhausted.
 */
export function prepareGlobalPooling(backend: Backend, layer: GlobalPoolingLayer): Layer {
  const { channels, size, images = 1, threads = 1, panelLanes = 16 } = layer;
  const given = layer.input && planesOf(layer.input);
  const layout = imageLayout(layer, given?.layout);
  const input = given ?? placePlanes(backend, layout);
  const shape = { tokens: images, rows: channels, panelLanes };
  const sizeBytes = panelsOf(images, panelLanes) * channels * panelLanes * 4;
  const output: LayerPort = {
    address: backend.allocate(sizeBytes),
    sizeBytes,
    layout: `panels of ${panelLanes}`,
    type: "float32",
  };
  const cells = images * channels * size[0] * size[1];
  return {
    kernelId: globalPooling({ target: backend.target, pooling: layer.pooling }).id,
    reason: `global ${layer.pooling} pooling`,
    input: portOf(input),
    output,
    work: {
      macs: cells,
      denseMacs: cells,
      executedMacs: cells,
      weightBytes: 0,
      activationBytes: 4 * cells + sizeBytes,
    },
    steps: globalSteps(backend, layer, input, output.address, threads),
    writeInput: (values) => fillPlanes(backend, input, Float32Array.from(values)),
    readOutput: () => readPanels(backend.float32(output.address, sizeBytes / 4), shape),
  };
}

/** Planes of the images, or the given ones if they hold the same. */
function imageLayout(
  { size, channels, images = 1 }: GlobalPoolingLayer,
  given: PlaneLayout | undefined,
): PlaneLayout {
  return windowLayouts({
    images,
    inputChannels: channels,
    outputChannels: channels,
    window: placeWindow({ image: size, kernel: [1, 1] }),
    tapViews: "phases",
    fill: "any",
    outputPads: NO_PADS,
    given,
  }).input;
}

function globalSteps(
  backend: Backend,
  { channels, size, images = 1, pooling, panelLanes = 16 }: GlobalPoolingLayer,
  input: PlacedPlanes,
  y: number,
  threads: number,
): Step[][] {
  const { layout } = input;
  const lanes = LANES[backend.target];
  const vectors = Math.ceil(((size[0] - 1) * layout.rowCells + size[1]) / lanes);
  const options = { target: backend.target, pooling };
  const mask = pixelMask({ ...layout, images: 1 }, vectors * lanes);
  const table = placeWords(backend, globalPoolingTable(options, mask, size[0] * size[1]));
  const kernel = globalPooling(options);
  const panelBytes = channels * panelLanes * 4;
  return channelShares(channels, threads).map(({ first, count }) =>
    Array.from({ length: count === 0 ? 0 : images }, (_, image): Step => ({
      do: "call",
      kernel,
      args: kernel.args({
        x: input.address + first * channelBytes(layout) +
          4 * (firstPixel(layout) + image * layout.imageRows * layout.rowCells),
        xChannelBytes: channelBytes(layout),
        y: y + Math.floor(image / panelLanes) * panelBytes +
          4 * (first * panelLanes + image % panelLanes),
        yRowBytes: 4 * panelLanes,
        vectors,
        table,
        channels: count,
      }),
    }))
  );
}
