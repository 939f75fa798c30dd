import { assertEquals, assertThrows } from "@std/assert";
import type { ConvolutionWeights } from "./convolution_weights.ts";
import { type ConvolutionPacking, packConvolution, streamOf } from "./packed_convolution.ts";
import { channelBytes, plainPlanes } from "./planes.ts";
import { placeWindow } from "./window.ts";

const WINDOW = placeWindow({ image: [4, 4], kernel: [1, 2] });
const INPUT = plainPlanes({ channels: 2, size: [4, 4] });
const PACKING: ConvolutionPacking = {
  window: WINDOW,
  input: INPUT,
  outputChannelBytes: 1000,
  rows: 1,
  unroll: 1,
};

function weightsOf(
  values: readonly number[],
  outputChannels: number,
  groups = 1,
): ConvolutionWeights {
  return { values: Float32Array.from(values), outputChannels, inputChannels: 2, groups };
}

/** A stream word by word; floats where they stand. */
function words(stream: Uint32Array, isFloat: (at: number) => boolean): number[] {
  const floats = new Float32Array(stream.buffer);
  return [...stream].map((word, at) => isFloat(at) ? floats[at]! : word);
}

Deno.test("packConvolution() stores what is not zero, full blocks first", () => {
  const packed = packConvolution(weightsOf([0, 5, 0, 0, 1, 0, 2, 3], 2), {
    ...PACKING,
    bias: Float32Array.of(10, 20),
  });
  const next = channelBytes(INPUT);
  assertEquals(
    words(streamOf(packed.passes[0]!), (at) => [2, 4, 6, 8, 11, 13].includes(at)),
    [3, 1000, 20, 0, 1, next, 2, next + 4, 3, 1, 0, 10, 4, 5],
  );
  assertEquals(packed.blocks, [
    { channel: 1, columns: 3 },
    { channel: 0, columns: 1 },
  ]);
  assertEquals(packed.passes[0]!.starts, [0, 9]);
  assertEquals([packed.nonZero, packed.stored, packed.paddedChannels], [4, 4, 2]);
});

Deno.test("packConvolution() stores zeros, too, for a kernel that skips nothing", () => {
  const weights = weightsOf([0, 5, 0, 0, 1, 0, 2, 3], 2);
  const packed = packConvolution(weights, { ...PACKING, everyColumn: true });
  assertEquals(packed.blocks.map(({ columns }) => columns), [4, 4]);
  assertEquals([packed.nonZero, packed.stored], [4, 8]);
});

Deno.test("packConvolution() keeps blocks together and fills up the last", () => {
  const values = [1, 0, 0, 0, 0, 0, 0, 2, 3, 0, 0, 0];
  const packed = packConvolution(weightsOf(values, 3), { ...PACKING, rows: 2 });
  assertEquals([packed.stored, packed.paddedChannels], [6, 4]);
  const [first] = packed.blocks;
  assertEquals(first, { channel: 0, columns: 2 });
  const floats = new Float32Array(streamOf(packed.passes[0]!).buffer);
  assertEquals([...floats.slice(5, 7)], [1, 0]);
  assertEquals([...floats.slice(8, 10)], [0, 2]);
});

Deno.test("packConvolution() counts turns, and the columns that fill none before them", () => {
  const packed = packConvolution(weightsOf([1, 2, 3, 0], 1), { ...PACKING, unroll: 2 });
  assertEquals([streamOf(packed.passes[0]!)[0], streamOf(packed.passes[0]!)[7]], [1, 1]);
  const whole = packConvolution(weightsOf([1, 2, 0, 0], 1), { ...PACKING, unroll: 2 });
  assertEquals([streamOf(whole.passes[0]!)[0], streamOf(whole.passes[0]!).at(-1)], [1, 0]);
});

Deno.test("packConvolution() cuts columns into passes, blocks in the same order, biases in the first", () => {
  const packed = packConvolution(weightsOf([1, 2, 3, 4], 1), {
    ...PACKING,
    bias: Float32Array.of(9),
    cuts: (columns) => {
      assertEquals(columns, 4);
      return [1];
    },
  });
  const isFloat = (at: number): boolean => [2, 4, 6].includes(at);
  const next = channelBytes(INPUT);
  assertEquals(packed.passes.map((pass) => words(streamOf(pass), isFloat)), [
    [2, 0, 9, 0, 1, 4, 2],
    [2, 0, 0, next, 3, next + 4, 4],
  ]);
  assertThrows(
    () => packConvolution(weightsOf([1, 2, 3, 4], 1), { ...PACKING, cuts: () => [2] }),
    RangeError,
    "passes begin at input channels 0,2,2",
  );
});

Deno.test("packConvolution() lets a group see its own channels only", () => {
  const packed = packConvolution(weightsOf([1, 2, 3, 4], 2, 2), PACKING);
  const next = channelBytes(INPUT);
  assertEquals([streamOf(packed.passes[0]!)[3], streamOf(packed.passes[0]!)[10]], [0, next]);
});

Deno.test("packConvolution() takes NaN for a weight, and -0 for none", () => {
  assertEquals(packConvolution(weightsOf([NaN, -0, 0, 0], 1), PACKING).nonZero, 1);
  assertEquals(packConvolution(weightsOf([0, 0, 0, 0], 1), PACKING).stored, 0);
});

Deno.test("packConvolution() refuses numbers that do not fit", () => {
  const cases: readonly [() => unknown, string][] = [
    [() => packConvolution(weightsOf([1, 2], 1), PACKING), "2 weights, expected 1 x 2 x 1 x 2"],
    [() => packConvolution(weightsOf([1, 2, 3, 4], 3, 2), PACKING), "groups that divide both"],
    [() => packConvolution(weightsOf([], 0), PACKING), "expected at least 1"],
    [
      () => packConvolution(weightsOf([1, 2, 3, 4], 1), { ...PACKING, bias: new Float32Array(2) }),
      "2 biases, expected 1",
    ],
    [
      () => packConvolution(weightsOf([1, 2, 3, 4], 2, 2), { ...PACKING, rows: 2 }),
      "a divisor of the 1 of a group",
    ],
    [
      () =>
        packConvolution(weightsOf([1, 2, 3, 4], 1), { ...PACKING, outputChannelBytes: 2 ** 33 }),
      "expected at most 4 GiB",
    ],
    [
      () =>
        packConvolution(weightsOf([1, 2, 3, 4], 1), {
          ...PACKING,
          input: plainPlanes({ channels: 3, size: [4, 4] }),
        }),
      "planes of 3 channels, expected 2",
    ],
  ];
  for (const [pack, message] of cases) assertThrows(pack, RangeError, message);
});
