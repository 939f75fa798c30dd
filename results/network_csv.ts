/**
 * Grids of whole networks as CSV: latency, throughput and ratio of every engine at every point.
 *
 * @module
 */
import { stringify } from "@std/csv";
import type { Comparison, Measurement, Result } from "./result.ts";
import { summarise } from "./summary.ts";

const COLUMNS = [
  "suite",
  "startedAt",
  "network",
  "pattern",
  "sparsity",
  "item",
  "batch",
  "sequence",
  "threads",
  "engine",
  "medianMs",
  "itemsPerSecond",
  "baseline",
  "ratio",
  "ratioLow",
  "ratioHigh",
  "ceiling",
  "rooflineCeiling",
  "ofRoofline",
  "goal",
  "verdict",
  "skipped",
] as const;

type Row = Readonly<Partial<Record<(typeof COLUMNS)[number], string | number | null>>>;

/**
 * One line for each engine that was timed on a network, or left out with its reason. Ratios are to the dense engine of somebody else in
 * the same process, ONNX Runtime where it ran.
 */
export function networksCsv(results: readonly Result[]): string {
  const rows = results.flatMap((result) =>
    result.measurements.flatMap((measurement) => rowOf(result, measurement))
  );
  return stringify(rows, { columns: [...COLUMNS] });
}

/** Whether a result has anything for {@linkcode networksCsv}. */
export function hasNetworks({ measurements }: Pick<Result, "measurements">): boolean {
  return measurements.some(({ network }) => network !== undefined);
}

function rowOf(result: Result, measurement: Measurement): Row[] {
  const { network, engine, threads, skipped } = measurement;
  if (network === undefined) return [];
  const { name, pattern, sparsity, item, batch, sequence } = network;
  const median = summarise(measurement)?.median ?? null;
  return [{
    suite: result.suite,
    startedAt: result.startedAt,
    ...{ network: name, pattern, sparsity, item, batch, sequence, threads, engine, skipped },
    medianMs: median === null ? null : rounded(median / 1e6),
    itemsPerSecond: median === null ? null : rounded(1e9 * batch / median),
    ...ratioOf(comparisonOf(result, measurement)),
  }];
}

function comparisonOf(
  { comparisons }: Result,
  { cell, engine, threads }: Measurement,
): Comparison | undefined {
  return comparisons.find((one) =>
    one.cell === cell && one.threads === threads && one.subject === engine &&
    !one.baseline.startsWith("skipzero-")
  );
}

function ratioOf(comparison: Comparison | undefined): Row {
  if (comparison === undefined) return {};
  const { baseline, ratio, ceiling, roofline, goal, verdict } = comparison;
  return {
    baseline,
    ratio: rounded(ratio.estimate),
    ratioLow: rounded(ratio.low),
    ratioHigh: rounded(ratio.high),
    ceiling: ceiling === null ? null : rounded(ceiling),
    rooflineCeiling: roofline ? rounded(roofline.ceiling) : null,
    ofRoofline: roofline ? rounded(roofline.attained) : null,
    goal: goal ?? null,
    verdict,
  };
}

/** Six digits: more than any time is known to. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
