import { assert, assertEquals, assertThrows } from "@std/assert";
import { createRandom, type Random } from "../../core/mod.ts";
import type { Backend } from "../backend.ts";
import { placeWindow, type Window } from "../formats/mod.ts";
import { kernelSupport, openBackend } from "../open.ts";
import { referencePooling } from "../reference/mod.ts";
import { prepareConvolution } from "./convolution.ts";
import type { Layer } from "./layer.ts";
import { prepareGlobalPooling, preparePooling } from "./pooling.ts";

const ARENA_BYTES = 1 << 22;
const ALL_ONE = { top: 1, left: 1, bottom: 1, right: 1 };
const TARGET = kernelSupport().targets[0]!;

function uniform(random: Random, length: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, () => 2 * random.next() - 1);
}

async function run(backend: Backend, layers: readonly Layer[]): Promise<void> {
  const threads = layers[0]!.steps.map((_, thread) =>
    layers.flatMap(({ steps }) => [...steps[thread]!, { do: "barrier" } as const])
  );
  using program = backend.build(threads);
  await program.run();
}

function assertNear(actual: Float32Array, expected: Float64Array, what: string): void {
  assertEquals(actual.length, expected.length, what);
  const worst = expected.reduce((most, y, i) => Math.max(most, Math.abs(y - actual[i]!)), 0);
  assert(worst < 1e-5, `${what}: off by ${worst}`);
}

const WINDOWS: readonly Window[] = [
  // the pooling behind the stem of a ResNet
  { image: [12, 12], kernel: [3, 3], stride: [2, 2], pads: ALL_ONE },
  { image: [13, 11], kernel: [2, 2], stride: [2, 2], ceilMode: true },
  { image: [9, 20], kernel: [3, 2], dilation: [2, 1] },
];

for (const threads of [1, 2]) {
  Deno.test(`preparePooling() agrees with the reference, threads = ${threads}`, async () => {
    const random = createRandom(threads);
    for (const window of WINDOWS) {
      for (const kind of ["max", "average", "average_with_pads"] as const) {
        using backend = openBackend({ target: TARGET, arenaBytes: ARENA_BYTES, threads });
        const layer = preparePooling(backend, {
          pooling: kind === "max" ? "max" : "average",
          countPads: kind === "average_with_pads",
          window,
          channels: 3,
          images: 2,
          threads,
        });
        const x = uniform(random, 6 * window.image[0] * window.image[1]);
        layer.writeInput(x);
        await run(backend, [layer]);
        const placed = placeWindow(window);
        const expected = referencePooling({ window: placed, pooling: kind, planes: 6, x });
        assertNear(
          layer.readOutput() as Float32Array,
          expected,
          `${kind} ${JSON.stringify(window)}`,
        );
      }
    }
  });
}

Deno.test("preparePooling() reads zeros around a ReLU's output in place if told that it is never negative", () => {
  using backend = openBackend({ target: TARGET, arenaBytes: ARENA_BYTES });
  const convolution = prepareConvolution(backend, {
    weights: {
      values: new Float32Array(2).fill(1),
      outputChannels: 2,
      inputChannels: 1,
      groups: 1,
    },
    pattern: { kind: "dense" },
    window: { image: [8, 8], kernel: [1, 1] },
    post: "relu",
    outputPads: ALL_ONE,
  });
  const options = {
    pooling: "max",
    window: { image: [8, 8], kernel: [3, 3], pads: ALL_ONE },
    channels: 2,
    input: convolution.output,
  } as const;
  const calls = (layer: Layer): number => layer.steps[0]!.length;
  const copied = preparePooling(backend, options);
  const inPlace = preparePooling(backend, { ...options, nonNegative: true });
  assert(calls(copied) > calls(inPlace), `${calls(copied)} calls against ${calls(inPlace)}`);
});

Deno.test("prepareGlobalPooling() writes images into the lanes of panels", async () => {
  const random = createRandom("global");
  for (const kind of ["max", "average"] as const) {
    for (const threads of [1, 2]) {
      using backend = openBackend({ target: TARGET, arenaBytes: ARENA_BYTES, threads });
      const [channels, images] = [5, 18];
      const layer = prepareGlobalPooling(backend, {
        pooling: kind,
        size: [7, 7],
        channels,
        images,
        threads,
      });
      const x = uniform(random, images * channels * 49);
      layer.writeInput(x);
      await run(backend, [layer]);
      const window = placeWindow({ image: [7, 7], kernel: [7, 7] });
      const expected = referencePooling({ window, pooling: kind, planes: images * channels, x });
      assertNear(layer.readOutput() as Float32Array, expected, kind);
      assertEquals(layer.output.layout, "panels of 16");
    }
  }
});

Deno.test("preparePooling() refuses windows that could see pads only, and other tensors", () => {
  using backend = openBackend({ target: TARGET, arenaBytes: ARENA_BYTES });
  const options = { pooling: "max", channels: 1 } as const;
  assertThrows(
    () =>
      preparePooling(backend, {
        ...options,
        window: { image: [4, 4], kernel: [1, 2], pads: ALL_ONE },
      }),
    RangeError,
    "pads 1,1,1,1 of a window of 1 x 2 cells",
  );
  const first = preparePooling(backend, { ...options, window: { image: [4, 4], kernel: [2, 2] } });
  assertThrows(
    () =>
      preparePooling(backend, {
        ...options,
        window: { image: [4, 4], kernel: [2, 2] },
        input: first.output,
      }),
    RangeError,
    "it is 1 x 1 x 3 x 3, expected 1 x 1 x 4 x 4",
  );
  assertThrows(
    () => prepareGlobalPooling(backend, { ...options, size: [2, 2], input: first.output }),
    RangeError,
    "expected 1 x 1 x 2 x 2",
  );
});
