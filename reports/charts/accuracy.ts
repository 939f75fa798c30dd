/**
 * Charts: the claimed figures beside the measured ones, and the gap between sparse and dense, which is what is judged.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import type { Accuracy, Figures } from "../../results/mod.ts";
import { METRIC_NAMES } from "../../recipes/mod.ts";
import { gapsOf, isBounded, seedInterval } from "../seed_interval.ts";
import { count, decimal, percent, points } from "../wording.ts";
import { linearAxis } from "./axis.ts";
import { dotPlotSpec, type DotRow } from "./dot_plot.ts";
import type { Layout, Tone } from "./theme.ts";

/** Names of metrics that no claim has, in running text. */
const OTHER_METRICS: Readonly<Record<string, string>> = {
  map: METRIC_NAMES.mAP,
  matthews: "Matthews correlation",
  top5: "top-5 accuracy",
  "noise-score": "noise score",
  "evaluation-loss": "evaluation loss",
};

/** A metric's name in running text: `accuracy`, `F1`; one that is not known stays as it is. */
export function metricName(metric: string): string {
  const names: Readonly<Record<string, string>> = { ...OTHER_METRICS, ...METRIC_NAMES };
  return Object.hasOwn(names, metric) ? names[metric]! : metric;
}

/** A row for the sparse and one for the dense model, in per cent. */
export function accuracyRows(accuracy: Accuracy): DotRow[] {
  const { dense, sparse, published, ceiling } = accuracy;
  return [
    modelRow("sparse", sparse, published.sparse, ceiling),
    modelRow("dense", dense, published.dense, ceiling),
  ];
}

function modelRow(
  tone: Tone & ("sparse" | "dense"),
  figures: Figures,
  published: number,
  ceiling: number | null,
): DotRow {
  const mean = seedInterval(figures.values);
  const measured = mean === null
    ? "not measured"
    : `mean ${percent(mean.estimate, 2)} over ${count(figures.values.length, "seed")}`;
  return {
    group: "",
    label: `${tone} model`,
    tone,
    value: mean && 100 * mean.estimate,
    // An accuracy ends at 0 and 1, wherever Student's t goes.
    interval: mean && isBounded(mean)
      ? [100 * Math.max(0, mean.low), 100 * Math.min(1, mean.high)]
      : null,
    seeds: figures.values.map((value) => 100 * value),
    published: [100 * published],
    ceiling: ceiling === null ? null : 100 * ceiling,
    figure: mean === null ? "" : percent(mean.estimate),
    tip: `${tone} model: ${measured}; published ${percent(published, 2)}`,
  };
}

/** Claimed and measured figures of both models. */
export function accuracySpec(accuracy: Accuracy, layout: Layout): TopLevelSpec {
  const rows = accuracyRows(accuracy);
  const title = `${metricName(accuracy.metric)} (%)`;
  return dotPlotSpec(rows, linearAxis(placesOf(rows), { title, limits: [0, 101] }), layout);
}

/** One row: sparse minus dense, seed by seed, in percentage points. */
export function gapRows(accuracy: Accuracy): DotRow[] {
  const gaps = gapsOf(accuracy);
  const mean = seedInterval(gaps);
  const claimed = accuracy.published.sparse - accuracy.published.dense;
  return [{
    group: "",
    label: "sparse − dense",
    tone: "sparse",
    value: mean && 100 * mean.estimate,
    interval: mean && isBounded(mean) ? [100 * mean.low, 100 * mean.high] : null,
    seeds: gaps.map((gap) => 100 * gap),
    published: [100 * claimed],
    figure: mean === null ? "" : points(mean.estimate),
    tip: `sparse minus dense: ${mean === null ? "not measured" : points(mean.estimate)} points; ` +
      `published ${points(claimed)} points`,
  }];
}

/** Claimed and measured gap. */
export function gapSpec(accuracy: Accuracy, layout: Layout): TopLevelSpec {
  const rows = gapRows(accuracy);
  const title = "difference (percentage points)";
  return dotPlotSpec(rows, linearAxis(placesOf(rows), { title, reference: 0 }), layout);
}

function placesOf(rows: readonly DotRow[]): number[] {
  return rows.flatMap(({ value, interval, seeds = [], published = [], ceiling }) => [
    ...value === null ? [] : [value],
    ...interval ?? [],
    ...seeds,
    ...published,
    ...ceiling == null ? [] : [ceiling],
  ]);
}

/** What the charts show, e.g. `Sparse reaches 93.1 %, 0.49 points below dense; claimed were 0.69 below`. */
export function accuracyTitle(accuracy: Accuracy): string {
  const gap = seedInterval(gapsOf(accuracy));
  const sparse = seedInterval(accuracy.sparse.values);
  if (gap === null || sparse === null) return "No accuracy was measured";
  const claimed = accuracy.published.sparse - accuracy.published.dense;
  return `Sparse reaches ${percent(sparse.estimate)}, ${distance(gap.estimate)} dense; ` +
    `the claim is ${distance(claimed)}`;
}

function distance(gap: number): string {
  const size = decimal(Math.abs(100 * gap), 2);
  if (Number(size) === 0) return "level with";
  return `${size} points ${gap < 0 ? "below" : "above"}`;
}
