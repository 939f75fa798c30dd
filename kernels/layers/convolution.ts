/**
 * Convolution layers: packed weights, planes and calls.
 *
 * @module
 */
import type { Pattern } from "../../core/mod.ts";
import type { Backend } from "../backend.ts";
import {
  type ConvolutionWeights,
  formatPlanes,
  NO_PADS,
  type Pads,
  type PlacedWindow,
  placeWindow,
  planesBytes,
  streamOf,
  type TapViews,
  type Window,
} from "../formats/mod.ts";
import type { PostOp } from "../ops/mod.ts";
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
import { blockRows, chooseTapViews } from "./convolution_choices.ts";
import {
  convolutionCalls,
  convolutionKernel,
  planConvolution,
  type PlannedConvolution,
} from "./convolution_calls.ts";
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
  const { weights, threads = 1, pattern, post = "none", outputPads = NO_PADS } = layer;
  const window = placeWindow(layer.window);
  const given = layer.input && planesOf(layer.input);
  const layouts = windowLayouts({
    images: layer.images ?? 1,
    inputChannels: weights.inputChannels,
    outputChannels: weights.outputChannels,
    window,
    tapViews: layer.tapViews ?? chooseTapViews(blockRows(pattern, weights), window),
    fill: 0,
    outputPads,
    given: given?.layout,
  });
  const plan = planConvolution({
    target: backend.target,
    weights,
    window,
    read: layouts.read,
    output: layouts.output,
    pattern,
    post,
    residual: layer.residual !== undefined,
    masked: hasPads(outputPads),
    ...layer.bias && { bias: layer.bias },
  });
  const input = given ?? placePlanes(backend, layouts.input);
  const read = layouts.read === layouts.input ? input : placePlanes(backend, layouts.read);
  const output = placePlanes(backend, layouts.output, plan.packed.paddedChannels);
  const copies = read === input ? null : copySteps(backend, input, read, threads);
  const calls = convolutionCalls(plan, {
    x: read.address,
    y: output.address,
    ...layer.residual && { residual: residualOf(layer.residual, output).address },
    streams: plan.packed.passes.map((pass) => placeWords(backend, streamOf(pass))),
    ...plan.mask && { mask: placeWords(backend, plan.mask) },
  }, threads);
  return {
    kernelId: convolutionKernel(plan, plan.tiles.vectors, plan.packed.passes.length - 1).id,
    reason: reasonOf(plan),
    input: portOf(input),
    output: portOf(output),
    work: workOf(layer, plan, window),
    steps: copies === null
      ? calls
      : calls.map((list, i) => [...copies[i]!, { do: "barrier" }, ...list]),
    writeInput: (values) => fillPlanes(backend, input, Float32Array.from(values)),
    readOutput: () => takeImages(backend, output),
  };
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

function workOf(
  { weights, residual, images = 1 }: ConvolutionLayer,
  { packed, tiles, read, mask }: PlannedConvolution,
  window: PlacedWindow,
): Layer["work"] {
  const pixels = images * window.image[0] * window.image[1] * weights.inputChannels;
  const outputs = tiles.pixels * weights.outputChannels;
  return {
    macs: packed.nonZero * tiles.pixels,
    denseMacs: weights.values.length * tiles.pixels,
    executedMacs: packed.stored * tiles.lanes,
    weightBytes: packed.passes.reduce((sum, { words }) => sum + 4 * words, 0),
    activationBytes: 4 * (pixels + outputs * (residual ? 2 : 1)) +
      (read.views.length > 1 ? 2 * planesBytes(read) : 0) +
      (mask === null ? 0 : 4 * tiles.lanes),
  };
}

/** Why a convolution is computed as it is, in words. */
export function reasonOf({ pattern, packed, read, tiles }: PlannedConvolution): string {
  const views = read.views.length === 1 ? "plain planes" : `${read.views.length} views a channel`;
  return `${pattern.kind} weights: ${packed.rows} output channels a load, ${views}, ` +
    `${(100 * tiles.pixels / tiles.lanes).toFixed(0)} % of the lanes are outputs`;
}
