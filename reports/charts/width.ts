/**
 * Charts: what width does to networks of one number of parameters, without noise and under it.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { meanInterval } from "../../core/mod.ts";
import {
  type Experiment,
  metricOfRun,
  metricUnderNoise,
  modelInterval,
  pairedGaps,
  type RunFigure,
  type TrainedModel,
  valuesOf,
} from "../../results/mod.ts";
import { percent, points, pointsWithin } from "../wording.ts";
import { metricName } from "./accuracy.ts";
import { type Axis, doublingAxis, linearAxis } from "./axis.ts";
import { type Curve, type CurvePoint, curvesSpec } from "./curves.ts";
import type { Layout } from "./theme.ts";

/** Levels of the noise test that networks went through, the weakest first. */
export function noiseLevels({ models }: Experiment): number[] {
  const levels = models.flatMap(({ runs }) =>
    runs.flatMap(({ noise }) => noise.map(({ level }) => level))
  );
  return [...new Set(levels)].sort((a, b) => a - b);
}

/** Networks of a kind, the narrowest first. */
export function byWidth({ models }: Experiment, kind: TrainedModel["kind"]): TrainedModel[] {
  return models.filter((model) => model.kind === kind).sort((a, b) => a.width - b.width);
}

/**
 * Networks that all have about as many parameters that are not zero, the narrowest first: the narrowest dense one, and sparse ones
 * that are wider.
 */
export function equalParameters(experiment: Experiment): TrainedModel[] {
  const [dense] = byWidth(experiment, "dense");
  const sparse = byWidth(experiment, "sparse");
  const isFirst = dense !== undefined && sparse.every(({ width }) => width > dense.width);
  return isFirst ? [dense, ...sparse] : sparse;
}

/**
 * The metric over width under a level of noise (0: none): sparse networks that all have as many parameters that are not zero, and dense
 * ones of the same sizes, which have more and more.
 */
export function widthSpec(experiment: Experiment, level: number, layout: Layout): TopLevelSpec {
  const pick = level === 0 ? metricOfRun : metricUnderNoise(level);
  const curves = (["sparse", "dense"] as const).flatMap((kind): Curve[] => {
    const models = kind === "sparse" ? equalParameters(experiment) : byWidth(experiment, kind);
    const points = models
      .flatMap((model) => pointOf(experiment, model, model.width, pick) ?? []);
    const label = kind === "sparse"
      ? ["sparse, as many", "parameters at all"]
      : ["dense, more and", "more parameters"];
    return points.length === 0 ? [] : [{ label, tone: kind, points }];
  });
  const x = doublingAxis(experiment.models.map(({ width }) => width), "width");
  return curvesSpec({ x, y: metricAxis(experiment, curves), curves }, layout);
}

/** The metric over noise, of the narrowest network and of the widest of each kind. */
export function noiseSpec(experiment: Experiment, layout: Layout): TopLevelSpec {
  const curves = ends(experiment).map(({ model, label, faint }): Curve => ({
    label,
    tone: model.kind,
    faint,
    points: noiseLevels(experiment).flatMap((level) =>
      pointOf(experiment, model, 100 * level, metricUnderNoise(level)) ?? []
    ),
  })).filter(({ points }) => points.length > 0);
  const x = linearAxis(noiseLevels(experiment).map((level) => 100 * level), {
    title: "noisy pixels (%)",
    limits: [-3, 103],
  });
  return curvesSpec({ x, y: metricAxis(experiment, curves), curves }, layout);
}

interface End {
  readonly model: TrainedModel;
  readonly label: string[];
  readonly faint: boolean;
}

function ends(experiment: Experiment): End[] {
  const equal = equalParameters(experiment);
  const chosen = [equal.at(-1), byWidth(experiment, "dense").at(-1), equal[0]];
  return [...new Set(chosen)].flatMap((model) =>
    model === undefined ? [] : [{
      model,
      faint: model === equal[0],
      label: [
        `${model.kind}, width ${model.width},`,
        `${thousands(model.nonZeros)} parameters`,
      ],
    }]
  );
}

/** E.g. `21 k`. */
export function thousands(parameters: number): string {
  return parameters < 10_000
    ? `${(parameters / 1000).toFixed(1)}\u00a0k`
    : `${Math.round(parameters / 1000)}\u00a0k`;
}

function metricAxis({ data }: Experiment, curves: readonly Curve[]): Axis {
  const seen = curves.flatMap(({ points }) =>
    points.flatMap(({ y, interval, seeds = [] }) => [y, ...interval, ...seeds])
  );
  return linearAxis(seen, { title: `${metricName(data.metric)} (%)`, limits: [0, 100] });
}

function pointOf(
  experiment: Experiment,
  model: TrainedModel,
  x: number,
  pick: RunFigure,
): CurvePoint | null {
  const interval = modelInterval(model, experiment, pick);
  if (interval === null) return null;
  const { estimate, low, high } = interval;
  return {
    x,
    y: 100 * estimate,
    interval: [100 * Math.max(0, low), 100 * Math.min(1, high)],
    seeds: valuesOf(model, pick).map((value) => 100 * value),
    tip: `${model.id}: ${percent(estimate, 2)} [${percent(low, 2)}, ${percent(high, 2)}]`,
  };
}

/** What is seen: what the widest sparse network gains over the narrowest under the strongest noise. */
export function widthTitle(experiment: Experiment): string {
  const equal = equalParameters(experiment);
  const [narrow, wide] = [equal[0], equal.at(-1)];
  const level = noiseLevels(experiment).at(-1) ?? 0;
  if (narrow === undefined || wide === undefined || wide === narrow) {
    return "Networks of one width only were trained";
  }
  const pick = level === 0 ? metricOfRun : metricUnderNoise(level);
  const gaps = pairedGaps(wide, narrow, pick);
  if (gaps.length === 0) return "Networks of different width share no seed";
  const gain = meanInterval(gaps);
  const noise = level === 0 ? "without noise" : `under ${percent(level, 0)} noise`;
  const width = `${Number((wide.width / narrow.width).toFixed(2))} times the width`;
  if (gain.low > 0) {
    return `${width} with no more parameters: ${pointsWithin(gain, 1)} points ${noise}`;
  }
  if (gain.high < 0) {
    return `${width} with no more parameters loses ${points(-gain.estimate, 1)} points ${noise}`;
  }
  return `${width} with no more parameters: no clear difference ${noise}`;
}
