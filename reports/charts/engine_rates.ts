/**
 * Chart: items a second of one network in every engine, on one thread and on all of them.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import {
  itemsPerSecond,
  type Measurement,
  readNetworkCell,
  skipsZeros,
  summarise,
} from "../../results/mod.ts";
import { count, significant } from "../wording.ts";
import { logAxis } from "./axis.ts";
import { dotPlotSpec, type DotRow } from "./dot_plot.ts";
import type { Layout } from "./theme.ts";

/** An engine at the batch at which it does most. */
export interface EngineRate {
  /** The measurement. */
  readonly measurement: Measurement;
  /** Items per run. */
  readonly batch: number;
  /** Items a second. */
  readonly rate: { readonly estimate: number; readonly low: number; readonly high: number };
}

/** Each engine at its best batch, by threads and the fastest first. */
export function engineRates(measurements: readonly Measurement[]): EngineRate[] {
  const all = measurements.flatMap((measurement): EngineRate[] => {
    const summary = summarise(measurement);
    const rate = summary && itemsPerSecond({ measurement, summary });
    return rate ? [{ measurement, batch: readNetworkCell(measurement.cell)!.batch, rate }] : [];
  });
  const engines = Map.groupBy(
    all,
    ({ measurement: { engine, threads } }) => `${engine} ${threads}`,
  );
  return [...engines.values()]
    .map((own) => own.reduce((a, b) => b.rate.estimate > a.rate.estimate ? b : a))
    .sort((a, b) =>
      a.measurement.threads - b.measurement.threads || b.rate.estimate - a.rate.estimate
    );
}

/** Rows of the chart, a group for each number of threads. */
export function engineRows(rates: readonly EngineRate[]): DotRow[] {
  const most = Math.max(...rates.map(({ measurement }) => measurement.threads));
  return rates.map(({ measurement: { engine, threads, cell }, batch, rate }) => {
    const words = `${significant(rate.estimate)} items per second`;
    const all = threads === most && threads > 1;
    return {
      group: `${count(threads, "thread")}${all ? ", the full chip" : ""}`,
      label: `${engine}, batch ${batch}`,
      tone: skipsZeros(engine) ? "sparse" : "dense",
      value: rate.estimate,
      interval: [rate.low, rate.high],
      figure: significant(rate.estimate),
      tip: `${engine}, ${cell}, ${count(threads, "thread")}: ${words}`,
    };
  });
}

/** Items a second with their intervals, on a logarithmic axis. */
export function engineSpec(rates: readonly EngineRate[], layout: Layout): TopLevelSpec {
  const rows = engineRows(rates);
  const seen = rows.flatMap(({ value, interval }) => [value!, ...interval!]);
  return dotPlotSpec(rows, logAxis(seen, "items per second, more is better"), layout);
}

/** What the chart shows, e.g. `skipzero-native does 41200 items a second on 2 threads, onnxruntime-node 3350`. */
export function engineTitle(rates: readonly EngineRate[]): string {
  const most = Math.max(...rates.map(({ measurement }) => measurement.threads));
  const on = rates.filter(({ measurement }) => measurement.threads === most);
  const sparse = on.find(({ measurement }) => skipsZeros(measurement.engine));
  const other = on.find(({ measurement }) => !measurement.engine.startsWith("skipzero"));
  if (sparse === undefined) return "No engine that skips zeros was timed";
  const beside = other === undefined
    ? ""
    : `, ${other.measurement.engine} ${significant(other.rate.estimate)}`;
  return `${sparse.measurement.engine} does ${
    significant(sparse.rate.estimate)
  } items a second on ${count(most, "thread")}${beside}`;
}
