/**
 * Kernel calls of layers over strips, and of graph outputs.
 *
 * @module
 */
import { type Range, rangesOf } from "../../ranges.ts";
import {
  callStep,
  copyPlanes,
  evaluateRows,
  LANES,
  scatterCells,
  SOFTMAX_SLACK_LANES,
  softmaxRows,
  type Step,
} from "../../../kernels/mod.ts";
import { type Chunk, type ImageSite, itemsOf, type Lists, placeOf, sourceAt } from "./calls.ts";
import {
  type EvaluateLayer,
  type ImageValue,
  isPlanes,
  type SoftmaxRowsLayer,
  type StripPart,
  stripRowBytes,
  type StripsLayer,
  type StripValue,
  type WriteLayer,
} from "./layers.ts";

/** Where an image's strips begin. */
function stripAt(site: ImageSite, value: StripValue, chunk: Chunk, image: number): number {
  return placeOf(site, value, chunk) + image * value.rows * stripRowBytes(value);
}

/** Maps are copied side by side; threads share the rows, since a copy writes a little past the end of what it copies. */
export function stripsSteps(
  site: ImageSite,
  { out, parts }: StripsLayer,
  chunk: Chunk,
  threads: number,
): Lists {
  return rangesOf(out.rows, threads).map(({ from, to }) => {
    const steps: Step[] = [];
    itemsOf(chunk).forEach((_, image) => {
      for (let row = from; row < to; row++) {
        const y = stripAt(site, out, chunk, image) + row * stripRowBytes(out);
        for (const part of parts) steps.push(copyMap(site, part, out.rows, row, image, y, chunk));
      }
    });
    return steps;
  });
}

/** The channels of a map that make up one row. */
function copyMap(
  site: ImageSite,
  { x, at }: StripPart,
  rows: number,
  row: number,
  image: number,
  y: number,
  chunk: Chunk,
): Step {
  const { target, parameters } = site;
  const from = sourceAt(site, x, chunk);
  const [height, width] = x.size;
  const channels = x.channels / rows;
  return callStep(copyPlanes({ target }), {
    x: from.address + image * from.imageBytes + row * channels * from.channelBytes,
    xRowBytes: from.rowBytes,
    xChannelBytes: from.channelBytes,
    y: y + 4 * at,
    yRowBytes: 4 * width,
    yChannelBytes: 4 * height * width,
    rows: height,
    channels,
    cells: width,
    table: site.base + parameters.rowEnds.get(width % LANES[target])!,
  });
}

/** Probabilities; threads share the lanes. */
export function softmaxSteps(
  site: ImageSite,
  { x }: SoftmaxRowsLayer,
  chunk: Chunk,
  threads: number,
): Lists {
  return laneRanges(x, threads).map(({ from, to }) =>
    itemsOf(chunk).map((_, image) =>
      callStep(softmaxRows({ target: site.target }), {
        x: stripAt(site, x, chunk, image) + 4 * from,
        rowBytes: stripRowBytes(x),
        rows: x.rows,
        lanes: to - from,
      })
    )
  );
}

/** Whole columns of lanes for each thread, none for some if there are few. */
function laneRanges({ length }: StripValue, threads: number): readonly Range[] {
  return rangesOf(Math.ceil(length / SOFTMAX_SLACK_LANES), threads).map(({ from, to }) => ({
    from: from * SOFTMAX_SLACK_LANES,
    to: Math.min(to * SOFTMAX_SLACK_LANES, length),
  }));
}

/** Arithmetic; threads share the lanes. */
export function evaluateSteps(
  site: ImageSite,
  layer: EvaluateLayer,
  chunk: Chunk,
  threads: number,
): Lists {
  const { target, parameters, base } = site;
  const rowBytes = stripRowBytes(layer.x);
  const kernel = evaluateRows({ target, rows: layer.rows, rowBytes });
  return laneRanges(layer.x, threads).map(({ from, to }) =>
    itemsOf(chunk).map((_, image) =>
      callStep(kernel, {
        x: stripAt(site, layer.x, chunk, image) + 4 * from,
        constants: base + parameters.constantRows.get(layer)! + 4 * from,
        y: stripAt(site, layer.out, chunk, image) + 4 * from,
        lanes: to - from,
      })
    )
  );
}

/** A graph output, pixel by pixel or lane by lane; threads share the channels or the lanes. */
export function writeSteps(
  site: ImageSite,
  layer: WriteLayer,
  chunk: Chunk,
  threads: number,
): Lists {
  const { x } = layer;
  const itemBytes = 4 * layer.shape.slice(1).reduce((product, size) => product * size, 1);
  const lines = isPlanes(x) ? x.channels : layer.turned ? x.length : x.rows;
  return rangesOf(lines, threads).map((range) =>
    range.from === range.to ? [] : itemsOf(chunk).map((item, image) => {
      const y = site.outputOf(layer.name) + item * itemBytes + range.from * itemBytes / lines;
      return isPlanes(x)
        ? writePlanes(site, x, chunk, image, range, y)
        : writeStrips(site, x, chunk, image, range, y, layer.turned);
    })
  );
}

function writePlanes(
  site: ImageSite,
  x: ImageValue,
  chunk: Chunk,
  image: number,
  { from, to }: Range,
  y: number,
): Step {
  const source = sourceAt(site, x, chunk);
  return callStep(scatterCells({ target: site.target }), {
    x: source.address + image * source.imageBytes + from * source.channelBytes,
    xRowBytes: source.rowBytes,
    xChannelBytes: source.channelBytes,
    y,
    yCellBytes: 4,
    channels: to - from,
    rows: x.size[0],
    cells: x.size[1],
  });
}

/** With rows and lanes turned, a lane is a channel whose pixels lie a row apart. */
function writeStrips(
  site: ImageSite,
  x: StripValue,
  chunk: Chunk,
  image: number,
  { from, to }: Range,
  y: number,
  turned: boolean,
): Step {
  const rowBytes = stripRowBytes(x);
  const start = stripAt(site, x, chunk, image);
  return callStep(scatterCells({ target: site.target }), {
    x: start + from * (turned ? 4 : rowBytes),
    xRowBytes: rowBytes,
    xChannelBytes: turned ? 4 : rowBytes,
    y,
    yCellBytes: 4,
    channels: to - from,
    rows: turned ? x.rows : 1,
    cells: turned ? 1 : x.length,
  });
}
