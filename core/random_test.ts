import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRandom, restoreRandom } from "./random.ts";
import { mean, standardDeviation } from "./statistics.ts";

Deno.test("Random.next() is xoshiro128**", () => {
  // Recomputed with big integers from the authors' definition, for the state 1, 2, 3, 4.
  const words = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849];
  const random = restoreRandom([1, 2, 3, 4]);
  assertEquals(words.map(() => random.next() * 2 ** 32), words);
});

Deno.test("createRandom() gives these numbers for ever", () => {
  const random = createRandom(1);
  assertEquals(Array.from({ length: 5 }, () => random.integer(1000)), [994, 972, 563, 316, 592]);
  const named = createRandom("masks");
  assertEquals(Array.from({ length: 5 }, () => named.integer(1000)), [475, 514, 604, 731, 649]);
});

Deno.test("createRandom() tells seeds apart, numbers from texts too", () => {
  const firsts = [0, 1, -1, 0.5, 2 ** 40, "1", "0", ""].map((seed) => createRandom(seed).next());
  assertEquals(new Set(firsts).size, firsts.length);
  assertThrows(() => createRandom(NaN), RangeError, "Cannot seed random numbers: NaN");
});

Deno.test("Random.integer() reaches every integer about equally often", () => {
  const random = createRandom(2);
  const counts = new Array<number>(6).fill(0);
  for (let i = 0; i < 60_000; i++) counts[random.integer(6)]!++;
  // Chi-squared with 5 degrees of freedom is above 20.5 once in a thousand.
  const chiSquared = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  assert(chiSquared < 20.5, `${counts}`);
});

Deno.test("Random.integer() favours nothing where 2^32 does not divide", () => {
  const random = createRandom(9);
  const below = 3 * 2 ** 30;
  // Taking remainders alone would put half of the draws into the first third.
  const first = Array.from({ length: 10_000 }, () => random.integer(below)).filter((x) =>
    x < 2 ** 30
  );
  assertAlmostEquals(first.length / 10_000, 1 / 3, 0.02);
});

Deno.test("Random.integer() draws from 1 to 2^32 values and refuses the rest", () => {
  const random = createRandom(3);
  assertEquals(random.integer(1), 0);
  assert(random.integer(2 ** 32) >= 0);
  for (const below of [0, -1, 1.5, NaN, 2 ** 32 + 1]) {
    assertThrows(() => random.integer(below), RangeError, `below ${below}`);
  }
});

Deno.test("Random.normal() has mean 0, deviation 1 and normal tails", () => {
  const random = createRandom(4);
  const drawn = Float64Array.from({ length: 100_000 }, () => random.normal());
  assertAlmostEquals(mean(drawn), 0, 0.015);
  assertAlmostEquals(standardDeviation(drawn), 1, 0.01);
  assertAlmostEquals(drawn.filter((x) => Math.abs(x) > 1.96).length / drawn.length, 0.05, 0.003);
});

Deno.test("Random.shuffle() gives every order equally often", () => {
  const random = createRandom(5);
  const counts = new Map<string, number>();
  for (let i = 0; i < 12_000; i++) {
    const items = ["a", "b", "c", "d"];
    random.shuffle(items);
    counts.set(items.join(""), (counts.get(items.join("")) ?? 0) + 1);
  }
  assertEquals(counts.size, 24);
  // Each is expected 500 times; 100 is 4.6 standard deviations.
  assert([...counts.values()].every((count) => Math.abs(count - 500) < 100));
});

Deno.test("Random.shuffle() shuffles typed arrays in place", () => {
  const items = Uint32Array.from({ length: 100 }, (_, i) => i);
  createRandom(6).shuffle(items);
  assert(items.some((item, i) => item !== i));
  assertEquals(items.toSorted(), Uint32Array.from({ length: 100 }, (_, i) => i));
});

Deno.test("Random.fork() is repeatable, its own, and leaves the parent alone", () => {
  const parent = createRandom(7);
  const before = parent.state();
  const child = parent.fork("dropout").next();
  assertEquals(parent.state(), before);
  assertEquals(parent.fork("dropout").next(), child);
  assertEquals(parent.fork("order").next() === child, false);
  parent.next();
  assertEquals(parent.fork("dropout").next() === child, false);
});

Deno.test("restoreRandom() goes on where the state was taken", () => {
  const random = createRandom(8);
  random.normal();
  const copy = restoreRandom(JSON.parse(JSON.stringify(random.state())));
  for (let i = 0; i < 100; i++) assertEquals(copy.next(), random.next());
});

Deno.test("restoreRandom() refuses what is no state", () => {
  for (
    const state of [[], [1, 2, 3], [0, 0, 0, 0], [1, 2, 3, -1], [1, 2, 3, 0.5], [1, 2, 3, 2 ** 32]]
  ) {
    assertThrows(() => restoreRandom(state), RangeError, "Cannot restore random numbers");
  }
});
