import { assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom, sizeOf } from "../../core/mod.ts";
import { kernelSupport } from "../../kernels/mod.ts";
import { type ConvolutionCase, lengthsOf, sizesOf } from "./convolution_cases.ts";
import { fastLoops } from "./fast_loops.ts";
import { compareLoops } from "./loop_trial.ts";
import { type Floats, plainLoops } from "./loops.ts";

const random = createRandom(5);
const ARENA_BYTES = 64 * 2 ** 20;

// Whole and broken vectors of images, blocks of channels, rows; windows that leave pixels out; planes of few pixels.
const CASES: readonly ConvolutionCase[] = [
  { images: 16, channels: [4, 8], image: [6, 8], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { images: 32, channels: [16, 16], image: [8, 8], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { images: 3, channels: [3, 5], image: [7, 9], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { images: 37, channels: [3, 10], image: [11, 5], kernel: [5, 5] },
  { images: 5, channels: [1, 6], image: [12, 12], kernel: [5, 5] },
  {
    images: 18,
    channels: [6, 12],
    image: [9, 9],
    kernel: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  },
  { images: 17, channels: [8, 4], image: [8, 8], kernel: [1, 1], strides: [2, 2] },
  { images: 16, channels: [9, 7], image: [5, 5], kernel: [1, 1] },
  { images: 16, channels: [4, 4], image: [7, 7], kernel: [1, 1], strides: [3, 3] },
  {
    images: 9,
    channels: [3, 8],
    image: [15, 14],
    kernel: [7, 7],
    strides: [2, 2],
    pads: [3, 3, 3, 3],
  },
  { images: 16, groups: 2, channels: [4, 4], image: [6, 6], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { images: 4, groups: 3, channels: [5, 6], image: [6, 6], kernel: [3, 3], strides: [2, 1] },
  { images: 20, groups: 6, channels: [1, 1], image: [6, 7], kernel: [3, 3], pads: [1, 1, 1, 1] },
  {
    images: 16,
    channels: [4, 9],
    image: [9, 9],
    kernel: [3, 3],
    dilations: [2, 2],
    pads: [2, 2, 2, 2],
  },
  {
    images: 6,
    channels: [2, 3],
    image: [10, 9],
    kernel: [2, 3],
    strides: [1, 2],
    dilations: [3, 2],
    pads: [0, 1, 2, 3],
  },
  { images: 16, channels: [8, 8], image: [2, 2], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { images: 4, channels: [5, 4], image: [1, 1], kernel: [1, 1] },
  { images: 33, channels: [4, 4], image: [5, 1], kernel: [3, 1], pads: [1, 0, 1, 0] },
  { images: 2, channels: [3, 4], image: [3, 3], kernel: [3, 3], strides: [2, 2] },
  { images: 100, channels: [4, 5], image: [4, 4], kernel: [3, 3], pads: [1, 1, 1, 1] },
];

function draw(length: number): Floats {
  return Float32Array.from({ length }, () => random.normal());
}

function dot(a: Floats, b: Floats): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

/** What rounding may come to in sums of so many terms near 1. */
function roundingOf(terms: number): () => number {
  return () => 1e-6 * (10 + terms);
}

for (const target of kernelSupport().targets) {
  for (const threads of [1, 3]) {
    Deno.test(`convolutions agree with the plain loops on ${target}, ${threads} threads`, () => {
      using fast = fastLoops({ target, threads, arenaBytes: ARENA_BYTES });
      for (const example of CASES) {
        const sizes = sizesOf(example);
        const lengths = lengthsOf(sizes);
        const what = JSON.stringify(example);
        const [x, weights, dy] = [draw(lengths.x), draw(lengths.weights), draw(lengths.y)];
        const k = sizes.inputs * sizeOf(sizes.window.kernel);
        for (const bias of [null, draw(sizes.groups * sizes.outputs)]) {
          compareLoops(fast, lengths.y, roundingOf(k), `y ${what}`, (loops, y) => {
            loops.convolve(x, weights, bias, sizes, y);
          });
        }
        const terms = sizes.outputs * sizeOf(sizes.window.kernel);
        compareLoops(fast, lengths.x, roundingOf(terms), `dx ${what}`, (loops, dx) => {
          loops.convolveByInput(dy, weights, sizes, dx);
        });
        const sums = sizes.images * sizeOf(sizes.window.output);
        compareLoops(fast, lengths.weights, roundingOf(sums), `dw ${what}`, (loops, dWeights) => {
          loops.convolveByWeights(x, dy, sizes, dWeights);
        });
      }
    });
  }
}

Deno.test("plain gradients of convolutions are adjoint to the convolution", () => {
  for (const example of CASES) {
    const sizes = sizesOf(example);
    const lengths = lengthsOf(sizes);
    const [x, weights, dy] = [draw(lengths.x), draw(lengths.weights), draw(lengths.y)];
    const [y, dx, dWeights] = [
      new Float32Array(lengths.y),
      new Float32Array(lengths.x),
      new Float32Array(lengths.weights),
    ];
    plainLoops.convolve(x, weights, null, sizes, y);
    plainLoops.convolveByInput(dy, weights, sizes, dx);
    plainLoops.convolveByWeights(x, dy, sizes, dWeights);
    // y is linear in x and in the weights, so that both inner products are that of y and dy.
    const tolerance = 1e-4 * Math.sqrt(lengths.y);
    assertAlmostEquals(dot(x, dx), dot(y, dy), tolerance, JSON.stringify(example));
    assertAlmostEquals(dot(weights, dWeights), dot(y, dy), tolerance, JSON.stringify(example));
  }
});

Deno.test("convolutions give the same bits on any number of threads", () => {
  const [target] = kernelSupport().targets;
  for (const example of CASES) {
    const sizes = sizesOf(example);
    const lengths = lengthsOf(sizes);
    const [x, weights, dy] = [draw(lengths.x), draw(lengths.weights), draw(lengths.y)];
    const results = [1, 2, 3].map((threads) => {
      using fast = fastLoops({ target, threads, arenaBytes: ARENA_BYTES });
      const [y, dx, dWeights] = [
        new Float32Array(lengths.y),
        new Float32Array(lengths.x),
        new Float32Array(lengths.weights),
      ];
      fast.convolve(x, weights, null, sizes, y);
      fast.convolveByInput(dy, weights, sizes, dx);
      fast.convolveByWeights(x, dy, sizes, dWeights);
      return [y, dx, dWeights];
    });
    for (const result of results) assertEquals(result, results[0], JSON.stringify(example));
  }
});
