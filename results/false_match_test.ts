import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { falseMatchProbability, PUBLISHED_MATCHES } from "./false_match.ts";

/** Half a unit of the last printed digit of each published point, in their order. */
const PRINTED = [5e-6, 5e-9, 5e-10, 5e-4, 5e-11, 5e-7, 5e-10];

Deno.test("falseMatchProbability() gives the published points to their printed precision", () => {
  assertEquals(PUBLISHED_MATCHES.length, PRINTED.length);
  for (const [i, { sizes, probability }] of PUBLISHED_MATCHES.entries()) {
    assertAlmostEquals(falseMatchProbability(sizes), probability, PRINTED[i]);
  }
});

Deno.test("falseMatchProbability() agrees with counting all choices of a small case", () => {
  // 3 of 6 inputs active, 2 synapses: of 15 pairs 3 lie within the active ones, 9 half, 3 outside.
  const sizes = { inputs: 6, active: 3, synapses: 2 };
  assertAlmostEquals(falseMatchProbability({ ...sizes, threshold: 2 }), 3 / 15, 1e-15);
  assertAlmostEquals(falseMatchProbability({ ...sizes, threshold: 1 }), 12 / 15, 1e-15);
  assertEquals(falseMatchProbability({ ...sizes, threshold: 0 }), 1);
});

Deno.test("falseMatchProbability() does not lose probabilities below the smallest quotient of doubles", () => {
  const sizes = { inputs: 20_000, active: 64, synapses: 64, threshold: 64 };
  const probability = falseMatchProbability(sizes);
  assert(probability > 1e-190 && probability < 1e-180, `${probability}`); // 1 / C(20000, 64)
});

Deno.test("falseMatchProbability() of the published dense curve is not what its file says", () => {
  const sizes = { inputs: 300, active: 150, synapses: 24, threshold: 12 };
  assertAlmostEquals(falseMatchProbability(sizes), 0.58, 0.005);
});

Deno.test("falseMatchProbability() refuses sizes that cannot be", () => {
  const sizes = { inputs: 10, active: 4, synapses: 4, threshold: 2 };
  assertThrows(() => falseMatchProbability({ ...sizes, active: 11 }), RangeError, `"active":11`);
  assertThrows(() => falseMatchProbability({ ...sizes, synapses: 1.5 }), RangeError);
});
