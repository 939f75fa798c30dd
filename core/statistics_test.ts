import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  mean,
  median,
  normalCdf,
  normalQuantile,
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
    assertThrows(() => normalQuantile(p), RangeError, "expected a probability from 0 to 1");
  }
});

Deno.test("normalCdf() agrees with tables to 1e-13, relative in the lower tail", () => {
  const table = [
    [0, 0.5],
    [1, 0.8413447460685429],
    [1.96, 0.9750021048517795],
    [-3, 0.0013498980316300933],
    [-5, 2.866515718791939e-7],
    [-8, 6.220960574271786e-16],
    [-10, 7.61985302416047e-24],
    [8.5, 1],
    [-Infinity, 0],
    [Infinity, 1],
  ] as const;
  for (const [x, p] of table) assertAlmostEquals(normalCdf(x), p, 1e-13 * p + 1e-300, `${x}`);
  assertEquals(normalCdf(NaN), NaN);
});

Deno.test("normalCdf() does not jump where its formula changes", () => {
  for (const x of [-4, 4]) {
    const slope = (normalCdf(x + 1e-6) - normalCdf(x - 1e-6)) / 2e-6;
    assertAlmostEquals(slope, Math.exp(-8) / Math.sqrt(2 * Math.PI), 1e-9);
  }
});

Deno.test("normalQuantile() agrees with R's qnorm", () => {
  const table = [
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.9, 1.2815515655446004],
    [0.001, -3.090232306167813],
    [1e-10, -6.361340902404056],
    [1e-20, -9.262340089798408],
    [0, -Infinity],
    [1, Infinity],
  ] as const;
  for (const [p, x] of table) {
    const found = normalQuantile(p);
    assert(found === x || Math.abs(found - x) < 1e-13 * Math.max(1, Math.abs(x)), `${p}: ${found}`);
  }
});

Deno.test("normalQuantile() undoes normalCdf()", () => {
  for (let p = 1e-12; p < 1; p = p * 1.7 + 1e-13) {
    assertAlmostEquals(normalCdf(normalQuantile(p)), p, 1e-12 * p, `${p}`);
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
