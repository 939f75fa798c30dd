/**
 * Figures of an experiment over its seeds: means, gaps between networks of one seed, and their intervals.
 *
 * @module
 */
import {
  type Interval,
  mean,
  meanInterval,
  shareInterval,
  standardDeviation,
} from "../core/mod.ts";
import type { Experiment, ExperimentData, ModelRun, TrainedModel } from "./experiment.ts";
import type { Figures, GroupFigures } from "./result.ts";

/** A figure of a run, such as its metric; `null` if the run lacks it. */
export type RunFigure = (run: ModelRun) => number | null;

/** The metric after the last step. */
export function metricOfRun({ metric }: ModelRun): number {
  return metric;
}

/** The metric under noise of a level. */
export function metricUnderNoise(level: number): RunFigure {
  return ({ noise }) => noise.find((one) => one.level === level)?.metric ?? null;
}

/** Right answers in all runs of the noise test together, as a share: the published noise score by its maximum. */
export function noiseScore({ noise }: ModelRun): number | null {
  return noise.length === 0 ? null : mean(noise.map(({ metric }) => metric));
}

/** The figure of every seed that has it. */
export function valuesOf({ runs }: TrainedModel, pick: RunFigure = metricOfRun): number[] {
  return runs.flatMap((run) => pick(run) ?? []);
}

/**
 * Mean over seeds with its 95 % interval by Student's t; of a single seed, what so few examples leave open (Wilson); `null` without
 * values.
 */
export function modelInterval(
  model: TrainedModel,
  { data }: { readonly data: ExperimentData },
  pick: RunFigure = metricOfRun,
): Interval | null {
  const values = valuesOf(model, pick);
  const [only] = values;
  if (only === undefined) return null;
  return values.length > 1 ? meanInterval(values) : shareInterval(only * data.dev, data.dev);
}

/** Figure of a network less that of another, seed by seed; seeds that one of them lacks are left out. */
export function pairedGaps(
  model: TrainedModel,
  baseline: TrainedModel,
  pick: RunFigure = metricOfRun,
): number[] {
  return pairsOf(model, baseline).flatMap(([run, other]) => {
    const [figure, base] = [pick(run), pick(other)];
    return figure === null || base === null ? [] : [figure - base];
  });
}

/** Runs of one seed. */
export function pairsOf(
  model: TrainedModel,
  baseline: TrainedModel,
): (readonly [run: ModelRun, baseline: ModelRun])[] {
  return model.runs.flatMap((run) => {
    const other = baseline.runs.find(({ seed }) => seed === run.seed);
    return other ? [[run, other] as const] : [];
  });
}

/** The dense network that a sparse one is compared with: of its own sizes if it was trained, else the first; `null` without any. */
export function denseTwin({ models }: Experiment, model: TrainedModel): TrainedModel | null {
  const dense = models.filter(({ kind }) => kind === "dense");
  return dense.find(({ network }) => network === model.network) ?? dense[0] ?? null;
}

/** The metric of each part of the examples, dense and sparse, seed by seed. */
export function groupFiguresOf(model: TrainedModel, baseline: TrainedModel): GroupFigures[] {
  const pairs = pairsOf(model, baseline);
  const [first] = pairs;
  if (first === undefined) return [];
  return first[0].groups.map(({ by, bucket, count }) => {
    const values = (runs: readonly ModelRun[]): Figures =>
      figuresOf(runs.flatMap((run) => groupOf(run, by, bucket) ?? []));
    return {
      by,
      bucket,
      count,
      dense: values(pairs.map(([, other]) => other)),
      sparse: values(pairs.map(([run]) => run)),
    };
  });
}

function groupOf({ groups }: ModelRun, by: string, bucket: string): number | null {
  return groups.find((group) => group.by === by && group.bucket === bucket)?.metric ?? null;
}

function figuresOf(values: readonly number[]): Figures {
  return values.length === 0
    ? { mean: 0, sd: 0, values }
    : { mean: mean(values), sd: standardDeviation(values), values };
}

/** How much more than the average a part of the examples loses. */
export interface GroupExcess {
  /** The part. */
  readonly group: GroupFigures;
  /** Its gap less the overall one, with an interval that holds for all parts at once (Bonferroni). */
  readonly excess: Interval;
  /** Whether the whole interval lies below or above 0. */
  readonly verdict: "pays more" | "pays less" | "undecided";
}

/**
 * Which parts of the examples pay for sparsity more than the average, by intervals that are wide enough for as many questions as there
 * are parts: of ten classes each with an interval of 95 %, some would stand out by chance in four cases of ten.
 */
export function groupExcesses(model: TrainedModel, baseline: TrainedModel): GroupExcess[] {
  const overall = pairedGaps(model, baseline);
  const groups = groupFiguresOf(model, baseline);
  return groups.flatMap((group) => {
    const { dense, sparse, by } = group;
    if (sparse.values.length !== overall.length || dense.values.length !== overall.length) {
      return [];
    }
    const excesses = sparse.values.map((value, seed) =>
      value - dense.values[seed]! - overall[seed]!
    );
    const questions = groups.filter((other) => other.by === by).length;
    const excess = meanInterval(excesses, 1 - 0.05 / questions);
    const verdict = excess.high < 0 ? "pays more" : excess.low > 0 ? "pays less" : "undecided";
    return [{ group, excess, verdict }];
  });
}

/**
 * The largest sparsity of a series up to which the gap to the dense network stays within a tolerance, by the lower end of the interval
 * of every sparsity so far; `null` if none does.
 *
 * @param tolerance As a fraction, e.g. 0.01 for a percentage point.
 */
export function sparsityWithin(
  experiment: Experiment,
  series: string,
  tolerance: number,
): number | null {
  const models = experiment.models.filter((model) => model.series === series)
    .toSorted((a, b) => a.target - b.target);
  let within: number | null = null;
  for (const model of models) {
    const twin = denseTwin(experiment, model);
    const gaps = twin === null ? [] : pairedGaps(model, twin);
    if (gaps.length < 2 || meanInterval(gaps).low < -tolerance) break;
    within = model.target;
  }
  return within;
}
