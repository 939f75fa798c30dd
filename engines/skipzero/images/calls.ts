/**
 * Kernel calls of image layers.
 *
 * @module
 */
import {
  callStep,
  channelBytes,
  clearPads,
  convolutionCalls,
  copyCalls,
  firstPixel,
  globalPoolingCalls,
  globalPoolingVectors,
  type ImageSource,
  poolingCalls,
  scatterCells,
  sourceOf,
  type Step,
  type Target,
} from "../../../kernels/mod.ts";
import type { Value } from "../layers.ts";
import type { ImageChunks } from "./chunks.ts";
import type {
  ConvolutionLayer,
  FlattenLayer,
  GlobalPoolLayer,
  ImageLayer,
  ImageValue,
  PoolLayer,
  StripValue,
} from "./layers.ts";
import type { WindowLayer } from "./layouts.ts";
import { evaluateSteps, softmaxSteps, stripsSteps, writeSteps } from "./strip_calls.ts";
import type { PlacedImageParameters } from "./weights.ts";

/** A lane of features of the batch: where the first feature of an item is, and bytes from one feature to the next. */
export interface FeatureLane {
  /** Absolute address. */
  readonly address: number;
  /** Distance. */
  readonly featureBytes: number;
}

/** Where everything is, at absolute addresses. */
export interface ImageSite {
  /** Instruction set. */
  readonly target: Target;
  /** Items of the batch. */
  readonly batch: number;
  /** Layouts and memory of a chunk. */
  readonly chunks: ImageChunks;
  /** Packed weights and tables. */
  readonly parameters: PlacedImageParameters;
  /** What relative addresses are added to. */
  readonly base: number;
  /** Working set of a thread. */
  setOf(owner: number): number;
  /** The tensor of a graph input. */
  inputOf(value: ImageValue): number | undefined;
  /** The tensor of a graph output. */
  outputOf(name: string): number;
  /** The features of an item. */
  laneOf(value: Value, item: number): FeatureLane;
}

/** Some images of the batch in a working set. */
export interface Chunk {
  /** First item of the batch. */
  readonly first: number;
  /** Images; fewer than the layouts hold in the last chunk. */
  readonly images: number;
  /** Whose working set. */
  readonly owner: number;
}

/** One list a thread. */
export type Lists = readonly (readonly Step[])[];

/**
 * The steps of a layer on a chunk by so many threads: phases, which all threads must have finished before the next begins.
 */
export function imageSteps(
  site: ImageSite,
  layer: ImageLayer,
  chunk: Chunk,
  threads: number,
): readonly Lists[] {
  switch (layer.kind) {
    case "convolution":
      return windowSteps(site, layer, chunk, threads, convolutionSteps);
    case "pool":
      return windowSteps(site, layer, chunk, threads, poolSteps);
    case "global_pool":
      return [globalPoolSteps(site, layer, chunk, threads)];
    case "flatten":
      return [flattenSteps(site, layer, chunk, threads)];
    case "strips":
      return [stripsSteps(site, layer, chunk, threads)];
    case "softmax_rows":
      return [softmaxSteps(site, layer, chunk, threads)];
    case "evaluate":
      return [evaluateSteps(site, layer, chunk, threads)];
    case "write":
      return [writeSteps(site, layer, chunk, threads)];
  }
}

/** Address of a value of a chunk. */
export function placeOf(
  { chunks, setOf }: ImageSite,
  value: ImageValue | StripValue,
  { owner }: Chunk,
): number {
  const offset = chunks.memory.values.get(value);
  if (offset === undefined) {
    throw new RangeError(`Cannot schedule "${value.name}": it has no place`);
  }
  return setOf(owner) + offset;
}

/** Images to copy or to look at: planes, or the tensor of a graph input. */
export function sourceAt(site: ImageSite, value: ImageValue, chunk: Chunk): ImageSource {
  const input = site.inputOf(value);
  if (input === undefined) {
    return sourceOf({
      address: placeOf(site, value, chunk),
      layout: site.chunks.layouts.of(value),
    });
  }
  const channel = 4 * value.size[0] * value.size[1];
  const imageBytes = channel * value.channels;
  return {
    address: input + chunk.first * imageBytes,
    rowBytes: 4 * value.size[1],
    channelBytes: channel,
    imageBytes,
  };
}

/** The copy that a window reads, if it needs one; then its calls. */
function windowSteps<Of extends WindowLayer>(
  site: ImageSite,
  layer: Of,
  chunk: Chunk,
  threads: number,
  steps: (site: ImageSite, layer: Of, chunk: Chunk, x: number, threads: number) => Lists,
): readonly Lists[] {
  const { chunks: { layouts, memory }, parameters, target } = site;
  const copy = layouts.copyOf(layer);
  if (copy === null) return [steps(site, layer, chunk, placeOf(site, layer.x, chunk), threads)];
  const address = site.setOf(chunk.owner) + memory.copies.get(layer)!;
  const tables = new Map(
    [...parameters.copies.get(layer)!].map(([key, at]) => [key, site.base + at]),
  );
  const from = sourceAt(site, layer.x, chunk);
  const to = { address, layout: copy };
  return [
    copyCalls({ target, from, to, tables, images: chunk.images }, threads),
    steps(site, layer, chunk, address, threads),
  ];
}

function convolutionSteps(
  site: ImageSite,
  layer: ConvolutionLayer,
  chunk: Chunk,
  x: number,
  threads: number,
): Lists {
  const { planned, streams, mask } = site.parameters.convolutions.get(layer)!;
  const calls = convolutionCalls(planned, {
    x,
    y: placeOf(site, layer.out, chunk),
    ...layer.residual && { residual: placeOf(site, layer.residual, chunk) },
    streams: streams.map((stream) => site.base + stream),
    mask: site.base + mask,
  }, threads);
  return withClearPads(site, layer, chunk, planned.tiles.lanes, calls);
}

function poolSteps(
  site: ImageSite,
  layer: PoolLayer,
  chunk: Chunk,
  x: number,
  threads: number,
): Lists {
  const { planned, taps, factors, mask } = site.parameters.pools.get(layer)!;
  const calls = poolingCalls(planned, {
    x,
    y: placeOf(site, layer.out, chunk),
    taps: site.base + taps,
    factors: site.base + factors,
    mask: site.base + mask,
  }, threads);
  return withClearPads(site, layer, chunk, planned.panels.lanes, calls);
}

/** Kernels clear the lanes between rows; what lies before the first and behind the last lane is cleared beside them. */
function withClearPads(
  site: ImageSite,
  { out }: WindowLayer,
  chunk: Chunk,
  lanes: number,
  calls: Lists,
): Lists {
  const { target, chunks: { layouts } } = site;
  if (!layouts.hasCleanPads(out)) return calls;
  const layout = layouts.of(out);
  const front = firstPixel(layout);
  const bytes = channelBytes(layout);
  const x = placeOf(site, out, chunk);
  return calls.map((list, i) => {
    const first = Math.floor(out.channels * i / calls.length);
    const channels = Math.floor(out.channels * (i + 1) / calls.length) - first;
    if (channels === 0) return list;
    const clear = callStep(clearPads({ target }), {
      x: x + first * bytes,
      channelBytes: bytes,
      channels,
      front,
      behind: front + lanes,
      end: Math.max(front + lanes, layout.viewCells),
    });
    return [clear, ...list];
  });
}

function globalPoolSteps(
  site: ImageSite,
  layer: GlobalPoolLayer,
  chunk: Chunk,
  threads: number,
): Lists {
  const { target, parameters, chunks: { layouts } } = site;
  const images = itemsOf(chunk).map((item) => {
    const { address, featureBytes } = site.laneOf(layer.out, item);
    return { y: address, yRowBytes: featureBytes };
  });
  return globalPoolingCalls({
    target,
    pooling: layer.pooling,
    channels: layer.x.channels,
    from: sourceAt(site, layer.x, chunk),
    images,
    vectors: globalPoolingVectors(target, layouts.of(layer.x)),
    table: site.base + parameters.globals.get(layer)!,
  }, threads);
}

/** Items of the batch in a chunk. */
export function itemsOf({ first, images }: Chunk): number[] {
  return Array.from({ length: images }, (_, i) => first + i);
}

function flattenSteps(
  site: ImageSite,
  { x, out }: FlattenLayer,
  chunk: Chunk,
  threads: number,
): Lists {
  const from = sourceAt(site, x, chunk);
  const [rows, cells] = x.size;
  return Array.from({ length: threads }, (_, thread) => {
    const first = Math.floor(x.channels * thread / threads);
    const channels = Math.floor(x.channels * (thread + 1) / threads) - first;
    if (channels === 0) return [];
    return itemsOf(chunk).map((item, image) => {
      const { address, featureBytes } = site.laneOf(out, item);
      return callStep(scatterCells({ target: site.target }), {
        x: from.address + image * from.imageBytes + first * from.channelBytes,
        xRowBytes: from.rowBytes,
        xChannelBytes: from.channelBytes,
        y: address + first * rows * cells * featureBytes,
        yCellBytes: featureBytes,
        channels,
        rows,
        cells,
      });
    });
  });
}
