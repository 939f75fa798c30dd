/**
 * Trials of `pooling` and `globalPooling`: random windows over random images, some cells NaN or infinite.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Random } from "../../core/mod.ts";
import {
  channelBytes,
  cutLanes,
  firstPixel,
  pixelMask,
  placeWindow,
  plainPlanes,
  planesBytes,
  poolingFactors,
  tapCells,
  windowPlanes,
  writePlanes,
} from "../formats/mod.ts";
import { globalPooling, globalPoolingTable, LANES, pooling, WIDEST_POOLING } from "../ops/mod.ts";
import { referencePooling } from "../reference/mod.ts";
import { proveLanes, randomWindow, readPixels } from "./plane_trials.ts";
import { type Bench, call, SUM_TOLERANCE, type Trial, uniform } from "./trial.ts";

/** What is computed of a window. */
type Kind = "max" | "average";

/** Trials of `pooling`. */
export function poolingTrials(kind: Kind, masked: boolean, bench: Bench): Trial[] {
  return Array.from({ length: 6 }, (_, i) => poolingTrial(kind, masked, i % 2 === 0, bench));
}

/** Trials of `globalPooling`. */
export function globalPoolingTrials(kind: Kind, bench: Bench): Trial[] {
  return Array.from({ length: 4 }, () => globalPoolingTrial(kind, bench));
}

/** Values from -1 to 1, and a few that are no ordinary numbers. */
function withExtremes(random: Random, length: number): Float32Array<ArrayBuffer> {
  const values = uniform(random, length);
  for (const extreme of [NaN, Infinity, -Infinity]) values[random.integer(length)] = extreme;
  return values;
}

function assertPooled(actual: Float32Array, expected: Float64Array, what: string): void {
  expected.forEach((value, i) => {
    const near = Math.abs(actual[i]! - value) <= 10 * SUM_TOLERANCE;
    assert(
      near || Object.is(actual[i], value),
      `${what}: value ${i} is ${actual[i]}, expected ${value}`,
    );
  });
}

function poolingTrial(kind: Kind, masked: boolean, countPads: boolean, bench: Bench): Trial {
  const { target, arena, random } = bench;
  const drawn = randomWindow(random);
  const least = (axis: 0 | 1): number => drawn.dilation[axis] * (drawn.kernel[axis] - 1);
  const { top, left, bottom, right } = drawn.pads;
  const pads = {
    top: Math.min(top, least(0)),
    left: Math.min(left, least(1)),
    bottom: Math.min(bottom, least(0)),
    right: Math.min(right, least(1)),
  };
  const window = placeWindow({ ...drawn, pads, ceilMode: random.next() < 0.5 });
  const [images, channels] = [1 + random.integer(2), 1 + random.integer(3)];
  const outputPads = { top: 0, left: 1, bottom: 1, right: 0 };
  const read = windowPlanes({
    images,
    channels,
    window,
    tapViews: "phases",
    fill: kind === "max" ? "-inf" : 0,
    ...masked && { outputPads },
  });
  const written = plainPlanes({
    images,
    channels,
    size: window.output,
    rowCells: read.rowCells,
    imageRows: read.imageRows,
    ...masked && { pads: outputPads },
  });
  const panels = cutLanes(read, window, WIDEST_POOLING, LANES[target]);
  const x = withExtremes(random, images * channels * window.image[0] * window.image[1]);
  const cells = new Float32Array(planesBytes(read) / 4);
  writePlanes(cells, x, read);
  const outputs = planesBytes(written) / 4;
  const y = arena.output(outputs);
  const offsets = Uint32Array.from(tapCells(read, window), (cell) => 4 * cell);
  const addresses = {
    x: arena.input(cells) + 4 * read.leadCells,
    taps: arena.input(offsets),
    factors: arena.input(poolingFactors(window, written, panels.lanes, countPads)),
    mask: arena.input(pixelMask(written, panels.lanes)),
  };
  const part = (vectors: number, from: number, count: number) => {
    const start = 4 * from * LANES[target];
    return call(pooling({ target, pooling: kind, vectors, masked }), {
      x: addresses.x + start,
      xChannelBytes: channelBytes(read),
      y: y + 4 * firstPixel(written) + start,
      yChannelBytes: channelBytes(written),
      taps: addresses.taps,
      tapCount: offsets.length,
      factors: addresses.factors + start,
      mask: addresses.mask + start,
      channels,
      panels: count,
    });
  };
  const { vectors, wide, narrow } = panels;
  const steps = [part(vectors, 0, wide)];
  if (narrow > 0) steps.push(part(vectors - 1, wide * vectors, narrow));
  return {
    steps,
    prove: () => {
      const what = JSON.stringify({ window, images, channels, countPads });
      const actual = arena.read(y, outputs);
      const expected = referencePooling({
        window,
        pooling: kind === "max" ? "max" : countPads ? "average_with_pads" : "average",
        planes: images * channels,
        x,
      });
      assertPooled(readPixels(actual, written), expected, what);
      proveLanes(actual, written, panels.lanes, masked, what);
    },
  };
}

function globalPoolingTrial(kind: Kind, { target, arena, random }: Bench): Trial {
  const size = [1 + random.integer(9), 1 + random.integer(20)] as const;
  const channels = 1 + random.integer(4);
  const pads = { top: 1, left: 2, bottom: 0, right: 1 };
  const layout = plainPlanes({ channels, size, pads });
  const x = withExtremes(random, channels * size[0] * size[1]);
  const cells = new Float32Array(planesBytes(layout) / 4);
  writePlanes(cells, x, layout);
  const lanes = LANES[target];
  const vectors = Math.ceil(((size[0] - 1) * layout.rowCells + size[1]) / lanes);
  const options = { target, pooling: kind };
  const table = globalPoolingTable(
    options,
    pixelMask(layout, vectors * lanes),
    size[0] * size[1],
  );
  const [panelLanes, lane] = [16, random.integer(16)];
  const before = uniform(random, channels * panelLanes);
  const y = arena.inout(before);
  const step = call(globalPooling(options), {
    x: arena.input(cells) + 4 * firstPixel(layout),
    xChannelBytes: channelBytes(layout),
    y: y + 4 * lane,
    yRowBytes: 4 * panelLanes,
    vectors,
    table: arena.input(table),
    channels,
  });
  return {
    steps: [step],
    prove: () => {
      const window = placeWindow({ image: size, kernel: size });
      const pooled = referencePooling({ window, pooling: kind, planes: channels, x });
      const expected = Float64Array.from(before);
      pooled.forEach((value, channel) => expected[channel * panelLanes + lane] = value);
      assertPooled(arena.read(y, before.length), expected, `${size}, ${channels} channels`);
    },
  };
}
