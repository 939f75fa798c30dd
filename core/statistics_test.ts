import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  mean,
  median,
  pairedLogRatios,
  quantile,
  quantileOfSorted,
  standardDeviation,
} from "./statistics.ts";

Deno.test("mean() and standardDeviation() agree with hand-computed values", () => {
  assertEquals(mean([2, 4, 4, 4, 5, 5, 7, 9]), 5);
  assertAlmostEquals(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9]), Math.sqrt(32 / 7), 1e-15);
  assertEquals(standardDeviation(Float64Array.of(3)), 0);
});

Deno.test("standardDeviation() does not cancel for large numbers", () => {
  assertAlmostEquals(standardDeviation([1e9 + 1, 1e9 + 2, 1e9 + 3]), 1, 1e-9);
});

Deno.test("median() takes the middle, or the mean of two", () => {
  assertEquals(median([9, 1, 5]), 5);
  assertEquals(median([10, 9, 1, 2]), 5.5);
  assertEquals(median([7]), 7);
});

Deno.test("quantile() is type 7, as in R", () => {
  // R: quantile(c(15, 20, 35, 40, 50), c(0, .05, .3, .4, .5, 1))
  const samples = [40, 15, 50, 35, 20];
  const wanted = [[0, 15], [0.05, 16], [0.3, 23], [0.4, 29], [0.5, 35], [1, 50]] as const;
  for (const [p, value] of wanted) assertAlmostEquals(quantile(samples, p), value, 1e-12);
  assertEquals(samples, [40, 15, 50, 35, 20]);
});

Deno.test("quantile() orders by value and not by text", () => {
  assertEquals(quantile([10, 9, 100, -1, -20], 0), -20);
  assertEquals(quantile([10, 9, 100, -1, -20], 1), 100);
});

Deno.test("quantileOfSorted() does not interpolate past an infinite neighbour", () => {
  assertEquals(quantileOfSorted([1, Infinity], 0), 1);
});

Deno.test("statistics refuse no samples and probabilities out of range", () => {
  for (const act of [mean, median, standardDeviation]) {
    assertThrows(() => act([]), RangeError, "no samples");
  }
  for (const p of [-0.1, 1.1, NaN]) {
    assertThrows(() => quantile([1], p), RangeError, "expected a fraction from 0 to 1");
  }
});

Deno.test("pairedLogRatios() is positive if the subject is faster", () => {
  assertEquals(pairedLogRatios([200, 100], [100, 200]), [Math.log(2), Math.log(0.5)]);
  assertEquals(pairedLogRatios(Float64Array.of(5), Float64Array.of(5)), [0]);
});

Deno.test("pairedLogRatios() refuses unpaired and impossible times", () => {
  assertThrows(
    () => pairedLogRatios([1, 2], [1]),
    RangeError,
    "2 of the baseline, 1 of the subject",
  );
  for (const time of [0, -1, NaN, Infinity]) {
    assertThrows(() => pairedLogRatios([1, time], [1, 1]), RangeError, "times of round 1");
    assertThrows(() => pairedLogRatios([1], [time]), RangeError, "times of round 0");
  }
});
