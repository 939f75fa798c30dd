import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { meanInterval, shareInterval } from "./mean_interval.ts";

Deno.test("meanInterval() agrees with R's t.test", () => {
  // R: t.test(c(.89, .9, .91))$conf.int
  const { estimate, low, high } = meanInterval([0.89, 0.9, 0.91]);
  assertAlmostEquals(estimate, 0.9, 1e-12);
  assertAlmostEquals(low, 0.8751586, 1e-6);
  assertAlmostEquals(high, 0.9248414, 1e-6);
});

Deno.test("meanInterval() agrees with R for many values", () => {
  // R: qt(.975, c(10, 11, 29))
  for (const [n, t] of [[11, 2.228139], [12, 2.200985], [30, 2.04523]] as const) {
    const values = Array.from({ length: n }, (_, i) => 0.5 + (i % 2 === 0 ? 0.01 : -0.01));
    const { estimate, high } = meanInterval(values);
    const sd = Math.sqrt(values.reduce((sum, x) => sum + (x - estimate) ** 2, 0) / (n - 1));
    assertAlmostEquals((high - estimate) / sd * Math.sqrt(n), t, 1e-6);
  }
});

Deno.test("meanInterval() gives a single value no ends, and refuses none", () => {
  assertEquals(meanInterval([0.9]), { estimate: 0.9, low: -Infinity, high: Infinity });
  assertThrows(() => meanInterval([]), RangeError);
});

Deno.test("meanInterval() widens with its level", () => {
  // R: t.test(c(.89, .9, .91), conf.level = .99)$conf.int
  assertAlmostEquals(meanInterval([0.89, 0.9, 0.91], 0.99).low, 0.8426990, 1e-6);
});

Deno.test("shareInterval() agrees with R's prop.test without correction", () => {
  // R: prop.test(9, 10, correct = FALSE)$conf.int
  const { estimate, low, high } = shareInterval(9, 10);
  assertEquals(estimate, 0.9);
  assertAlmostEquals(low, 0.5958500, 1e-6);
  assertAlmostEquals(high, 0.9821238, 1e-6);
});

Deno.test("shareInterval() stays within 0 and 1, and is not empty at either", () => {
  const [none, all] = [shareInterval(0, 20), shareInterval(20, 20)];
  assertEquals([none.low, all.high], [0, 1]);
  assertAlmostEquals(none.high, 0.1611252, 1e-6); // R: prop.test(0, 20, correct = FALSE)
  assertAlmostEquals(all.low, 1 - none.high, 1e-12);
});

Deno.test("shareInterval() refuses what is no share", () => {
  assertThrows(() => shareInterval(0, 0), RangeError, "0 of 0");
  assertThrows(() => shareInterval(3, 2), RangeError, "3 of 2");
});
