import { assert, assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern, type Random } from "../../core/mod.ts";
import type { Backend } from "../backend.ts";
import { convolutionWeights, placeWindow, type Window } from "../formats/mod.ts";
import { kernelSupport, openBackend } from "../open.ts";
import { randomWeights, referenceConvolution } from "../reference/mod.ts";
import { type ConvolutionLayer, prepareConvolution } from "./convolution.ts";
import type { Layer } from "./layer.ts";

const ARENA_BYTES = 1 << 22;
const ALL_ONE = { top: 1, left: 1, bottom: 1, right: 1 };
const TAP_VIEWS = ["phases", "columns", "taps"] as const;
const TARGET = kernelSupport().targets[0]!;

function uniform(random: Random, length: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, () => 2 * random.next() - 1);
}

/** Weights of a pattern, `[OC][IC / groups][KH][KW]`. */
function drawWeights(
  random: Random,
  name: string,
  [outputChannels, inputChannels, groups]: readonly [number, number, number],
  kernel: readonly [number, number],
): ConvolutionLayer["weights"] {
  const taps = kernel[0] * kernel[1];
  const matrix = randomWeights(
    random,
    outputChannels,
    taps * inputChannels / groups,
    parsePattern(name),
  );
  const values = convolutionWeights(matrix, outputChannels, taps);
  return { values, outputChannels, inputChannels, groups };
}

function assertNear(actual: Float32Array, expected: Float64Array, what: string): void {
  assertEquals(actual.length, expected.length, what);
  const worst = expected.reduce((most, y, i) => Math.max(most, Math.abs(y - actual[i]!)), 0);
  assert(worst < 3e-4, `${what}: off by ${worst}`);
}

async function run(backend: Backend, layers: readonly Layer[]): Promise<void> {
  const threads = layers[0]!.steps.map((_, thread) =>
    layers.flatMap(({ steps }) => [...steps[thread]!, { do: "barrier" } as const])
  );
  using program = backend.build(threads);
  await program.run();
}

const CASES: readonly {
  readonly what: string;
  readonly channels: readonly [outputs: number, inputs: number, groups: number];
  readonly window: Window;
  readonly patterns: readonly string[];
  readonly images?: number;
}[] = [
  {
    what: "3x3, two images",
    channels: [12, 5, 1],
    window: { image: [14, 14], kernel: [3, 3], pads: ALL_ONE },
    patterns: ["dense", "4x1", "2x1", "unstructured", "2:4"],
    images: 2,
  },
  {
    what: "several passes over the input channels",
    channels: [9, 160, 1],
    window: { image: [12, 20], kernel: [3, 3], pads: ALL_ONE },
    patterns: ["dense", "4x1", "2x1", "unstructured"],
  },
  {
    what: "stride 2 of odd sizes",
    channels: [8, 3, 1],
    window: { image: [15, 13], kernel: [7, 7], stride: [2, 2], pads: { ...ALL_ONE, top: 3 } },
    patterns: ["dense", "unstructured"],
  },
  {
    what: "stride 3",
    channels: [6, 3, 1],
    window: { image: [10, 10], kernel: [3, 3], stride: [3, 3], pads: ALL_ONE },
    patterns: ["dense", "unstructured"],
  },
  {
    what: "groups",
    channels: [16, 8, 4],
    window: { image: [7, 7], kernel: [3, 3], pads: ALL_ONE },
    patterns: ["dense", "4x1", "unstructured"],
  },
  {
    what: "depthwise, dilated",
    channels: [5, 5, 5],
    window: { image: [9, 20], kernel: [3, 3], dilation: [2, 2], pads: ALL_ONE },
    patterns: ["dense", "unstructured"],
  },
];

for (const { what, channels, window, patterns, images = 1 } of CASES) {
  for (const threads of [1, 2, 3]) {
    Deno.test(`prepareConvolution() agrees with the reference: ${what}, threads = ${threads}`, async () => {
      const random = createRandom(what);
      for (const name of patterns) {
        const wide = channels[1] > 100; // its reference takes long
        for (const tapViews of [undefined, ...wide ? [] : TAP_VIEWS]) {
          using backend = openBackend({ target: TARGET, arenaBytes: ARENA_BYTES, threads });
          const weights = drawWeights(random, name, channels, window.kernel);
          const bias = uniform(random, channels[0]);
          const pattern = parsePattern(name);
          const options = {
            weights,
            bias,
            window,
            images,
            pattern,
            threads,
            post: "relu",
          } as const;
          const layer = prepareConvolution(backend, { ...options, ...tapViews && { tapViews } });
          const x = uniform(random, images * channels[1] * window.image[0] * window.image[1]);
          layer.writeInput(x);
          await run(backend, [layer]);
          const placed = placeWindow(window);
          const expected = referenceConvolution({
            weights,
            window: placed,
            images,
            x,
            bias,
            residual: null,
            post: "relu",
          });
          assertNear(layer.readOutput() as Float32Array, expected, `${name} ${tapViews}`);
        }
      }
    });
  }
}

Deno.test("prepareConvolution() chains layers in place, with a residual: a bottleneck", async () => {
  const random = createRandom("bottleneck");
  const image = [7, 7] as const;
  const narrow = { image, kernel: [1, 1] } as const;
  const middle = { image, kernel: [3, 3], pads: ALL_ONE } as const;
  const pattern = parsePattern("4x1");
  for (const threads of [1, 2]) {
    using backend = openBackend({ target: TARGET, arenaBytes: ARENA_BYTES, threads });
    const weights = ([[4, 8, narrow], [4, 4, middle], [8, 4, narrow]] as const).map(
      ([out, into, { kernel }]) => drawWeights(random, "4x1", [out, into, 1], kernel),
    );
    const shared = { pattern, threads, post: "relu" } as const;
    const first = prepareConvolution(backend, {
      ...shared,
      weights: weights[0]!,
      window: narrow,
      outputPads: ALL_ONE,
    });
    const second = prepareConvolution(backend, {
      ...shared,
      weights: weights[1]!,
      window: middle,
      input: first.output,
    });
    assertEquals(second.input, first.output);
    assertEquals(second.steps[0]!.length, first.steps[0]!.length, "nothing is copied");
    const third = prepareConvolution(backend, {
      ...shared,
      weights: weights[2]!,
      window: narrow,
      input: second.output,
      residual: first.input,
    });
    const x = uniform(random, 8 * 49);
    first.writeInput(x);
    await run(backend, [first, second, third]);
    const reference = (i: number, x: Float32Array, residual: Float32Array | null): Float32Array =>
      Float32Array.from(referenceConvolution({
        weights: weights[i]!,
        window: placeWindow([narrow, middle, narrow][i]!),
        images: 1,
        x,
        bias: null,
        residual,
        post: "relu",
      }));
    const expected = reference(2, reference(1, reference(0, x, null), null), x);
    assertNear(
      third.readOutput() as Float32Array,
      Float64Array.from(expected),
      `${threads} threads`,
    );
  }
});

Deno.test("prepareConvolution() copies what cannot be read in place", () => {
  using backend = openBackend({ target: TARGET, arenaBytes: ARENA_BYTES });
  const random = createRandom("copies");
  const pattern = parsePattern("dense");
  const weights = drawWeights(random, "dense", [4, 4, 1], [3, 3]);
  const bare = prepareConvolution(backend, {
    weights,
    pattern,
    window: { image: [9, 9], kernel: [3, 3] },
  });
  const padded = prepareConvolution(backend, {
    weights,
    pattern,
    window: { image: [7, 7], kernel: [3, 3], pads: ALL_ONE },
    input: bare.output,
  });
  assertEquals(padded.steps[0]!.filter((step) => step.do === "barrier").length, 1);
});

Deno.test("prepareConvolution() carries NaN and infinity to the outputs that see them", async () => {
  using backend = openBackend({ target: TARGET, arenaBytes: ARENA_BYTES });
  const values = new Float32Array(2 * 9);
  values[4] = 1; // the middle of the first output channel; the second has no weights
  const layer = prepareConvolution(backend, {
    weights: { values, outputChannels: 2, inputChannels: 1, groups: 1 },
    pattern: parsePattern("unstructured"),
    window: { image: [3, 3], kernel: [3, 3], pads: ALL_ONE },
  });
  layer.writeInput(Float32Array.of(1, NaN, 2, -Infinity, 3, Infinity, 4, 5, 6));
  await run(backend, [layer]);
  assertEquals([...layer.readOutput()], [
    1,
    NaN,
    2,
    -Infinity,
    3,
    Infinity,
    4,
    5,
    6,
    ...Array(9).fill(0),
  ]);
});

Deno.test("prepareConvolution() names the sizes that it refuses", () => {
  using backend = openBackend({ target: TARGET, arenaBytes: 1 << 16 });
  const weights = drawWeights(createRandom(1), "dense", [2, 2, 1], [3, 3]);
  const options = { weights, pattern: parsePattern("dense") } as const;
  const cases: readonly [() => unknown, string][] = [
    [
      () => prepareConvolution(backend, { ...options, window: { image: [2, 2], kernel: [3, 3] } }),
      "3 rows of taps over 2 padded rows",
    ],
    [
      () =>
        prepareConvolution(backend, { ...options, window: { image: [999, 999], kernel: [3, 3] } }),
      "bytes",
    ],
    [
      () =>
        prepareConvolution(backend, {
          ...options,
          window: { image: [40000, 40000], kernel: [3, 3] },
        }),
      "expected at most 4 GiB",
    ],
    [
      () =>
        prepareConvolution(backend, {
          ...options,
          weights: { ...weights, groups: 3 },
          window: { image: [5, 5], kernel: [3, 3] },
        }),
      "groups that divide both",
    ],
  ];
  for (const [prepare, message] of cases) assertThrows(prepare, RangeError, message);
});

Deno.test("prepareConvolution() reads many channels in passes, and few at once", () => {
  using backend = openBackend({ target: TARGET, arenaBytes: ARENA_BYTES });
  const callsOf = (name: string, channels: number): number => {
    const layer = prepareConvolution(backend, {
      weights: drawWeights(createRandom(1), name, [4, channels, 1], [3, 3]),
      pattern: parsePattern(name),
      window: { image: [7, 7], kernel: [3, 3], pads: ALL_ONE },
      tapViews: "phases",
    });
    return layer.steps[0]!.length;
  };
  assertEquals(callsOf("unstructured", 8), 1);
  assert(callsOf("unstructured", 512) > 1);
});
