import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { dropMask } from "./dropout.ts";

Deno.test("dropMask() drops the rate, keeps the mean, and depends on the seed alone", () => {
  const x = new Float32Array(20_001).fill(2);
  const drop = (seed: number, rate = 0.1) => {
    const y = new Float32Array(x.length);
    dropMask(x, rate, seed, y);
    return y;
  };
  const y = drop(7);
  const zeros = y.filter((value) => value === 0).length;
  assertAlmostEquals(zeros / y.length, 0.1, 0.01);
  assertAlmostEquals(y.reduce((sum, value) => sum + value, 0) / y.length, 2, 0.02);
  assertEquals(drop(7), y);
  assert(drop(8).some((value, i) => value !== y[i]));
  assertEquals(drop(0, 0), x);
  // Independent neighbours are dropped together once in a hundred, next to each other or a turn apart.
  for (const distance of [1, 16]) {
    const both = y.filter((value, i) => value === 0 && y[i + distance] === 0).length;
    assertAlmostEquals(both / y.length, 0.01, 0.003, `${distance} apart`);
  }
});
