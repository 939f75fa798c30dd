/**
 * Images beside each other in the lanes, for batches of small images.
 *
 * Idea: with as many images as a vector has lanes, a pixel of all of them is a vector. Every tap then is aligned, windows may
 * step without copies, and rows need no cells between them: nothing is computed in vain. What it takes is a working set of so
 * many images.
 *
 * Layout: planes whose rows are `lanes` times as long, a pixel of each image in turn, so that windows are the same with `lanes`
 * cells between their taps. Rows are computed one by one. Of a convolution that only a pooling reads the kernel keeps the largest
 * sums, if what it reads stays in the first-level cache; else it is cut into groups of output channels, each of which is pooled
 * while it is in the second.
 *
 * @module
 */
import {
  canPool,
  type ConvolutionRequest,
  hasPads,
  LANES,
  maskRows,
  type PlacedWindow,
  placeWindow,
  plainPlanes,
  planConvolution,
  type PlaneLayout,
  planesBytes,
  type PlannedConvolution,
  type PlannedPooling,
  planPooling,
  type PostOp,
  type Target,
} from "../../../kernels/mod.ts";
import type { Layout } from "../layout.ts";
import { placeLives } from "../memory_plan.ts";
import { chooseConvolution, type ConvolutionChoice, type ConvolutionChoices } from "./choose.ts";
import type {
  ConvolutionLayer,
  FlattenLayer,
  GlobalPoolLayer,
  ImagePlan,
  ImageValue,
  PoolLayer,
} from "./layers.ts";

/** A convolution of some output channels, and where its weights are. */
export interface ConvolutionGroup {
  /** First output channel. */
  readonly first: number;
  /** Packed weights. */
  readonly planned: PlannedConvolution;
  /** Relative address of the stream of each pass. */
  readonly streams: readonly number[];
}

/** A pooling of some channels, and where its tables are. */
export interface PoolingTables {
  /** The pooling; its channels are those of a group. */
  readonly planned: PlannedPooling;
  /** Relative address of the taps. */
  readonly taps: number;
  /** Relative address of the factors; 0 for maxima. */
  readonly factors: number;
}

/** What is done with a chunk, in order. */
export type InterleavedStep =
  | {
    /** The images of a graph input are laid beside each other. */
    readonly kind: "load";
    /** The layer that reads them. */
    readonly layer: ConvolutionLayer | PoolLayer;
    /** The input. */
    readonly value: ImageValue;
  }
  | {
    /** A convolution; with a pooling if that is all that reads it. */
    readonly kind: "convolution";
    /** The layer. */
    readonly layer: ConvolutionLayer;
    /** What is written: the layer's output, or that of its pooling. */
    readonly out: ImageValue;
    /** Output channels, group by group. */
    readonly groups: readonly ConvolutionGroup[];
    /** The pooling of each group, whose size it has; `null` if there is none or the kernel does it. */
    readonly pool: { readonly layer: PoolLayer; readonly tables: readonly PoolingTables[] } | null;
    /** Why the weights are packed so. */
    readonly choice: ConvolutionChoice;
  }
  | {
    /** A pooling by itself. */
    readonly kind: "pool";
    /** The layer. */
    readonly layer: PoolLayer;
    /** Its tables. */
    readonly tables: PoolingTables;
  }
  | {
    /** Features of the batch. */
    readonly kind: "features";
    /** The layer. */
    readonly layer: FlattenLayer | GlobalPoolLayer;
    /** The mean or maximum of whole images, if it is one. */
    readonly tables: PoolingTables | null;
  };

/** An image plan whose images lie beside each other. */
export interface InterleavedPlan {
  /** Images of a chunk: lanes of a vector. */
  readonly lanes: number;
  /** Chunks; the last may have fewer images. */
  readonly count: number;
  /** What is done with each. */
  readonly steps: readonly InterleavedStep[];
  /** Layout of a value. */
  layoutOf(value: ImageValue): PlaneLayout;
  /** Byte offset of each value in a working set. */
  readonly offsets: ReadonlyMap<ImageValue, number>;
  /** Byte offset of the channels that are pooled at once. */
  readonly buffer: number;
  /** Bytes of a working set. */
  readonly setBytes: number;
}

/** Least part of the lanes that must be images. */
const LEAST_FILLED = 0.75;

/** Most bytes of a working set: beyond, memory would take longer than lanes save. */
const MOST_SET_BYTES = 3 << 20;

/** Bytes of a group of channels that is pooled while it is in the second-level cache. */
const GROUP_BYTES = 256 * 1024;

/** Output channels are written in blocks of up to so many. */
const MOST_BLOCK_ROWS = 4;

/** What an interleaved plan is made for. */
export interface InterleavedOptions extends ConvolutionChoices {
  /** Instruction set. */
  readonly target: Target;
  /** Items of the batch. */
  readonly batch: number;
}

/**
 * Plans a chunk of interleaved images and places its weights; `null` if lanes would stay empty, the working set would be too
 * large, or the plan has pads, residuals or outputs that are images.
 */
export function planInterleaved(
  plan: ImagePlan,
  layout: Layout,
  options: InterleavedOptions,
): InterleavedPlan | null {
  const { target, batch } = options;
  const lanes = LANES[target];
  const count = Math.ceil(batch / lanes);
  if (batch / (count * lanes) < LEAST_FILLED || !plan.layers.every(isPlain)) return null;
  const layoutOf = (value: ImageValue): PlaneLayout =>
    plainPlanes({ channels: value.channels, size: [value.size[0], value.size[1] * lanes] });
  const order = orderOf(plan);
  const memory = planSet(order, layoutOf);
  if (memory.setBytes > MOST_SET_BYTES) return null;
  const place = { layout, options, lanes, layoutOf };
  const steps = order.map((step) => placeStep(step, place));
  return { lanes, count, steps, layoutOf, ...memory };
}

/** Layers that interleaving knows. */
function isPlain(layer: ImagePlan["layers"][number]): boolean {
  switch (layer.kind) {
    case "convolution":
      return layer.residual === null && !hasPads(layer.window.reach) &&
        layer.window.stride.join() === "1,1";
    case "pool":
      return !hasPads(layer.window.reach);
    default:
      return layer.kind === "flatten" || layer.kind === "global_pool";
  }
}

/** A step before anything is packed. */
type Draft =
  | {
    readonly kind: "load";
    readonly layer: ConvolutionLayer | PoolLayer;
    readonly value: ImageValue;
  }
  | {
    readonly kind: "convolution";
    readonly layer: ConvolutionLayer;
    readonly pool: PoolLayer | null;
  }
  | { readonly kind: "pool"; readonly layer: PoolLayer }
  | { readonly kind: "features"; readonly layer: FlattenLayer | GlobalPoolLayer };

function orderOf({ layers, inputs }: ImagePlan): readonly Draft[] {
  const loaded = new Set<ImageValue>();
  const pooled = new Set<PoolLayer>();
  return layers.flatMap((layer): Draft[] => {
    if (layer.kind === "flatten" || layer.kind === "global_pool") {
      return [{ kind: "features", layer }];
    }
    if (layer.kind !== "convolution" && layer.kind !== "pool") return [];
    const { x } = layer;
    const load: Draft[] = inputs.has(x) && !loaded.has(x)
      ? [{ kind: "load", layer, value: x }]
      : [];
    loaded.add(x);
    if (layer.kind === "pool") return pooled.has(layer) ? [] : [...load, { kind: "pool", layer }];
    const readers = layers.filter((reader) => "x" in reader && reader.x === layer.out);
    const [reader] = readers;
    const pool = readers.length === 1 && reader?.kind === "pool" ? reader : null;
    if (pool) pooled.add(pool);
    return [...load, { kind: "convolution", layer, pool }];
  });
}

/** Output channels that are computed, and pooled, at once. */
function groupSize({ out, groups }: ConvolutionLayer, bytes: number): number {
  if (groups > 1) return out.channels;
  const most = Math.floor(GROUP_BYTES / bytes / MOST_BLOCK_ROWS) * MOST_BLOCK_ROWS;
  return Math.min(out.channels, Math.max(MOST_BLOCK_ROWS, most));
}

function planSet(
  order: readonly Draft[],
  layoutOf: (value: ImageValue) => PlaneLayout,
): Pick<InterleavedPlan, "offsets" | "buffer" | "setBytes"> {
  const bytesOf = (value: ImageValue, channels: number): number =>
    64 * Math.ceil(
      planesBytes(layoutOf(value), MOST_BLOCK_ROWS * Math.ceil(channels / MOST_BLOCK_ROWS)) / 64,
    );
  let buffer = 0;
  const values: ImageValue[] = [];
  const lives = order.flatMap((step, first) => {
    const value = writtenBy(step);
    if (step.kind === "convolution" && step.pool) {
      const { out } = step.layer;
      const channels = groupSize(step.layer, planesBytes(layoutOf(out), 1));
      buffer = Math.max(buffer, bytesOf(out, channels));
    }
    if (step.kind === "features" && step.layer.kind === "global_pool") {
      const { x } = step.layer;
      buffer = Math.max(buffer, bytesOf({ ...x, size: [1, 1] }, x.channels));
    }
    if (value === null) return [];
    const last = order.findLastIndex((reader) =>
      reader.kind !== "load" && reader.layer.x === value
    );
    const id = values.push(value) - 1;
    const sizeBytes = bytesOf(value, value.channels);
    return [{ id, sizeBytes, first, last: Math.max(first, last) }];
  });
  const { offsets, sizeBytes } = placeLives(lives);
  return {
    offsets: new Map(values.map((value, id) => [value, offsets.get(id)!])),
    buffer: sizeBytes,
    setBytes: sizeBytes + buffer,
  };
}

function writtenBy(step: Draft): ImageValue | null {
  switch (step.kind) {
    case "load":
      return step.value;
    case "convolution":
      return step.pool?.out ?? step.layer.out;
    case "pool":
      return step.layer.out;
    case "features":
      return null;
  }
}

interface Placing {
  readonly layout: Layout;
  readonly options: InterleavedOptions;
  readonly lanes: number;
  readonly layoutOf: (value: ImageValue) => PlaneLayout;
}

function placeStep(step: Draft, placing: Placing): InterleavedStep {
  switch (step.kind) {
    case "load":
      return step;
    case "convolution":
      return placeConvolution(step.layer, step.pool, placing);
    case "pool":
      return { ...step, tables: placePool(step.layer, step.layer.x.channels, placing) };
    case "features": {
      const { layer } = step;
      if (layer.kind === "flatten") return { kind: "features", layer, tables: null };
      const whole = placeWindow({ image: layer.x.size, kernel: layer.x.size });
      const out = { ...layer.x, size: [1, 1] } as const;
      const all = { pooling: layer.pooling, x: layer.x, out, window: whole, countPads: false };
      return { kind: "features", layer, tables: placePool(all, layer.x.channels, placing) };
    }
  }
}

/** The same window where neighbouring pixels are `lanes` cells apart. */
function widen({ image, kernel, dilation }: PlacedWindow, lanes: number): PlacedWindow {
  return placeWindow({
    image: [image[0], image[1] * lanes],
    kernel,
    dilation: [dilation[0], dilation[1] * lanes],
  });
}

function placeConvolution(
  layer: ConvolutionLayer,
  pool: PoolLayer | null,
  placing: Placing,
): InterleavedStep {
  const { options, lanes, layoutOf, layout } = placing;
  const { out, x, scale, bias, groups, values } = layer;
  const masks = maskRows(values, out.channels, values.length / out.channels);
  const choice = chooseConvolution(layer, masks, { ...options, aligned: true });
  const whole: ConvolutionRequest = {
    target: options.target,
    weights: { values, outputChannels: out.channels, inputChannels: x.channels, groups },
    window: widen(layer.window, lanes),
    read: layoutOf(x),
    output: layoutOf(out),
    pattern: choice.pattern,
    post: layer.activation,
    rowByRow: true,
    masks,
    ...bias && { bias },
    ...scale && { scale },
  };
  const place = (first: number, request: ConvolutionRequest): ConvolutionGroup => {
    const planned = planConvolution(request);
    const streams = planned.packed.passes.map(({ words, write }) => layout.write(words, write));
    return { first, planned, streams };
  };
  const step = { kind: "convolution", layer, choice } as const;
  if (pool === null) return { ...step, out, groups: [place(0, whole)], pool: null };
  if (isPooledFromSums(layer, pool, whole)) {
    const pooled = { ...whole, output: layoutOf(pool.out), pool: pool.window.kernel };
    return { ...step, out: pool.out, groups: [place(0, pooled)], pool: null };
  }
  const parts = cutChannels(whole, groupSize(layer, planesBytes(whole.output, 1)))
    .map(({ first, request }) => place(first, request));
  const tables = parts.map(({ planned }) =>
    placePool(pool, planned.weights.outputChannels, placing)
  );
  return { ...step, out: pool.out, groups: parts, pool: { layer: pool, tables } };
}

/** Whether a pooling keeps the largest sums of windows side by side, so that the kernel can write them right away. */
function isPooledFromSums(
  { window: { output } }: ConvolutionLayer,
  { pooling, window: { kernel, stride, dilation, output: pooled } }: PoolLayer,
  request: ConvolutionRequest,
): boolean {
  const isSideBySide = kernel.join() === stride.join() && dilation.join() === "1,1" &&
    pooled.every((size, axis) => size === Math.floor(output[axis]! / kernel[axis]!));
  return pooling === "max" && isSideBySide && POOLED_POSTS.has(request.post ?? "none") &&
    canPool(request, kernel);
}

/** Post-ops that never make of a smaller sum a larger value. */
const POOLED_POSTS: ReadonlySet<PostOp> = new Set<PostOp>(["none", "relu", "tanh", "sigmoid"]);

/** The same convolution for so many output channels at a time. */
function cutChannels(
  whole: ConvolutionRequest,
  size: number,
): readonly { readonly first: number; readonly request: ConvolutionRequest }[] {
  const { masks: _, ...rest } = whole;
  const { values, outputChannels } = whole.weights;
  const cols = values.length / outputChannels;
  const { bias, scale, output } = whole;
  return Array.from({ length: Math.ceil(outputChannels / size) }, (_, i) => {
    const first = i * size;
    const end = Math.min(first + size, outputChannels);
    const part = { values: values.subarray(first * cols, end * cols), outputChannels: end - first };
    const request = {
      ...rest,
      weights: { ...whole.weights, ...part },
      output: { ...output, channels: end - first },
      ...bias && { bias: bias.subarray(first, end) },
      ...scale && { scale: scale.subarray(first, end) },
    };
    return { first, request };
  });
}

function placePool(
  layer: Pick<PoolLayer, "pooling" | "x" | "out" | "window" | "countPads">,
  channels: number,
  { options: { target }, lanes, layoutOf, layout }: Placing,
): PoolingTables {
  const { window } = layer;
  const wide = widen(window, lanes);
  const [height, width] = window.output;
  const planned = planPooling({
    target,
    pooling: layer.pooling,
    window: { ...wide, output: [height, width * lanes] },
    channels,
    read: layoutOf(layer.x),
    output: layoutOf(layer.out),
    vectorSteps: window.stride,
  });
  const taps = layout.place(planned.taps);
  if (layer.pooling === "max") return { planned, taps, factors: 0 };
  // every window sees as many pixels: there are no pads
  const pixels = window.kernel[0] * window.kernel[1];
  const factors = layout.place(new Float32Array(planned.panels.lanes).fill(1 / pixels));
  return { planned, taps, factors };
}
