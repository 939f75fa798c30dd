/**
 * Gradients of convolutions by all weights.
 *
 * @module
 */
import { sharesOf } from "../ranges.ts";
import { chunkBytes } from "./cells.ts";
import { type CellPlane, windowTaps } from "./convolution_geometry.ts";
import { tileInputs } from "./convolution_kernels.ts";
import type { ConvolutionSizes } from "./convolution_loops.ts";
import type { Site, Weigher, WeighPlanes, Worker } from "./convolution_site.ts";
import { BLOCK, cellBytes } from "./interleave_kernels.ts";
import type { Floats } from "./loops.ts";

const FLOAT = 4;

/** Prepares the gradient by all weights. */
export function prepareWeigher(
  site: Site,
  sizes: ConvolutionSizes,
  planes: WeighPlanes,
): Weigher {
  const tiles = prepareTiles(site, sizes, planes.x);
  return {
    length: sizes.groups * planes.dy.blocks * tiles.floats,
    run: (workers) => weighRound(site, sizes, planes, tiles, workers),
    unpack: (sums, dWeights) =>
      unpackTiles(sums, sizes, planes.dy.blocks, tiles, tileInputs(site.lanes), dWeights),
  };
}

/** Tiles of the gradient by weights of one block of outputs. */
interface Tiles {
  /** Address of the list of where they begin. */
  readonly offsets: number;
  /** How many: one for each tap of some input channels. */
  readonly count: number;
  /** Sums of all. */
  readonly floats: number;
}

function prepareTiles(
  { backend, lanes, workspace }: Site,
  sizes: ConvolutionSizes,
  x: CellPlane,
): Tiles {
  const inputs = tileInputs(lanes);
  const taps = windowTaps(sizes, x);
  const groups = Math.ceil(sizes.inputs / inputs);
  const count = groups * taps.length;
  const offsets = workspace.take(count);
  const list = backend.uint32(offsets, count);
  for (let i = 0; i < count; i++) {
    const channel = Math.floor(i / taps.length) * inputs;
    const cell = Math.floor(channel / BLOCK) * x.cells + taps[i % taps.length]!.cells;
    list[i] = cell * cellBytes(lanes) + (channel % BLOCK) * lanes * FLOAT;
  }
  return { offsets, count, floats: count * inputs * BLOCK };
}
function weighRound(
  { backend, lanes, weigh }: Site,
  { groups, window: { strides, output: [rows, cols] } }: ConvolutionSizes,
  planes: WeighPlanes,
  { offsets, count, floats }: Tiles,
  workers: readonly Worker[],
): void {
  const bytes = cellBytes(lanes);
  const { x, dy } = planes;
  const values = {
    offsets,
    tiles: count,
    rows,
    cols,
    xStepBytes: strides[1] * bytes,
    xRowBytes: strides[0] * x.pitch * bytes,
    xChunkBytes: chunkBytes(x, lanes) - rows * strides[0] * x.pitch * bytes,
    dyRowGap: 0,
    dyChunkGap: chunkBytes(dy, lanes) - dy.cells * bytes,
    dyBlockBytes: dy.cells * bytes,
  };
  const perWorker = Math.max(1, Math.floor(backend.threads / workers.length));
  for (let group = 0; group < groups; group++) {
    weigh.together(
      workers.flatMap((worker) =>
        sharesOf(dy.blocks, perWorker).map(({ from, to }) => ({
          ...values,
          x: worker.x + group * x.blocks * x.cells * bytes,
          dy: worker.dy + (group * dy.blocks + from) * dy.cells * bytes,
          sums: worker.sums + (group * dy.blocks + from) * floats * FLOAT,
          blocks: to - from,
          chunks: worker.chunks,
        }))
      ),
    );
  }
}

/** Adds up what threads found, `[group][block][tile of inputs][tap][output][input]`, in the order of the weights. */
function unpackTiles(
  sums: readonly Float32Array[],
  { groups, inputs, outputs, window: { kernel } }: ConvolutionSizes,
  blocks: number,
  { floats }: Tiles,
  tile: number,
  dWeights: Floats,
): void {
  const taps = kernel[0] * kernel[1];
  let to = 0;
  for (let group = 0; group < groups; group++) {
    for (let out = 0; out < outputs; out++) {
      const block = (group * blocks + Math.floor(out / BLOCK)) * floats + (out % BLOCK) * tile;
      for (let channel = 0; channel < inputs; channel++) {
        const first = block + Math.floor(channel / tile) * taps * BLOCK * tile + channel % tile;
        for (let tap = 0; tap < taps; tap++) {
          let sum = 0;
          for (const part of sums) sum += part[first + tap * BLOCK * tile]!;
          dWeights[to++] = sum;
        }
      }
    }
  }
}
