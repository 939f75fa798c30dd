import { assertEquals } from "@std/assert";
import { createRandom, drawMask, type Mask, parsePattern, sizeOf } from "../../../core/mod.ts";
import { kernelSupport } from "../../../kernels/mod.ts";
import { type ConvolutionCase, lengthsOf, sizesOf } from "../convolution_cases.ts";
import type { ConvolutionSizes } from "../convolution_loops.ts";
import { fastLoops } from "../fast_loops.ts";
import { compareLoops } from "../loop_trial.ts";
import type { Floats, Loops } from "../loops.ts";
import { type KeptWeights, keptWeights } from "./kept_weights.ts";

const random = createRandom(8);
const ARENA_BYTES = 64 * 2 ** 20;

const PADS = [1, 1, 1, 1] as const;

// Tiles of one row and of several, that come out even and that do not; one section and several, one
// band of pixels and several; odd numbers of images.
const CASES: readonly ConvolutionCase[] = [
  { images: 16, channels: [8, 8], image: [8, 8], kernel: [3, 3], pads: PADS },
  { images: 19, channels: [4, 12], image: [7, 9], kernel: [3, 3], pads: PADS },
  { images: 3, channels: [8, 4], image: [5, 35], kernel: [3, 3], pads: PADS },
  { images: 18, channels: [8, 8], image: [9, 9], kernel: [3, 3], strides: [2, 2], pads: PADS },
  { images: 17, channels: [8, 4], image: [8, 8], kernel: [1, 1], strides: [2, 2] },
  { images: 16, channels: [64, 8], image: [7, 7], kernel: [1, 1] },
  { images: 5, channels: [3, 5], image: [9, 6], kernel: [1, 1], strides: [1, 2] },
  { images: 16, groups: 2, channels: [4, 6], image: [6, 6], kernel: [3, 3], pads: PADS },
  { images: 20, groups: 4, channels: [1, 1], image: [6, 7], kernel: [3, 3], pads: PADS },
  {
    images: 6,
    channels: [4, 4],
    image: [10, 9],
    kernel: [2, 3],
    strides: [1, 2],
    dilations: [3, 2],
    pads: [0, 1, 2, 3],
  },
  { images: 33, channels: [32, 4], image: [12, 12], kernel: [3, 3], pads: PADS },
  { images: 4, channels: [4, 4], image: [1, 1], kernel: [1, 1] },
  { images: 9, channels: [16, 4], image: [20, 36], kernel: [3, 3], pads: PADS },
  { images: 100, channels: [4, 4], image: [4, 4], kernel: [3, 3], pads: PADS },
  { images: 9, channels: [4, 2], image: [5, 5], kernel: [3, 3], strides: [3, 3] },
];

const PATTERNS = ["unstructured", "2x1", "4x1", "2:4", "1x4"] as const;

function draw(length: number): Floats {
  return Float32Array.from({ length }, () => random.normal());
}

/** A mask of a pattern where it divides the matrix, else a pattern that every matrix has. */
function drawKept({ groups, inputs, outputs, window }: ConvolutionSizes, name: string): Mask {
  const [rows, cols] = [groups * outputs, inputs * sizeOf(window.kernel)];
  const [high, wide] = { "2x1": [2, 1], "4x1": [4, 1], "1x4": [1, 4], "2:4": [1, 4] }[name] ??
    [1, 1];
  const divides = outputs % high! === 0 && inputs % wide! === 0;
  return drawMask(random, rows, cols, parsePattern(divides ? name : "unstructured"), 0.75);
}

/** Compares all products with plain loops, with weights of which those that are pruned must not be read. */
function compareProducts(
  fast: Loops,
  sizes: ConvolutionSizes,
  kept: KeptWeights,
  what: string,
): void {
  const lengths = lengthsOf(sizes);
  const [x, dy] = [draw(lengths.x), draw(lengths.y)];
  const weights = draw(lengths.weights).map((value, i) => kept.kept[i] === 1 ? value : NaN);
  const bias = draw(sizes.groups * sizes.outputs);
  compareLoops(fast, lengths.y, 1e-5, `y ${what}`, (loops, y) => {
    loops.convolve(x, weights, bias, sizes, y, kept);
  });
  compareLoops(fast, lengths.x, 1e-5, `dx ${what}`, (loops, dx) => {
    loops.convolveByInput(dy, weights, sizes, dx, kept);
  });
  const terms = sizes.images * sizeOf(sizes.window.output);
  compareLoops(fast, lengths.weights, 1e-6 * (10 + terms), `dw ${what}`, (loops, dw) => {
    loops.convolveByWeights(x, dy, sizes, dw, kept);
  });
}

for (const target of kernelSupport().targets) {
  for (const threads of target.startsWith("wasm") ? [1] : [1, 2, 3]) {
    Deno.test(`convolutions by kept weights agree with plain loops on ${target}, ${threads} threads`, () => {
      using fast = fastLoops({ target, threads, arenaBytes: ARENA_BYTES });
      for (const example of CASES) {
        const sizes = sizesOf(example);
        for (const pattern of PATTERNS) {
          const what = `${pattern} ${JSON.stringify(example)}`;
          const kept = keptWeights(drawKept(sizes, pattern), sizeOf(sizes.window.kernel));
          compareProducts(fast, sizes, kept, what);
          // Once more, since weights change.
          compareProducts(fast, sizes, kept, `${what} again`);
        }
      }
    });
  }
}

Deno.test("convolutions by kept weights give the same bits on any number of threads", () => {
  const [target] = kernelSupport().targets;
  for (const example of CASES) {
    const sizes = sizesOf(example);
    const lengths = lengthsOf(sizes);
    const kept = keptWeights(drawKept(sizes, "2x1"), sizeOf(sizes.window.kernel));
    const [x, weights, dy] = [draw(lengths.x), draw(lengths.weights), draw(lengths.y)];
    const results = [1, 2, 3, 8].map((threads) => {
      using fast = fastLoops({ target, threads, arenaBytes: ARENA_BYTES });
      const [y, dx, dWeights] = [lengths.y, lengths.x, lengths.weights].map((length) =>
        new Float32Array(length)
      ) as [Floats, Floats, Floats]; // three were made
      fast.convolve(x, weights, null, sizes, y, kept);
      fast.convolveByInput(dy, weights, sizes, dx, kept);
      fast.convolveByWeights(x, dy, sizes, dWeights, kept);
      return [y, dx, dWeights];
    });
    for (const result of results) assertEquals(result, results[0], JSON.stringify(example));
  }
});

Deno.test("convolutions by kept weights write biases and zeros where nothing is kept", () => {
  const [target] = kernelSupport().targets;
  using fast = fastLoops({ target, arenaBytes: ARENA_BYTES });
  const sizes = sizesOf(CASES[0]!);
  const lengths = lengthsOf(sizes);
  const none = { rows: 8, cols: 72, kept: new Uint8Array(576) };
  const kept = keptWeights(none, 9);
  const [x, weights, dy] = [draw(lengths.x), draw(lengths.weights), draw(lengths.y)];
  const [y, dx, dw] = [lengths.y, lengths.x, lengths.weights].map((length) =>
    new Float32Array(length).fill(NaN)
  ) as [Floats, Floats, Floats]; // three were made
  fast.convolve(x, weights, new Float32Array(8).fill(3), sizes, y, kept);
  fast.convolveByInput(dy, weights, sizes, dx, kept);
  fast.convolveByWeights(x, dy, sizes, dw, kept);
  assertEquals([new Set(y), new Set(dx), new Set(dw)], [new Set([3]), new Set([0]), new Set([0])]);
});

Deno.test("convolutions by the same kept weights follow a change of sizes", () => {
  const [target] = kernelSupport().targets;
  using fast = fastLoops({ target, arenaBytes: ARENA_BYTES });
  const example = CASES[0]!;
  const kept = keptWeights(drawKept(sizesOf(example), "2x1"), 9);
  for (const images of [16, 5]) {
    for (const size of [8, 11, 8] as const) {
      for (const pads of [PADS, [0, 0, 0, 0]] as const) {
        const sizes = sizesOf({ ...example, images, image: [size, size], pads });
        compareProducts(fast, sizes, kept, `${images} ${size} ${pads}`);
      }
    }
  }
});
