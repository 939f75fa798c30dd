/**
 * Charts: how the metric falls with sparsity, and what each sparsity costs beside published figures.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { type Interval, mean } from "../../core/mod.ts";
import {
  denseTwin,
  type Experiment,
  modelInterval,
  pairedGaps,
  type PublishedPoint,
  sparsityWithin,
  type TrainedModel,
  valuesOf,
} from "../../results/mod.ts";
import { isBounded, seedInterval } from "../seed_interval.ts";
import { count, percent, points, pointsWithin } from "../wording.ts";
import { metricName } from "./accuracy.ts";
import { linearAxis, sparsityAxis, sparsityPlace } from "./axis.ts";
import { type Curve, type CurvePoint, curvesSpec } from "./curves.ts";
import { dotPlotSpec, type DotRow } from "./dot_plot.ts";
import type { Layout } from "./theme.ts";

/** What may be lost before a sparsity counts as costing something, as a fraction. */
export const TOLERANCE = 0.01;

/** Names of the lines of sparse networks, the one with the best mean first. */
export function seriesOf(experiment: Experiment): string[] {
  const bySeries = Map.groupBy(sparseModels(experiment), ({ series }) => series);
  const means = [...bySeries].flatMap(([series, models]) => {
    const values = models.flatMap((model) => valuesOf(model));
    return values.length === 0 ? [] : [{ series, metric: mean(values) }];
  });
  return means.sort((a, b) => b.metric - a.metric).map(({ series }) => series);
}

/** Sparse networks, the least sparse first. */
export function sparseModels({ models }: Experiment): TrainedModel[] {
  return models.filter(({ kind }) => kind === "sparse").sort((a, b) => a.target - b.target);
}

/** The metric over sparsity: a line for each way to get there, beside the dense network's. */
export function sparsityCurveSpec(experiment: Experiment, layout: Layout): TopLevelSpec {
  const { data } = experiment;
  const curves = curvesOf(experiment);
  const seen = curves.flatMap(({ points }) =>
    points.flatMap(({ y, interval, seeds = [] }) => [y, ...interval, ...seeds])
  );
  const ceiling = data.ceiling === null ? [] : [100 * data.ceiling];
  const targets = experiment.models.map(({ target }) => target);
  const x = sparsityAxis(targets, "zeros in pruned layers (%), by what is left");
  const title = `${metricName(data.metric)} (%)`;
  return curvesSpec({
    x,
    y: linearAxis([...seen, ...ceiling], { title, limits: [0, 100] }),
    curves,
    ceilings: ceiling.map((y) => x.domain.map((x) => ({ x, y }))),
  }, layout);
}

function curvesOf(experiment: Experiment): Curve[] {
  const [dense] = experiment.models.filter(({ kind }) => kind === "dense");
  const most = Math.max(...experiment.models.map(({ target }) => target));
  const [best, ...others] = seriesOf(experiment);
  const lines = [best, ...others].flatMap((series) => {
    const models = sparseModels(experiment).filter((model) => model.series === series);
    const points = models.flatMap((model) => pointOf(experiment, model, model.target) ?? []);
    return points.length === 0
      ? []
      : [{ label: twoLines(series!), tone: "sparse" as const, points, faint: series !== best }];
  });
  // The dense network has no sparsity; its line is there to compare with.
  const level = dense === undefined ? [] : [0, most].flatMap((at) => {
    const point = pointOf(experiment, dense, at);
    return point === null ? [] : [at === 0 ? point : { ...point, seeds: [] }];
  });
  return level.length === 0 ? lines : [...lines, { label: "dense", tone: "dense", points: level }];
}

function twoLines(name: string): string | string[] {
  const [first, ...rest] = name.split(", ");
  return rest.length === 0 ? name : [`${first},`, rest.join(", ")];
}

function pointOf(experiment: Experiment, model: TrainedModel, target: number): CurvePoint | null {
  const interval = modelInterval(model, experiment);
  if (interval === null) return null;
  const { estimate, low, high } = interval;
  const values = valuesOf(model);
  return {
    x: sparsityPlace(target),
    y: 100 * estimate,
    interval: [100 * Math.max(0, low), 100 * Math.min(1, high)],
    seeds: values.map((value) => 100 * value),
    tip: `${model.id}: ${percent(estimate, 2)} [${percent(low, 2)}, ${percent(high, 2)}] over ${
      count(values.length, "seed")
    }`,
  };
}

/** A sparse network, and its figures less those of its dense twin. */
export interface SparsityGap {
  /** The network. */
  readonly model: TrainedModel;
  /** Gap of each seed, as a fraction. */
  readonly gaps: readonly number[];
  /** Their mean; ends are not finite for a single seed. */
  readonly gap: Interval;
}

/** Gaps to the dense network in the order of lines, then of sparsity. */
export function sparsityGaps(experiment: Experiment): SparsityGap[] {
  const order = seriesOf(experiment);
  return sparseModels(experiment)
    .sort((a, b) => order.indexOf(a.series) - order.indexOf(b.series))
    .flatMap((model) => {
      const twin = denseTwin(experiment, model);
      const gaps = twin === null ? [] : pairedGaps(model, twin);
      const gap = seedInterval(gaps);
      return gap === null ? [] : [{ model, gaps, gap }];
    });
}

/** Rows of the chart of gaps, in percentage points: measured ones, then published. */
export function gapRows(experiment: Experiment): DotRow[] {
  return [
    ...sparsityGaps(experiment).map(measuredRow),
    ...experiment.published.map(publishedRow),
  ];
}

function measuredRow({ model, gaps, gap }: SparsityGap): DotRow {
  const bounded = isBounded(gap);
  const words = bounded ? pointsWithin(gap) : points(gap.estimate);
  return {
    group: model.series,
    label: `${percent(model.target, 0)} zeros`,
    tone: bounded && gap.low < -TOLERANCE && gap.high > -TOLERANCE ? "doubt" : "sparse",
    value: 100 * gap.estimate,
    interval: bounded ? [100 * gap.low, 100 * gap.high] : null,
    seeds: gaps.map((one) => 100 * one),
    figure: points(gap.estimate),
    tip: `${model.id}: ${words} points against the dense network`,
  };
}

function publishedRow({ label, sparsity, metric, dense }: PublishedPoint): DotRow {
  const gap = points(metric - dense);
  return {
    group: "published, on other data",
    label: `${
      percent(sparsity, Number.isInteger(Math.round(1000 * sparsity) / 10) ? 0 : 1)
    }, ${label}`,
    tone: "dense",
    value: null,
    interval: null,
    published: [100 * (metric - dense)],
    figure: gap,
    tip: `${label}, ${percent(sparsity)} zeros: ${percent(metric, 2)} against ${
      percent(dense, 2)
    } dense, published`,
  };
}

/** What each sparsity costs. */
export function sparsityGapSpec(experiment: Experiment, layout: Layout): TopLevelSpec {
  const rows = gapRows(experiment);
  const seen = rows.flatMap(({ value, interval, seeds = [], published = [] }) => [
    ...value === null ? [] : [value],
    ...interval ?? [],
    ...seeds,
    ...published,
  ]);
  const title = "sparse − dense (percentage points)";
  return dotPlotSpec(rows, linearAxis(seen, { title, reference: 0 }), layout);
}

/** What is seen, e.g. `Up to 90 % zeros cost less than a point: gradual pruning`. */
export function howSparseTitle(experiment: Experiment): string {
  const [best] = seriesOf(experiment);
  if (best === undefined) return "No sparse network was trained";
  const reach = sparsityWithin(experiment, best, TOLERANCE);
  return reach === null
    ? "No sparsity is shown to cost less than a percentage point"
    : `Up to ${percent(reach, 0)} zeros cost less than a percentage point, by ${best}`;
}
