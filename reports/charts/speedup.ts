/**
 * Chart: how many times faster each engine is than each baseline.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { type Comparison, skipsZeros } from "../../results/mod.ts";
import { byCell, shortCells } from "../cells.ts";
import { times, timesWithin } from "../wording.ts";
import { ratioAxis } from "./axis.ts";
import { dotPlotSpec, type DotRow } from "./dot_plot.ts";
import { roofOf } from "./goals.ts";
import type { Layout, Tone } from "./theme.ts";

/** Comparisons in the order in which they are read: by cell, our sparse engines first. */
export function sortComparisons(comparisons: readonly Comparison[]): Comparison[] {
  return comparisons.toSorted((a, b) =>
    byCell(a.cell, b.cell) || a.threads - b.threads ||
    Number(skipsZeros(b.subject)) - Number(skipsZeros(a.subject))
  );
}

/** Rows of the chart. */
export function speedupRows(comparisons: readonly Comparison[]): DotRow[] {
  const names = shortCells(comparisons.map(({ cell }) => cell));
  return sortComparisons(comparisons).map((comparison) => {
    const { cell, subject, baseline, ratio, ceiling, noiseFloor } = comparison;
    return {
      group: names.get(cell)!,
      label: `${subject} / ${baseline}`,
      tone: toneOf(comparison),
      value: ratio.estimate,
      interval: [ratio.low, ratio.high],
      ceiling,
      roof: roofOf(comparison),
      band: noiseFloor === undefined ? null : [1 / (1 + noiseFloor), 1 + noiseFloor],
      figure: times(ratio.estimate),
      tip: tipOf(comparison),
    };
  });
}

function toneOf({ subject, verdict }: Comparison): Tone {
  if (verdict === "inconclusive") return "doubt";
  return skipsZeros(subject) ? "sparse" : "dense";
}

function tipOf({ subject, baseline, ratio, ceiling, verdict }: Comparison): string {
  const most = ceiling === null ? "" : `, ceiling ${times(ceiling)}`;
  return `${subject} against ${baseline}: ${timesWithin(ratio)}${most}, ${verdict}`;
}

/** Speed-ups with their intervals, ceilings and noise floors, on a logarithmic axis with a rule at 1x. */
export function speedupSpec(comparisons: readonly Comparison[], layout: Layout): TopLevelSpec {
  const rows = speedupRows(comparisons);
  const seen = rows.flatMap(({ value, interval, ceiling, roof, band }) => [
    value!,
    ...interval ?? [],
    ...band ?? [],
    ...ceiling == null ? [] : [ceiling],
    ...roof == null ? [] : [roof],
  ]).filter((ratio) => ratio > 0 && Number.isFinite(ratio));
  return dotPlotSpec(rows, ratioAxis(seen, "speed-up: time of the baseline / own time"), layout);
}

/** What the chart shows, e.g. `skipzero-native runs 5.1x as fast as onnxruntime-node at batch 32`. */
export function speedupTitle(
  comparisons: readonly Comparison[],
  headline: Comparison | null,
): string {
  if (headline !== null) return headlineTitle(headline, comparisons);
  const decided = comparisons.filter(({ verdict }) => verdict !== "inconclusive");
  const faster = decided.filter(({ verdict }) => verdict === "faster").length;
  if (decided.length === 0) return "No difference shows above the noise";
  return `${faster} of ${comparisons.length} comparisons are faster, ` +
    `${decided.length - faster} slower, ${comparisons.length - decided.length} undecided`;
}

function headlineTitle(headline: Comparison, comparisons: readonly Comparison[]): string {
  const { subject, baseline, ratio, verdict } = headline;
  const place = shortCells([headline.cell, ...comparisons.map(({ cell }) => cell)]).get(
    headline.cell,
  );
  if (verdict === "inconclusive") {
    return `${subject} and ${baseline} cannot be told apart at ${place}`;
  }
  if (verdict === "slower") {
    return `${subject} runs only ${times(ratio.estimate)} as fast as ${baseline} at ${place}`;
  }
  return `${subject} runs ${times(ratio.estimate)} as fast as ${baseline} at ${place}`;
}
