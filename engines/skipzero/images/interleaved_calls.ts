/**
 * Kernel calls of images that lie beside each other in the lanes.
 *
 * @module
 */
import {
  callStep,
  channelBytes,
  convolutionCalls,
  copyPlanes,
  copyTable,
  firstPixel,
  poolingCalls,
  scatterCells,
  type Step,
  type Target,
} from "../../../kernels/mod.ts";
import type { Value } from "../layers.ts";
import type { FeatureLane } from "./calls.ts";
import type { InterleavedPlan, InterleavedStep, PoolingTables } from "./interleaved.ts";
import type { ImageValue } from "./layers.ts";
import { rangesOf } from "../../ranges.ts";

/** Where everything is, at absolute addresses. */
export interface InterleavedSite {
  /** Instruction set. */
  readonly target: Target;
  /** Layouts, weights and memory. */
  readonly plan: InterleavedPlan;
  /** What relative addresses are added to. */
  readonly base: number;
  /** {@linkcode rowTable} of the lanes. */
  readonly table: number;
  /** Working set of a thread. */
  setOf(owner: number): number;
  /** The tensor of a graph input. */
  inputOf(value: ImageValue): number;
  /** The features of an item. */
  laneOf(value: Value, item: number): FeatureLane;
}

/** Some images of the batch in a working set. */
export interface InterleavedChunk {
  /** First item of the batch. */
  readonly first: number;
  /** Images. */
  readonly images: number;
  /** Whose working set. */
  readonly owner: number;
}

/** What copies of whole pixels need beside their addresses. */
export function rowTable(target: Target, lanes: number): Uint32Array {
  return copyTable(target, 1, lanes, 0);
}

/** The steps of a chunk's layer by so many threads, one list a thread; all must be done before the next layer begins. */
export function interleavedSteps(
  site: InterleavedSite,
  step: InterleavedStep,
  chunk: InterleavedChunk,
  threads: number,
): readonly (readonly Step[])[] {
  switch (step.kind) {
    case "load":
      return loadSteps(site, step.value, chunk, threads);
    case "convolution":
      return step.pool
        ? pooledSteps(site, step, chunk, threads)
        : convolutionSteps(site, step, chunk, threads);
    case "pool": {
      const [x, y] = [placeOf(site, step.layer.x, chunk), placeOf(site, step.layer.out, chunk)];
      return poolSteps(site, step.tables, x, y, threads);
    }
    case "features":
      return featureSteps(site, step, chunk, threads);
  }
}

function placeOf(
  { plan, setOf }: InterleavedSite,
  value: ImageValue,
  { owner }: InterleavedChunk,
): number {
  return setOf(owner) + plan.offsets.get(value)!;
}

/** Pixel by pixel, each image into its lane. */
function loadSteps(
  site: InterleavedSite,
  value: ImageValue,
  chunk: InterleavedChunk,
  threads: number,
): readonly Step[][] {
  const { plan: { lanes, layoutOf }, target } = site;
  const layout = layoutOf(value);
  const [rows, cells] = value.size;
  const planeBytes = 4 * rows * cells;
  const y = placeOf(site, value, chunk) + 4 * firstPixel(layout);
  return rangesOf(value.channels, threads).map(({ from, to }) => {
    const steps: Step[] = [];
    for (let channel = from; channel < to; channel++) {
      for (let image = 0; image < chunk.images; image++) {
        const item = chunk.first + image;
        steps.push(callStep(scatterCells({ target }), {
          x: site.inputOf(value) + (item * value.channels + channel) * planeBytes,
          xRowBytes: 4 * cells,
          xChannelBytes: planeBytes,
          y: y + channel * channelBytes(layout) + 4 * image,
          yCellBytes: 4 * lanes,
          channels: 1,
          rows,
          cells,
        }));
      }
    }
    return steps;
  });
}

type ConvolutionStep = Extract<InterleavedStep, { kind: "convolution" }>;

function convolutionSteps(
  site: InterleavedSite,
  { layer, out, groups }: ConvolutionStep,
  chunk: InterleavedChunk,
  threads: number,
): Step[][] {
  const [group] = groups;
  return convolutionCalls(group!.planned, {
    x: placeOf(site, layer.x, chunk),
    y: placeOf(site, out, chunk),
    streams: group!.streams.map((stream) => site.base + stream),
  }, threads);
}

/** Threads take groups of channels, each in a buffer of its own. */
function pooledSteps(
  site: InterleavedSite,
  { layer, groups, pool }: ConvolutionStep,
  chunk: InterleavedChunk,
  threads: number,
): readonly Step[][] {
  const { plan: { buffer, layoutOf } } = site;
  const x = placeOf(site, layer.x, chunk);
  const out = pool!.layer.out;
  const y = placeOf(site, out, chunk);
  return rangesOf(groups.length, threads).map(({ from, to }, thread) => {
    const sums = site.setOf(threads === 1 ? chunk.owner : thread) + buffer;
    return groups.slice(from, to).flatMap(({ first, planned, streams }, i) => [
      ...convolutionCalls(planned, {
        x,
        y: sums,
        streams: streams.map((stream) => site.base + stream),
      }, 1).flat(),
      ...poolSteps(
        site,
        pool!.tables[from + i]!,
        sums,
        y + first * channelBytes(layoutOf(out)),
        1,
      ).flat(),
    ]);
  });
}

function poolSteps(
  { base }: InterleavedSite,
  { planned, taps, factors }: PoolingTables,
  x: number,
  y: number,
  threads: number,
): Step[][] {
  return poolingCalls(planned, { x, y, taps: base + taps, factors: base + factors }, threads);
}

function featureSteps(
  site: InterleavedSite,
  { layer, tables }: Extract<InterleavedStep, { kind: "features" }>,
  chunk: InterleavedChunk,
  threads: number,
): readonly Step[][] {
  const x = placeOf(site, layer.x, chunk);
  if (tables === null) return copySteps(site, layer.out, layer.x, x, chunk, threads);
  const pooled = { ...layer.x, size: [1, 1] } as const;
  // the means lie where the last step's buffer was, before they go to their lanes
  const sums = site.setOf(chunk.owner) + site.plan.buffer;
  const means = poolSteps(site, tables, x, sums, 1).flat();
  const copies = copySteps(site, layer.out, pooled, sums, chunk, 1).flat();
  return Array.from({ length: threads }, (_, i) => i === 0 ? [...means, ...copies] : []);
}

/** Every pixel to its feature: all images at once where they are neighbours there, too, else one by one. */
function copySteps(
  site: InterleavedSite,
  out: Value,
  value: ImageValue,
  x: number,
  chunk: InterleavedChunk,
  threads: number,
): Step[][] {
  const { target, plan: { lanes, layoutOf } } = site;
  const layout = layoutOf(value);
  const pixels = value.size[0] * value.size[1];
  const lane = (image: number): FeatureLane => site.laneOf(out, chunk.first + image);
  const { address, featureBytes } = lane(0);
  const areNeighbours = chunk.images === lanes && featureBytes >= 4 * lanes &&
    lane(lanes - 1).address === address + 4 * (lanes - 1);
  return rangesOf(value.channels, threads).map(({ from, to }) => {
    if (from === to) return [];
    const named = {
      x: x + 4 * firstPixel(layout) + from * channelBytes(layout),
      xRowBytes: 4 * lanes,
      xChannelBytes: channelBytes(layout),
      channels: to - from,
      rows: pixels,
    };
    if (areNeighbours) {
      return [callStep(copyPlanes({ target }), {
        ...named,
        y: address + from * pixels * featureBytes,
        yRowBytes: featureBytes,
        yChannelBytes: pixels * featureBytes,
        cells: lanes,
        table: site.table,
      })];
    }
    return Array.from({ length: chunk.images }, (_, image) => {
      const { address, featureBytes } = lane(image);
      return callStep(scatterCells({ target }), {
        ...named,
        x: named.x + 4 * image,
        y: address + from * pixels * featureBytes,
        yCellBytes: featureBytes,
        cells: 1,
      });
    });
  });
}
