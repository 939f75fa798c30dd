/**
 * Two sets of results against each other: better, worse, or within noise.
 *
 * @module
 */
import { type Interval, meanInterval } from "../core/mod.ts";
import type { Result } from "./result.ts";
import { nameOfResult } from "./result_store.ts";

/** One figure before and after. */
export interface ComparisonRow {
  /** What the figure is: a speed ratio, or an accuracy. */
  readonly kind: "speed" | "accuracy";
  /** Recipe or suite. */
  readonly name: string;
  /** Profile of the recipe, if any. */
  readonly profile: Result["profile"];
  /** What was run; the metric of an accuracy. */
  readonly cell: string;
  /** Engine in question; `dense` or `sparse` of an accuracy. */
  readonly subject: string;
  /** Engine that it was measured against; `null` of an accuracy. */
  readonly baseline: string | null;
  /** Threads; `null` of an accuracy. */
  readonly threads: number | null;
  /** The figure in A; larger is better. */
  readonly before: Interval | null;
  /** The figure in B. */
  readonly after: Interval | null;
  /** B / A of a speed, B - A of an accuracy; `null` if one is missing. */
  readonly change: Interval | null;
  /** `better` and `worse` only if the intervals do not overlap and the change is beyond the noise floor. */
  readonly verdict: "better" | "worse" | "within noise" | "only in A" | "only in B";
}

interface Figure
  extends Pick<ComparisonRow, "kind" | "name" | "profile" | "cell" | "subject" | "baseline"> {
  readonly threads: number | null;
  readonly value: Interval;
  /** Least change that counts: a fraction of a speed, a difference of accuracies. */
  readonly floor: number;
}

/**
 * Compares every speed ratio and accuracy that the results hold. Of several results with the same figure the latest
 * counts.
 *
 * Ratios to a baseline measured in the same rounds are compared, not times: they hold across restarts of a machine. The
 * noise floor is the larger of both sides'.
 *
 * @returns Rows in the order of A, then those only in B.
 */
export function compareResults(a: readonly Result[], b: readonly Result[]): ComparisonRow[] {
  const before = figuresOf(a);
  const after = figuresOf(b);
  const keys = new Set([...before.keys(), ...after.keys()]);
  return Array.from(keys, (key) => rowOf(before.get(key), after.get(key)));
}

function figuresOf(results: readonly Result[]): Map<string, Figure> {
  const oldestFirst = results.toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  const figures = oldestFirst.flatMap((result) => [...speedsOf(result), ...accuraciesOf(result)]);
  return new Map(figures.map((figure) => {
    const { kind, name, profile, cell, subject, baseline, threads } = figure;
    return [JSON.stringify([kind, name, profile, cell, subject, baseline, threads]), figure];
  }));
}

function speedsOf(result: Result): Figure[] {
  return result.comparisons.map(({ cell, subject, baseline, threads, ratio, noiseFloor }) => ({
    kind: "speed",
    name: nameOfResult(result),
    profile: result.profile,
    cell,
    subject,
    baseline,
    threads,
    value: ratio,
    floor: noiseFloor ?? 0,
  }));
}

function accuraciesOf(result: Result): Figure[] {
  const { accuracy, profile } = result;
  if (accuracy === null) return [];
  return (["dense", "sparse"] as const).map((subject) => ({
    kind: "accuracy",
    name: nameOfResult(result),
    profile,
    cell: accuracy.metric,
    subject,
    baseline: null,
    threads: null,
    value: fractionInterval(accuracy[subject].values),
    floor: 0,
  }));
}

/** Mean of fractions with its interval, which cannot reach past 0 and 1. */
function fractionInterval(values: readonly number[]): Interval {
  const { estimate, low, high } = meanInterval(values);
  return { estimate, low: Math.max(0, low), high: Math.min(1, high) };
}

function rowOf(before: Figure | undefined, after: Figure | undefined): ComparisonRow {
  const { kind, name, profile, cell, subject, baseline, threads } = (before ?? after)!;
  const key = { kind, name, profile, cell, subject, baseline, threads };
  if (before === undefined || after === undefined) {
    const verdict = before === undefined ? "only in B" : "only in A";
    const values = { before: before?.value ?? null, after: after?.value ?? null };
    return { ...key, ...values, change: null, verdict };
  }
  const change = kind === "speed"
    ? quotient(before.value, after.value)
    : difference(before.value, after.value);
  const verdict = judge(before, after, change);
  return { ...key, before: before.value, after: after.value, change, verdict };
}

function judge(before: Figure, after: Figure, change: Interval): ComparisonRow["verdict"] {
  const floor = Math.max(before.floor, after.floor);
  const [up, down] = before.kind === "speed" ? [1 + floor, 1 / (1 + floor)] : [floor, -floor];
  if (after.value.low > before.value.high && change.estimate > up) return "better";
  if (after.value.high < before.value.low && change.estimate < down) return "worse";
  return "within noise";
}

/** Difference of two independent figures; distances to the ends add as the sides of a right angle do. */
function difference(before: Interval, after: Interval): Interval {
  const estimate = after.estimate - before.estimate;
  const below = Math.hypot(after.estimate - after.low, before.high - before.estimate);
  const above = Math.hypot(after.high - after.estimate, before.estimate - before.low);
  return { estimate, low: estimate - below, high: estimate + above };
}

function quotient(before: Interval, after: Interval): Interval {
  return map(Math.exp, difference(map(Math.log, before), map(Math.log, after)));
}

function map(f: (x: number) => number, { estimate, low, high }: Interval): Interval {
  return { estimate: f(estimate), low: f(low), high: f(high) };
}
