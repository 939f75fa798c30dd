// The references against figures from elsewhere.
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom, parsePattern } from "../../core/mod.ts";
import { erfc, referenceGelu, referencePostOp } from "./activations.ts";
import { referenceContext, referenceScores } from "./attention.ts";
import { referenceEmbed } from "./embedding.ts";
import { referenceLinear } from "./linear.ts";
import { referenceLayerNorm, referenceSoftmax } from "./normalisation.ts";
import { referencePairProducts } from "./pair_products.ts";
import {
  referenceDequantize,
  referenceQuantizedSums,
  referenceRequantize,
} from "./quantized_linear.ts";
import { randomWeights } from "./random_weights.ts";

Deno.test("erfc() agrees with Abramowitz & Stegun, table 7.1", () => {
  const erf = [[0, 0], [0.5, 0.5204998778], [1, 0.8427007929], [1.5, 0.9661051465], [
    2,
    0.995322265,
  ]];
  for (const [x, value] of erf) assertAlmostEquals(1 - erfc(x!), value!, 1e-10);
});

Deno.test("erfc() keeps its digits in the tail and is smooth where its two forms meet", () => {
  assertAlmostEquals(erfc(5) / 1.5374597944280349e-12, 1, 1e-12);
  assertAlmostEquals(erfc(2.5) / erfc(2.5 - 1e-9), 1 - 1e-9 * 5.3, 1e-9);
  assertAlmostEquals(erfc(-1) + erfc(1), 2, 1e-15);
});

Deno.test("referenceGelu() agrees with PyTorch's", () => {
  assertAlmostEquals(referenceGelu(1), 0.8413447460685429, 1e-14);
  assertAlmostEquals(referenceGelu(-1), -0.15865525393145707, 1e-14);
  assertEquals(referenceGelu(0), 0);
});

Deno.test("referencePostOp() knows every post-op", () => {
  assertEquals((["none", "relu"] as const).map((post) => referencePostOp(post, -2)), [-2, 0]);
  assertAlmostEquals(referencePostOp("tanh", 1), 0.7615941559557649, 1e-15);
  assertAlmostEquals(referencePostOp("sigmoid", 1), 0.7310585786300049, 1e-15);
});

Deno.test("referencePairProducts() multiplies vectors of the same lane", () => {
  const x = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8); // two vectors of two features in two lanes
  const y = referencePairProducts(x, [[1, 0], [1, 1]], { features: 2, lanes: 2 });
  assertEquals([...y], [5 + 21, 12 + 32, 25 + 49, 36 + 64]);
});

Deno.test("referenceLinear() multiplies and adds", () => {
  const problem = {
    weights: Float32Array.of(1, 2, 3, 4),
    rows: 2,
    cols: 2,
    lanes: 1,
    x: Float32Array.of(10, 100),
    bias: Float32Array.of(1, -1000),
    residual: Float32Array.of(5, 5),
    post: "relu",
  } as const;
  assertEquals([...referenceLinear(problem)], [216, 0]);
});

Deno.test("referenceScores() and referenceContext() multiply along features and along keys", () => {
  const problem = { features: 2, keys: 2, queries: 1 };
  const key = Float32Array.of(1, 2, 3, 4);
  const query = Float32Array.of(1, 10);
  assertEquals([...referenceScores(problem, key, query, 0.5, Float32Array.of(0, 1))], [15.5, 22]);
  assertEquals([...referenceContext(problem, key, query)], [21, 43]);
});

Deno.test("referenceSoftmax() is unmoved by a shift and sums to 1", () => {
  const y = referenceSoftmax(Float32Array.of(1000, 1001), 2, 1);
  assertAlmostEquals(y[1]!, 1 / (1 + Math.exp(-1)), 1e-15);
  assertAlmostEquals(y[0]! + y[1]!, 1, 1e-15);
});

Deno.test("referenceLayerNorm() has mean β and deviation γ", () => {
  const affine = { gamma: Float32Array.of(2, 2), beta: Float32Array.of(1, 1), epsilon: 0 };
  const y = referenceLayerNorm(Float32Array.of(3, 5), Float32Array.of(0, 2), 2, 1, affine);
  assertEquals([...y], [-1, 3]);
});

Deno.test("referenceEmbed() adds table rows", () => {
  const table = Float32Array.of(1, 2, 3, 4);
  assertEquals([...referenceEmbed([{ table, ids: [1, 0] }, { table, ids: [0, 0] }], 2)], [
    4,
    2,
    6,
    4,
  ]);
});

Deno.test("randomWeights() zeroes whole units of the pattern", () => {
  const weights = randomWeights(createRandom(1), 4, 64, parsePattern("4x1"));
  let zeros = 0;
  for (let col = 0; col < 64; col++) {
    const column = [0, 1, 2, 3].filter((row) => weights[row * 64 + col] === 0).length;
    assertEquals(column % 4, 0);
    zeros += column;
  }
  assertAlmostEquals(zeros / 256, 0.6, 0.2);
  const groups = randomWeights(createRandom(1), 1, 64, parsePattern("1:4"));
  for (let at = 0; at < 64; at += 4) {
    assertEquals(groups.subarray(at, at + 4).filter((value) => value !== 0).length, 1);
  }
});

Deno.test("referenceQuantizedSums() takes the zero point off every activation", () => {
  const problem = {
    ...{ weights: Int8Array.of(1, -128), rows: 1, cols: 2, lanes: 2 },
    x: Uint8Array.of(10, 0, 255, 3),
    zeroPoint: 3,
    bias: Int32Array.of(7),
  };
  assertEquals([...referenceQuantizedSums(problem)], [7 - 128 * 252 + 7, 7 - 3]);
});

Deno.test("referenceRequantize() rounds ties to even, then adds the zero point, then saturates", () => {
  const scales = Float32Array.of(0.5, 1000);
  const sums = Int32Array.of(1, 3, -1, -300, 2 ** 31 - 1, -(2 ** 31), 0, -1);
  const whole = { scales, zeroPoint: 4, smallest: 0, largest: 255 };
  assertEquals([...referenceRequantize(sums, whole)], [4, 6, 4, 0, 255, 0, 4, 0]);
  const relu = { scales, zeroPoint: 4, smallest: 4, largest: 127 };
  assertEquals([...referenceRequantize(sums, relu)], [4, 6, 4, 4, 127, 4, 4, 4]);
});

Deno.test("referenceDequantize() rounds sums beyond 24 bits to float32 first", () => {
  const sums = Int32Array.of(2 ** 24 + 1, -5);
  assertEquals([...referenceDequantize(sums, Float32Array.of(3), true)], [3 * 2 ** 24, 0]);
});
