/**
 * Chart: the headline speed-up of one recipe or suite, result by result.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { type Comparison, skipsZeros } from "../../results/mod.ts";
import { count, moment, times, timesWithin } from "../wording.ts";
import { ratioAxis } from "./axis.ts";
import { dotPlotSpec, type DotRow } from "./dot_plot.ts";
import type { Layout } from "./theme.ts";

/** A speed-up and what it belongs to. */
export interface HistoryEntry {
  /** What stands left of it: a date, or the name of a recipe. */
  readonly label: string;
  /** The speed-up of that result. */
  readonly comparison: Comparison;
}

/** Rows of the chart, in the order given. */
export function historyRows(entries: readonly HistoryEntry[]): DotRow[] {
  return entries.map(({ label, comparison }) => {
    const { subject, baseline, ratio, ceiling, verdict } = comparison;
    const own = skipsZeros(subject) ? "sparse" : "dense";
    return {
      group: "",
      label: Number.isNaN(Date.parse(label)) ? label : moment(label),
      tone: verdict === "inconclusive" ? "doubt" : own,
      value: ratio.estimate,
      interval: [ratio.low, ratio.high],
      ceiling,
      figure: times(ratio.estimate),
      tip: `${label}: ${subject} against ${baseline} ${timesWithin(ratio)}, ${verdict}`,
    };
  });
}

/** Speed-ups one below the other, on a logarithmic axis with a rule at 1x. */
export function historySpec(entries: readonly HistoryEntry[], layout: Layout): TopLevelSpec {
  const rows = historyRows(entries);
  const seen = rows.flatMap(({ value, interval, ceiling }) => [
    value!,
    ...interval!,
    ...ceiling == null ? [] : [ceiling],
  ]).filter((ratio) => ratio > 0 && Number.isFinite(ratio));
  return dotPlotSpec(rows, ratioAxis(seen, "speed-up over the fastest dense engine"), layout);
}

/** What the chart shows, e.g. `5.1x at last; 4.9x to 5.2x over 7 results`. */
export function historyTitle(entries: readonly HistoryEntry[]): string {
  const ratios = entries.map(({ comparison }) => comparison.ratio.estimate);
  const [latest] = ratios;
  if (latest === undefined) return "No speed-up was measured";
  const range = `${times(Math.min(...ratios))} to ${times(Math.max(...ratios))}`;
  return `${times(latest)} at last; ${range} over ${count(ratios.length, "result")}`;
}
