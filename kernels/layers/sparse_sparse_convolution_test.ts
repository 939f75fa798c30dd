import { assert, assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern, type Random } from "../../core/mod.ts";
import type { Backend } from "../backend.ts";
import { placeWindow, type Window } from "../formats/mod.ts";
import { kernelSupport, openBackend } from "../open.ts";
import { randomWeights, referenceConvolution } from "../reference/mod.ts";
import {
  prepareSparseSparseConvolution,
  type SparseSparseConvolution,
} from "./sparse_sparse_convolution.ts";

const ARENA_BYTES = 1 << 24;
const [fastest = "wasm"] = kernelSupport().targets;

function drawLayer(
  random: Random,
  [outputChannels, inputChannels, groups]: readonly [number, number, number],
  window: Window,
  pattern: string,
): SparseSparseConvolution & { readonly bias: Float32Array } {
  const taps = window.kernel[0] * window.kernel[1];
  const cols = inputChannels / groups * taps;
  const values = randomWeights(random, outputChannels, cols, parsePattern(pattern));
  const bias = Float32Array.from({ length: outputChannels }, () => random.normal());
  const weights = { values, outputChannels, inputChannels, groups };
  return { weights, bias, window, pattern: parsePattern(pattern) };
}

/** Compares a layer with the reference on images of which 70 % is zero. */
async function prove(
  backend: Backend,
  random: Random,
  layer: SparseSparseConvolution & { readonly bias: Float32Array },
): Promise<void> {
  const { weights, bias, images = 1, post = "none" } = layer;
  const window = placeWindow(layer.window);
  const length = images * weights.inputChannels * window.image[0] * window.image[1];
  const x = Float32Array.from({ length }, () => random.next() < 0.3 ? random.normal() : 0);
  const prepared = prepareSparseSparseConvolution(backend, layer);
  using program = backend.build(prepared.steps);
  prepared.writeInput(x);
  await program.run();
  const expected = referenceConvolution({
    ...{ weights, window, images, x, bias, residual: null, post },
  });
  const actual = prepared.readOutput() as Float32Array;
  assertEquals(actual.length, expected.length);
  const worst = actual.reduce((most, y, i) => Math.max(most, Math.abs(y - expected[i]!)), 0);
  assert(worst < 1e-4, `off by ${worst}: ${JSON.stringify(layer.window)}`);
}

const WINDOWS: readonly Window[] = [
  { image: [5, 4], kernel: [1, 1] },
  { image: [6, 7], kernel: [3, 3] },
  { image: [5, 6], kernel: [3, 3], pads: { top: 1, left: 1, bottom: 1, right: 1 } },
  { image: [7, 6], kernel: [3, 2], stride: [2, 2], pads: { top: 1, left: 0, bottom: 1, right: 2 } },
  { image: [9, 8], kernel: [5, 5], stride: [2, 1], pads: { top: 2, left: 2, bottom: 2, right: 2 } },
  { image: [8, 8], kernel: [1, 1], stride: [2, 2] },
  { image: [9, 9], kernel: [3, 3], dilation: [2, 3], stride: [1, 2] },
  { image: [1, 1], kernel: [3, 3], pads: { top: 3, left: 1, bottom: 3, right: 1 } },
];

for (const target of kernelSupport().targets) {
  Deno.test(`prepareSparseSparseConvolution() computes what the reference does on ${target}`, async () => {
    const random = createRandom("sparse-sparse convolution");
    for (const window of WINDOWS) {
      for (
        const [channels, pattern] of [
          [[16, 5, 1], "16x1"],
          [[7, 20, 1], "4x1"],
          [[6, 4, 2], "unstructured"],
        ] as const
      ) {
        using backend = openBackend({ target, arenaBytes: ARENA_BYTES, threads: 2 });
        const layer = drawLayer(random, channels, window, pattern);
        await prove(backend, random, { ...layer, images: 3, threads: 2, post: "relu" });
      }
    }
  });
}

Deno.test("prepareSparseSparseConvolution() takes 32-bit offsets where planes are large", async () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const random = createRandom(1);
  const window = { image: [4, 400], kernel: [3, 1] } as const;
  await prove(backend, random, drawLayer(random, [64, 2, 1], window, "16x1"));
});

Deno.test("prepareSparseSparseConvolution() keeps the largest channels of each pixel", async () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const layer = prepareSparseSparseConvolution(backend, {
    weights: { values: Float32Array.of(1, 1, 1), outputChannels: 1, inputChannels: 3, groups: 1 },
    window: { image: [1, 2], kernel: [1, 1] },
    pattern: parsePattern("unstructured"),
    winners: 1,
  });
  using program = backend.build(layer.steps);
  layer.writeInput(Float32Array.of(1, 7, 5, 3, 2, 4));
  await program.run();
  assertEquals([...layer.readOutput()], [5, 7]);
});

Deno.test("prepareSparseSparseConvolution() tells which calls find the activations", () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const layer = drawLayer(createRandom(8), [4, 20, 1], { image: [3, 2], kernel: [1, 1] }, "4x1");
  const callsOf = (winners?: number): number[] => {
    const { finding, steps } = prepareSparseSparseConvolution(backend, {
      ...layer,
      ...winners !== undefined && { winners },
    });
    return [finding[0]!.length, steps[0]!.length];
  };
  // a list and a product for each of 6 pixels after the biases; with winners a threshold, too
  assertEquals(callsOf(), [6, 13]);
  assertEquals(callsOf(5), [12, 19]);
});

Deno.test("prepareSparseSparseConvolution() chains layers in place, borders included", async () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const random = createRandom(1);
  const pads = { top: 1, left: 1, bottom: 1, right: 1 };
  const window = { image: [5, 6], kernel: [3, 3], pads } as const;
  const one = drawLayer(random, [16, 3, 1], window, "16x1");
  const two = drawLayer(random, [5, 16, 1], window, "unstructured");
  const first = prepareSparseSparseConvolution(backend, { ...one, post: "relu" });
  const second = prepareSparseSparseConvolution(backend, { ...two, input: first.output });
  using program = backend.build([[...first.steps[0]!, ...second.steps[0]!]]);
  first.writeInput(Float32Array.from({ length: 90 }, () => random.normal()));
  await program.run();
  const x = first.readOutput() as Float32Array;
  const expected = referenceConvolution({
    ...{ weights: two.weights, window: placeWindow(window), images: 1, x, bias: two.bias },
    ...{ residual: null, post: "none" },
  });
  const actual = second.readOutput();
  assert(actual.every((y, i) => Math.abs(y - expected[i]!) < 1e-4));
});

Deno.test("prepareSparseSparseConvolution() refuses what does not fit", () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const layer = drawLayer(createRandom(1), [4, 4, 1], WINDOWS[0]!, "4x1");
  const refuse = (change: Partial<SparseSparseConvolution>, why: string): void => {
    assertThrows(
      () => prepareSparseSparseConvolution(backend, { ...layer, ...change }),
      RangeError,
      why,
    );
  };
  refuse({ winners: 5 }, "5 winners, expected an integer from 1 to the 4 channels");
  refuse({ bias: new Float32Array(3) }, "3 biases, expected 4 output channels");
  refuse({ threads: 0 }, "threads is 0");
  refuse({ weights: { ...layer.weights, inputChannels: 8 } }, "16 weights, expected 32");
  const port = { address: 64, sizeBytes: 64, layout: "rows", type: "float32" } as const;
  refuse({ input: port }, "input is 64 bytes of float32 in rows");
});
