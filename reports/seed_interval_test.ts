import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { gapsOf, isBounded, seedInterval } from "./seed_interval.ts";

Deno.test("seedInterval() follows Student's t", () => {
  // R: t.test(c(1, 2, 3, 4))$conf.int
  const { estimate, low, high } = seedInterval([1, 2, 3, 4])!;
  assertEquals(estimate, 2.5);
  assertAlmostEquals(low, 0.4457397, 1e-3);
  assertAlmostEquals(high, 4.5542603, 1e-3);
});

Deno.test("seedInterval() goes on past its table without a jump", () => {
  // R: qt(0.975, 11) = 2.200985, qt(0.975, 31) = 2.039513
  for (const [degrees, quantile] of [[11, 2.200985], [31, 2.039513]] as const) {
    const n = degrees + 1;
    // As many 1 as -1: the mean is 0 and the sum of squares n.
    const values = Array.from({ length: n }, (_, i) => i % 2 === 0 ? 1 : -1);
    const standardError = Math.sqrt(n / degrees) / Math.sqrt(n);
    assertAlmostEquals(seedInterval(values)!.high / standardError, quantile, 5e-4);
  }
});

Deno.test("seedInterval() knows no ends for one seed, and nothing for none", () => {
  const single = seedInterval([0.9])!;
  assertEquals(single.estimate, 0.9);
  assert(!isBounded(single));
  assertEquals(seedInterval([]), null);
});

Deno.test("gapsOf() pairs seeds, and takes the dense mean for a seed without a dense model", () => {
  const dense = { mean: 0.5, sd: 0, values: [0.25, 0.75] };
  const sparse = { mean: 0.5, sd: 0, values: [0.5, 0.5, 0.75] };
  assertEquals(gapsOf({ dense, sparse }), [0.25, -0.25, 0.25]);
});
