import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { meanInterval } from "./mean_interval.ts";

Deno.test("meanInterval() agrees with R's t.test", () => {
  // R: t.test(c(.89, .9, .91))$conf.int
  const { estimate, low, high } = meanInterval([0.89, 0.9, 0.91]);
  assertAlmostEquals(estimate, 0.9, 1e-12);
  assertAlmostEquals(low, 0.8751586, 1e-5);
  assertAlmostEquals(high, 0.9248414, 1e-5);
});

Deno.test("meanInterval() goes on smoothly past the table of t", () => {
  // R: qt(.975, c(10, 11, 29))
  for (const [n, t] of [[11, 2.228139], [12, 2.200985], [30, 2.04523]] as const) {
    const values = Array.from({ length: n }, (_, i) => 0.5 + (i % 2 === 0 ? 0.01 : -0.01));
    const { estimate, high } = meanInterval(values);
    const sd = Math.sqrt(values.reduce((sum, x) => sum + (x - estimate) ** 2, 0) / (n - 1));
    assertAlmostEquals((high - estimate) / sd * Math.sqrt(n), t, 5e-4);
  }
});

Deno.test("meanInterval() gives a single value no ends, and refuses none", () => {
  assertEquals(meanInterval([0.9]), { estimate: 0.9, low: -Infinity, high: Infinity });
  assertThrows(() => meanInterval([]), RangeError);
});
