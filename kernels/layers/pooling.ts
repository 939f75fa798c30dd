/**
 * Pooling layers: planes and calls.
 *
 * @module
 */
import type { Backend } from "../backend.ts";
import {
  NO_PADS,
  type Pads,
  type Pair,
  type PlacedWindow,
  placeWindow,
  type PlaneLayout,
  planesBytes,
  readPanels,
  type Window,
} from "../formats/mod.ts";
import { globalPooling, panelsOf } from "../ops/mod.ts";
import type { Layer, LayerPlace, LayerPort } from "./layer.ts";
import {
  copySteps,
  fillPlanes,
  placePlanes,
  placeWords,
  planesOf,
  portOf,
  sourceOf,
  takeImages,
} from "./planes.ts";
import {
  globalPoolingCalls,
  globalPoolingVectors,
  globalPoolingWords,
  planPooling,
  poolingCalls,
  poolingKernel,
} from "./pooling_calls.ts";
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
  const plan = planPooling({
    target: backend.target,
    pooling: layer.pooling,
    window,
    channels,
    read: layouts.read,
    output: layouts.output,
    countPads: layer.countPads ?? false,
    masked: hasPads(outputPads),
  });
  const { panels } = plan;
  const calls = poolingCalls(plan, {
    x: read.address,
    y: output.address,
    taps: placeWords(backend, plan.taps),
    ...plan.factors && { factors: placeWords(backend, new Uint32Array(plan.factors.buffer)) },
    ...plan.mask && { mask: placeWords(backend, plan.mask) },
  }, threads);
  const copies = read === input ? null : copySteps(backend, input, read, threads);
  const cells = channels * panels.pixels * window.kernel[0] * window.kernel[1];
  return {
    kernelId: poolingKernel(plan, panels.vectors).id,
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
    steps: globalPoolingCalls({
      target: backend.target,
      pooling: layer.pooling,
      channels,
      from: sourceOf(input),
      images: Array.from({ length: images }, (_, image) => ({
        y: output.address + Math.floor(image / panelLanes) * channels * panelLanes * 4 +
          4 * (image % panelLanes),
        yRowBytes: 4 * panelLanes,
      })),
      vectors: globalPoolingVectors(backend.target, input.layout),
      table: placeWords(
        backend,
        globalPoolingWords(backend.target, layer.pooling, input.layout),
      ),
    }, threads),
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
