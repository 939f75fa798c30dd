/**
 * Trials of `convolution` with a pool: images beside each other in the lanes, of whose sums the largest are kept.
 *
 * @module
 */
import { assert } from "@std/assert";
import {
  convolutionWeights,
  type Pair,
  type PlacedWindow,
  placeWindow,
  plainPlanes,
  planesBytes,
  streamOf,
  writePlanes,
} from "../formats/mod.ts";
import { convolutionCalls, planConvolution, type PlannedConvolution } from "../layers/mod.ts";
import { LANES } from "../ops/mod.ts";
import { randomWeights, referenceConvolution } from "../reference/mod.ts";
import type { ConvolutionCase } from "./convolution_trials.ts";
import { readPixels } from "./plane_trials.ts";
import {
  assertClose,
  type Bench,
  FUNCTION_TOLERANCE,
  SUM_TOLERANCE,
  type Trial,
  uniform,
} from "./trial.ts";

/** Trials of a kernel that pools. */
export function pooledConvolutionTrials(
  kernel: ConvolutionCase & { readonly pool: Pair },
  bench: Bench,
): Trial[] {
  return Array.from({ length: 4 }, () => pooledTrial(kernel, bench));
}

function pooledTrial(
  { rows, post, pool }: ConvolutionCase & { readonly pool: Pair },
  { target, arena, random }: Bench,
): Trial {
  const lanes = LANES[target];
  const kernel = [1 + random.integer(3), 1 + random.integer(3)] as const;
  const sizeOf = (axis: 0 | 1): number =>
    kernel[axis] - 1 + pool[axis] * (1 + random.integer(6)) + random.integer(pool[axis]);
  const window = sideBySide([sizeOf(0), sizeOf(1)], kernel, lanes);
  const [inputChannels, outputChannels] = [1 + random.integer(3), 1 + random.integer(2 * rows)];
  const weights = randomConvolution(random, inputChannels, outputChannels, rows, kernel);
  const bias = uniform(random, outputChannels);
  const read = plainPlanes({ channels: inputChannels, size: window.image });
  const size = pooledSize(window, pool, lanes);
  const written = plainPlanes({ channels: outputChannels, size });
  const pattern = rows === 1
    ? { kind: "unstructured" } as const
    : { kind: "block", rows, cols: 1 } as const;
  const plan = planConvolution({
    target,
    weights,
    bias,
    window,
    read,
    output: written,
    pattern,
    post,
    rowByRow: true,
    pool,
  });
  const x = uniform(random, inputChannels * window.image[0] * window.image[1]);
  const cells = new Float32Array(planesBytes(read) / 4);
  writePlanes(cells, x, read);
  const outputs = planesBytes(written, plan.packed.paddedChannels) / 4;
  const y = arena.output(outputs);
  const what = JSON.stringify({ window, pool, inputChannels, outputChannels });
  return {
    steps: stepsOf(plan, arena.input(cells), y, (words) => arena.input(words)),
    prove: () => {
      const sums = referenceConvolution({
        weights,
        window,
        images: 1,
        x,
        bias,
        residual: null,
        post,
      });
      const expected = largestOf(sums, window, pool, lanes);
      const actual = readPixels(arena.read(y, outputs), written);
      const columns = inputChannels * kernel[0] * kernel[1];
      const tolerance = expected.map((value) =>
        SUM_TOLERANCE * (columns + 2 + Math.abs(value)) + FUNCTION_TOLERANCE
      );
      assert(expected.length > 0, what);
      assertClose(actual, expected, tolerance, what);
    },
  };
}

function stepsOf(
  plan: PlannedConvolution,
  x: number,
  y: number,
  place: (words: Uint32Array<ArrayBuffer>) => number,
): Trial["steps"] {
  const streams = plan.packed.passes.map((pass) => place(streamOf(pass)));
  return convolutionCalls(plan, { x, y, streams }, 1).flat();
}

/** A window over images that lie beside each other. */
function sideBySide(image: Pair, kernel: Pair, lanes: number): PlacedWindow {
  return placeWindow({ image: [image[0], image[1] * lanes], kernel, dilation: [1, lanes] });
}

function randomConvolution(
  random: Bench["random"],
  inputChannels: number,
  outputChannels: number,
  rows: number,
  kernel: Pair,
): PlannedConvolution["weights"] {
  const taps = kernel[0] * kernel[1];
  const block = { kind: "block", rows, cols: 1 } as const;
  const matrix = randomWeights(random, outputChannels, taps * inputChannels, block);
  const values = convolutionWeights(matrix, outputChannels, taps);
  return { values, outputChannels, inputChannels, groups: 1 };
}

function pooledSize({ output }: PlacedWindow, pool: Pair, lanes: number): Pair {
  return [Math.floor(output[0] / pool[0]), Math.floor(output[1] / lanes / pool[1]) * lanes];
}

/** The largest of each window of the pool: the plainest loop. */
function largestOf(
  sums: ArrayLike<number>,
  window: PlacedWindow,
  pool: Pair,
  lanes: number,
): Float64Array {
  const [height, width] = window.output;
  const [rows, cells] = pooledSize(window, pool, lanes);
  const kept = new Float64Array(sums.length / height / width * rows * cells).fill(-Infinity);
  for (let i = 0; i < kept.length; i++) {
    const [lane, pixel] = [i % lanes, Math.floor(i % cells / lanes)];
    const [row, channel] = [Math.floor(i / cells) % rows, Math.floor(i / cells / rows)];
    for (let y = row * pool[0]; y < (row + 1) * pool[0]; y++) {
      for (let x = pixel * pool[1]; x < (pixel + 1) * pool[1]; x++) {
        const at = (channel * height + y) * width + x * lanes + lane;
        kept[i] = Math.max(kept[i]!, sums[at]!);
      }
    }
  }
  return kept;
}
