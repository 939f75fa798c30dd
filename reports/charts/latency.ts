/**
 * Chart: how long each engine takes.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { type Measurement, skipsZeros, summarise, type Summary } from "../../results/mod.ts";
import { byCell, shortCells } from "../cells.ts";
import { duration, type TimeUnit, timeUnit } from "../wording.ts";
import { logAxis } from "./axis.ts";
import { dotPlotSpec, type DotRow } from "./dot_plot.ts";
import type { Layout } from "./theme.ts";

/** A measurement with samples, and their summary. */
export interface Timed {
  /** The measurement. */
  readonly measurement: Measurement;
  /** Its times. */
  readonly summary: Summary;
}

/** Measurements that have samples, by cell and the fastest first. */
export function timedOf(measurements: readonly Measurement[]): Timed[] {
  return measurements.flatMap((measurement) => {
    const summary = summarise(measurement);
    return summary === null ? [] : [{ measurement, summary }];
  }).sort((a, b) =>
    byCell(a.measurement.cell, b.measurement.cell) ||
    a.measurement.threads - b.measurement.threads || a.summary.median - b.summary.median
  );
}

/** One unit for the whole axis: that of the times in the middle. */
function unitOf(timed: readonly Timed[]): TimeUnit {
  const medians = timed.map(({ summary }) => summary.median).sort((a, b) => a - b);
  return timeUnit(medians[medians.length >> 1] ?? 1e6);
}

/** Rows of the chart, in the unit given. */
export function latencyRows(timed: readonly Timed[], unit: TimeUnit): DotRow[] {
  const names = shortCells(timed.map(({ measurement }) => measurement.cell));
  return timed.map(({ measurement: { cell, engine }, summary: { median, low, high, n } }) => ({
    group: names.get(cell)!,
    label: engine,
    tone: skipsZeros(engine) ? "sparse" : "dense",
    value: median / unit.ns,
    interval: [low / unit.ns, high / unit.ns],
    figure: duration(median),
    tip: `${engine}: median ${duration(median)} [${duration(low)}, ${duration(high)}] of ${n} runs`,
  }));
}

/** Median times with their intervals, on a logarithmic axis. */
export function latencySpec(timed: readonly Timed[], layout: Layout): TopLevelSpec {
  const unit = unitOf(timed);
  const rows = latencyRows(timed, unit);
  const seen = rows.flatMap(({ value, interval }) => [value!, ...interval!]);
  return dotPlotSpec(
    rows,
    logAxis(seen, `time per run (${unit.symbol}), shorter is better`),
    layout,
  );
}

/** What the chart shows, e.g. `At batch 32 skipzero-native takes 12.3 ms, the fastest dense engine 61.5 ms`. */
export function latencyTitle(timed: readonly Timed[]): string {
  const cells = timed.map(({ measurement }) => measurement.cell);
  const last = cells.at(-1);
  if (last === undefined) return "Nothing was timed";
  const inLast = timed.filter(({ measurement }) => measurement.cell === last);
  const place = shortCells(cells).get(last);
  const sparse = inLast.find(({ measurement }) => skipsZeros(measurement.engine));
  const dense = inLast.find(({ measurement }) => !skipsZeros(measurement.engine));
  if (sparse === undefined || dense === undefined) {
    const medians = timed.map(({ summary }) => summary.median);
    return `Runs take ${duration(Math.min(...medians))} to ${duration(Math.max(...medians))}`;
  }
  return `At ${place} ${sparse.measurement.engine} takes ${duration(sparse.summary.median)}, ` +
    `the fastest dense engine ${duration(dense.summary.median)}`;
}
