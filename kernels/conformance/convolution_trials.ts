/**
 * Trials of `convolution` and `copyPlanes`: random windows over random images.
 *
 * @module
 */
import { assert } from "@std/assert";
import {
  channelBytes,
  convolutionWeights,
  cutLanes,
  firstPixel,
  packConvolution,
  pixelMask,
  placeWindow,
  plainPlanes,
  planesBytes,
  streamOf,
  type TapViews,
  windowPlanes,
  writePlanes,
} from "../formats/mod.ts";
import type { KernelCase } from "../kernels.ts";
import {
  convolution,
  convolutionTile,
  copyPlanes,
  copyTable,
  LANES,
  widestPanel,
} from "../ops/mod.ts";
import { randomWeights, referenceConvolution } from "../reference/mod.ts";
import { proveLanes, randomWindow, readPixels, writePixels } from "./plane_trials.ts";
import { viewRows } from "../formats/mod.ts";
import {
  assertClose,
  type Bench,
  call,
  FUNCTION_TOLERANCE,
  SUM_TOLERANCE,
  type Trial,
  uniform,
} from "./trial.ts";

/** What is tried. */
export type ConvolutionCase = Extract<KernelCase, { op: "convolution" }>;

const TAP_VIEWS: readonly TapViews[] = ["phases", "columns", "taps"];

/** Trials of `convolution`. */
export function convolutionTrials(kernel: ConvolutionCase, bench: Bench): Trial[] {
  return TAP_VIEWS.flatMap((tapViews) =>
    Array.from({ length: 2 }, () => convolutionTrial(kernel, bench, tapViews))
  );
}

function convolutionTrial(
  { rows, post, residual, masked }: ConvolutionCase,
  { target, arena, random }: Bench,
  tapViews: TapViews,
): Trial {
  const window = randomWindow(random);
  const images = 1 + random.integer(2);
  const groups = 1 + random.integer(2);
  // several groups want whole blocks; one group may fill up the last
  const outputChannels = groups === 1 ? 1 + random.integer(2 * rows) : groups * rows;
  const channels = 1 + random.integer(3);
  const inputChannels = groups * channels;
  const taps = window.kernel[0] * window.kernel[1];
  const matrix = randomWeights(random, outputChannels, taps * channels, {
    kind: "block",
    rows,
    cols: 1,
  });
  const values = convolutionWeights(matrix, outputChannels, taps);
  const weights = { values, outputChannels, inputChannels, groups };
  const bias = uniform(random, outputChannels);
  const outputPads = { top: 1, left: 1, bottom: 0, right: 1 };
  const read = windowPlanes({
    images,
    channels: inputChannels,
    window,
    tapViews,
    ...masked && { outputPads },
  });
  const written = plainPlanes({
    images,
    channels: outputChannels,
    size: window.output,
    rowCells: read.rowCells,
    imageRows: read.imageRows,
    ...masked && { pads: outputPads },
  });
  const panels = cutLanes(read, window, widestPanel(target, rows), LANES[target]);
  const tile = convolutionTile(rows, panels.vectors);
  const packed = packConvolution(weights, {
    window,
    input: read,
    outputChannelBytes: channelBytes(written),
    rows,
    unroll: tile.unroll,
    bias,
  });
  const x = uniform(random, images * inputChannels * window.image[0] * window.image[1]);
  const cells = new Float32Array(planesBytes(read) / 4);
  writePlanes(cells, x, read);
  const outputs = planesBytes(written, packed.paddedChannels) / 4;
  const added = residual ? uniform(random, outputs) : null;
  const y = arena.output(outputs);
  const first = 4 * firstPixel(written);
  const addresses = {
    x: arena.input(cells) + 4 * read.leadCells,
    y: y + first,
    residual: added ? arena.input(added) + first : 0,
    mask: masked ? arena.input(pixelMask(written, panels.lanes)) : 0,
  };
  const stream = arena.input(streamOf(packed.passes[0]!));
  const part = (vectors: number, from: number, count: number) => {
    const start = 4 * from * LANES[target];
    const kernel = convolution({ target, tile: { ...tile, vectors }, post, residual, masked });
    return call(kernel, {
      x: addresses.x + start,
      y: addresses.y + start,
      residual: addresses.residual + start,
      mask: addresses.mask + start,
      stream,
      channelBytes: channelBytes(written),
      blocks: packed.blocks.length,
      panels: count,
    });
  };
  const { vectors, wide, narrow } = panels;
  const steps = [part(vectors, 0, wide)];
  if (narrow > 0) steps.push(part(vectors - 1, wide * vectors, narrow));
  const what = `${tapViews}, ${JSON.stringify({ window, images, groups, channels })}`;
  return {
    steps,
    prove: () => {
      const actual = arena.read(y, outputs);
      const plain = (planes: Float32Array): Float32Array => readPixels(planes, written);
      const problem = {
        weights,
        window,
        images,
        x,
        bias,
        residual: added && plain(added),
        post,
      };
      const expected = referenceConvolution(problem);
      const tolerance = expected.map((value) =>
        SUM_TOLERANCE * (taps * channels + 2 + Math.abs(value)) + FUNCTION_TOLERANCE
      );
      assertClose(plain(actual), expected, tolerance, what);
      proveLanes(
        actual,
        { ...written, channels: packed.paddedChannels },
        panels.lanes,
        masked,
        what,
      );
    },
  };
}

/** Trials of `copyPlanes`: the kernel must write what {@linkcode writePlanes} does. */
export function copyTrials(step: number, bench: Bench): Trial[] {
  return TAP_VIEWS.flatMap((tapViews) =>
    Array.from({ length: 2 }, () => copyTrial(step, bench, tapViews))
  );
}

function copyTrial(step: number, { target, arena, random }: Bench, tapViews: TapViews): Trial {
  const { image, kernel, dilation, pads } = randomWindow(random);
  const window = placeWindow({
    image,
    kernel,
    dilation,
    pads,
    stride: [1 + random.integer(2), step],
  });
  const channels = 1 + random.integer(3);
  const fill = random.next() < 0.5 ? 0 : "-inf";
  const to = windowPlanes({ images: 1, channels, window, tapViews, fill });
  const from = plainPlanes({ channels, size: image });
  const values = uniform(random, channels * image[0] * image[1]);
  const source = new Float32Array(planesBytes(from) / 4).fill(7); // what is read past a row must not arrive
  writePixels(source, values, from);
  const expected = new Float32Array(planesBytes(to) / 4);
  writePlanes(expected, values, to);
  const x = arena.input(source);
  const y = arena.inout(new Float32Array(expected.length).fill(fill === 0 ? 0 : -Infinity));
  const bits = fill === 0 ? 0 : 0xff800000;
  const steps = to.views.flatMap((_, view) => {
    const found = viewRows(to, view, 0);
    if (found === null) return [];
    const { cell, pixel, length } = found.first;
    return call(copyPlanes({ target, step }), {
      x: x + 4 * (firstPixel(from) + pixel.y * from.rowCells + pixel.x),
      xRowBytes: 4 * from.rowCells * to.step[0],
      xChannelBytes: channelBytes(from),
      y: y + 4 * cell,
      yRowBytes: 4 * to.rowCells,
      yChannelBytes: channelBytes(to),
      rows: found.rows,
      channels,
      cells: length,
      table: arena.input(copyTable(target, step, length, bits)),
    });
  });
  return {
    steps,
    prove: () => {
      const what = `${tapViews} by ${step}, ${JSON.stringify(window)}`;
      const actual = arena.read(y, expected.length);
      actual.forEach((value, i) => {
        assert(Object.is(value, expected[i]), `${what}: cell ${i} is ${value}, not ${expected[i]}`);
      });
    },
  };
}
