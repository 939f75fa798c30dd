/**
 * Chart: the metric of dense and sparse models under noise.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import type { MetricFigures } from "../../results/mod.ts";
import { seedInterval } from "../seed_interval.ts";
import { percent } from "../wording.ts";
import { linearAxis } from "./axis.ts";
import { type Curve, curvesSpec } from "./curves.ts";
import type { Layout } from "./theme.ts";

/** A test under noise. */
export interface NoiseTrial {
  /** Share of the input that is noise, 0 to 1. */
  readonly level: number;
  /** The metric under it. */
  readonly figures: MetricFigures;
}

/** Tests that are about noise, the weakest first. */
export function noiseTrials(trials: readonly MetricFigures[]): NoiseTrial[] {
  return trials.flatMap((figures) => {
    const level = /^noise ([\d.]+)$/.exec(figures.name)?.[1];
    return level === undefined ? [] : [{ level: Number(level), figures }];
  }).sort((a, b) => a.level - b.level);
}

/** A line for each model over the level of noise. */
export function noiseTrialsSpec(
  trials: readonly NoiseTrial[],
  metric: string,
  layout: Layout,
): TopLevelSpec {
  const curves = (["sparse", "dense"] as const).map((tone): Curve => ({
    label: tone,
    tone,
    points: trials.flatMap(({ level, figures }) => {
      const { values } = figures[tone];
      const interval = seedInterval(values);
      if (interval === null) return [];
      const { estimate } = interval;
      const ends = values.length === 1 ? [estimate, estimate] : [interval.low, interval.high];
      return [{
        x: 100 * level,
        y: 100 * estimate,
        interval: [100 * Math.max(0, ends[0]!), 100 * Math.min(1, ends[1]!)] as const,
        seeds: values.map((value) => 100 * value),
        tip: `${tone}, noise ${percent(level, 0)}: ${percent(estimate, 2)}`,
      }];
    }),
  })).filter(({ points }) => points.length > 0);
  const seen = curves.flatMap(({ points }) =>
    points.flatMap(({ y, interval }) => [y, ...interval])
  );
  const x = linearAxis(trials.map(({ level }) => 100 * level), {
    title: "noise (%)",
    limits: [-3, 103],
  });
  const y = linearAxis(seen, { title: `${metric} (%)`, limits: [0, 100] });
  return curvesSpec({ x, y, curves }, layout);
}

/** What is seen, e.g. `At 50 % noise accuracy is 61.2 % sparse, 48.0 % dense`. */
export function noiseTitle(trials: readonly NoiseTrial[], metric: string): string {
  const { level, figures } = trials.at(-1)!;
  return `At ${percent(level, 0)} noise ${metric} is ${percent(figures.sparse.mean)} sparse, ${
    percent(figures.dense.mean)
  } dense`;
}
