import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { compareResults, type ComparisonRow } from "./compare.ts";
import type { Result } from "./result.ts";
import { sampleComparison, sampleResult } from "./sample.ts";

type Ends = readonly [low: number, estimate: number, high: number];

function withRatio([low, estimate, high]: Ends, noiseFloor = 0, startedAt?: string): Result {
  return sampleResult({
    accuracy: null,
    comparisons: [sampleComparison({ ratio: { estimate, low, high }, noiseFloor })],
    ...(startedAt !== undefined && { startedAt }),
  });
}

function speedRow(before: Result, after: Result): ComparisonRow {
  const rows = compareResults([before], [after]);
  assertEquals(rows.length, 1);
  return rows[0]!;
}

Deno.test("compareResults() finds nothing between a result and itself", () => {
  const rows = compareResults([sampleResult()], [sampleResult()]);
  assertEquals(rows.map((row) => [row.kind, row.subject, row.verdict]), [
    ["speed", "skipzero-native", "within noise"],
    ["accuracy", "dense", "within noise"],
    ["accuracy", "sparse", "within noise"],
  ]);
  assertEquals(rows.map((row) => row.change?.estimate), [1, 0, 0]);
});

Deno.test("compareResults() calls a speed better or worse only if intervals are apart", () => {
  const base = withRatio([4.9, 5, 5.1]);
  assertEquals(speedRow(base, withRatio([5.2, 5.3, 5.4])).verdict, "better");
  assertEquals(speedRow(base, withRatio([4.6, 4.7, 4.8])).verdict, "worse");
  assertEquals(speedRow(base, withRatio([5.05, 5.2, 5.4])).verdict, "within noise");
  assertEquals(speedRow(base, withRatio([4.5, 4.7, 4.95])).verdict, "within noise");
});

Deno.test("compareResults() takes the larger noise floor of both sides", () => {
  const [base, faster] = [[4.99, 5, 5.01], [5.19, 5.2, 5.21]] as const;
  assertEquals(speedRow(withRatio(base, 0.03), withRatio(faster, 0.01)).verdict, "better");
  assertEquals(speedRow(withRatio(base, 0.01), withRatio(faster, 0.05)).verdict, "within noise");
  assertEquals(speedRow(withRatio(base, 0.05), withRatio(faster, 0.01)).verdict, "within noise");
  assertEquals(speedRow(withRatio(faster, 0.05), withRatio(base, 0)).verdict, "within noise");
});

Deno.test("compareResults() gives the change of a speed as a quotient with its interval", () => {
  const { change } = speedRow(withRatio([9, 10, 11]), withRatio([4.9, 5, 5.1]));
  assertAlmostEquals(change!.estimate, 0.5, 1e-12);
  // Logarithms: distances to the ends add as sqrt(ln(5/4.9)^2 + ln(11/10)^2).
  assertAlmostEquals(change!.low, 0.5 * Math.exp(-Math.hypot(0.020203, 0.09531)), 1e-5);
  assertAlmostEquals(change!.high, 0.5 * Math.exp(Math.hypot(0.019803, 0.105361)), 1e-5);
});

Deno.test("compareResults() tells what only one side has", () => {
  const other = sampleResult({
    accuracy: null,
    comparisons: [sampleComparison({ threads: 2 })],
  });
  const rows = compareResults([withRatio([4, 5, 6])], [other]);
  assertEquals(rows.map((row) => [row.threads, row.verdict]), [[1, "only in A"], [2, "only in B"]]);
  assertEquals(rows.map((row) => row.change), [null, null]);
  assertEquals([rows[0]!.after, rows[1]!.before], [null, null]);
});

Deno.test("compareResults() keeps recipes and profiles apart", () => {
  const quick = withRatio([4, 5, 6]);
  const rows = compareResults([quick], [{ ...quick, profile: "published" }]);
  assertEquals(rows.map((row) => row.verdict), ["only in A", "only in B"]);
  const suite = compareResults([quick], [{ ...quick, recipe: null }]);
  assertEquals(suite.map((row) => row.name), ["bert-mini-4x1-sst2", "models"]);
});

Deno.test("compareResults() takes the latest of several, whatever their order", () => {
  const old = withRatio([1, 2, 3], 0, "2026-01-01T00:00:00Z");
  const recent = withRatio([4, 5, 6], 0, "2026-02-01T00:00:00Z");
  for (const side of [[old, recent], [recent, old]]) {
    assertEquals(compareResults(side, [recent])[0]!.before?.estimate, 5);
  }
});

Deno.test("compareResults() judges accuracy by its seeds", () => {
  const withSparse = (...values: number[]) => {
    const accuracy = sampleResult().accuracy!;
    const sparse = { mean: 0, sd: 0, values };
    return sampleResult({ comparisons: [], accuracy: { ...accuracy, sparse } });
  };
  const verdict = (before: Result, after: Result) =>
    compareResults([before], [after]).find((row) => row.subject === "sparse")!;
  const good = withSparse(0.9, 0.905, 0.895);
  assertEquals(verdict(good, withSparse(0.7, 0.705, 0.695)).verdict, "worse");
  assertEquals(verdict(withSparse(0.7, 0.705, 0.695), good).verdict, "better");
  assertEquals(verdict(good, withSparse(0.9, 0.8, 0.85)).verdict, "within noise");
  // One seed says nothing about the spread.
  const single = verdict(withSparse(0.9), withSparse(0.5));
  assertEquals([single.verdict, single.before], ["within noise", {
    estimate: 0.9,
    low: 0,
    high: 1,
  }]);
  assertAlmostEquals(single.change!.estimate, -0.4, 1e-12);
});

Deno.test("compareResults() of nothing is nothing", () => {
  assertEquals(compareResults([], []), []);
  assert(compareResults([], [sampleResult()]).every((row) => row.verdict === "only in B"));
});
