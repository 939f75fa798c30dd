import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { bcaInterval, ratioInterval } from "./bootstrap.ts";
import { createRandom } from "./random.ts";
import { mean, median, standardDeviation } from "./statistics.ts";

// Law school data of Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), table 3.1.
const LSAT = [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594];
const GPA = [
  3.39,
  3.30,
  2.81,
  3.03,
  3.44,
  3.07,
  3.00,
  3.43,
  3.36,
  3.13,
  3.12,
  2.74,
  2.76,
  2.88,
  2.96,
];

function correlation(schools: Float64Array): number {
  const x = Float64Array.from(schools, (i) => LSAT[i]!);
  const y = Float64Array.from(schools, (i) => GPA[i]!);
  const [mx, my] = [mean(x), mean(y)];
  const covariance = x.reduce((sum, value, i) => sum + (value - mx) * (y[i]! - my), 0);
  return covariance / (x.length - 1) / standardDeviation(x) / standardDeviation(y);
}

Deno.test("bcaInterval() reproduces the published interval of the law school data", () => {
  const schools = LSAT.map((_, i) => i);
  const options = { random: createRandom(1), level: 0.9, resamples: 20_000 };
  const { estimate, low, high } = bcaInterval(schools, correlation, options);
  assertAlmostEquals(estimate, 0.776, 5e-4);
  // The book gives (0.43, 0.92).
  assertAlmostEquals(low, 0.43, 0.015);
  assertAlmostEquals(high, 0.92, 0.01);
});

Deno.test("bcaInterval() covers the mean of skewed data about as often as it says", () => {
  const random = createRandom(2);
  let covered = 0;
  for (let trial = 0; trial < 300; trial++) {
    const samples = Array.from({ length: 40 }, () => -Math.log(1 - random.next()));
    const { low, high } = bcaInterval(samples, mean, { random, level: 0.9, resamples: 500 });
    if (low <= 1 && high >= 1) covered++;
  }
  // 0.9 less a known shortfall of about 0.02 for exponential data; 3 standard errors are 0.052.
  assert(covered / 300 > 0.83 && covered / 300 < 0.95, `${covered} of 300`);
});

Deno.test("bcaInterval() leans towards the long tail, unlike a plain percentile interval", () => {
  const random = createRandom(3);
  const samples = Array.from({ length: 30 }, () => Math.exp(random.normal()));
  const { estimate, low, high } = bcaInterval(samples, mean, { random });
  assert(high - estimate > 1.3 * (estimate - low), `${low} ${estimate} ${high}`);
});

Deno.test("bcaInterval() gives the same interval for the same stream", () => {
  const samples = [3, 1, 4, 1, 5, 9, 2, 6];
  const of = (seed: number) =>
    bcaInterval(samples, median, { random: createRandom(seed), resamples: 200 });
  assertEquals(of(4), of(4));
});

Deno.test("bcaInterval() is a point if all samples are equal", () => {
  const interval = bcaInterval([2, 2, 2, 2], median, { random: createRandom(5) });
  assertEquals(interval, { estimate: 2, low: 2, high: 2 });
});

Deno.test("bcaInterval() stays within the resamples for a statistic at their edge", () => {
  const largest = (values: Float64Array) => Math.max(...values);
  const { low, high } = bcaInterval([1, 2, 3, 50], largest, { random: createRandom(6) });
  assert(low >= 1 && high === 50, `${low} to ${high}`);
});

Deno.test("bcaInterval() leaves samples alone and refuses too few", () => {
  const samples = Float64Array.of(3, 1, 2);
  const options = { random: createRandom(7), resamples: 10 };
  bcaInterval(samples, (values) => values.sort()[0]!, options);
  assertEquals(samples, Float64Array.of(3, 1, 2));
  assertThrows(() => bcaInterval([1], mean, options), RangeError, "1 samples, expected 2 or more");
  assertThrows(() => bcaInterval([1, 2], mean, { ...options, level: 95 }), RangeError, "level 95");
});

Deno.test("ratioInterval() finds a 5 % difference under common noise, and none in A/A", () => {
  const random = createRandom(8);
  const round = Array.from({ length: 40 }, () => 1e6 * Math.exp(0.3 * random.normal()));
  const noisy = (factor: number) => round.map((t) => t * factor * Math.exp(0.01 * random.normal()));
  const slower = ratioInterval(noisy(1), noisy(1.05), { random });
  assertAlmostEquals(slower.estimate, 1 / 1.05, 0.01);
  assert(slower.high < 1 && slower.low > 0.93);
  const same = ratioInterval(noisy(1), noisy(1), { random });
  assert(same.low < 1 && same.high > 1 && same.high - same.low < 0.03);
});
