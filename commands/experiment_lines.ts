/**
 * What an experiment found, as lines for a terminal: a line for each network.
 *
 * @module
 */
import { type Interval, meanInterval } from "../core/mod.ts";
import {
  denseTwin,
  type Experiment,
  metricUnderNoise,
  modelInterval,
  pairedGaps,
  type Result,
  type TrainedModel,
} from "../results/mod.ts";
import { count, percent, points } from "../suites/mod.ts";

/** Every network with its metric, its gap to the dense one, and its metric under the strongest noise; nothing without an experiment. */
export function experimentLines({ experiment, suite }: Result): string[] {
  if (experiment === undefined) return [];
  const { data, models } = experiment;
  const seeds = Math.max(0, ...models.map(({ runs }) => runs.length));
  const width = Math.max(...models.map(({ id }) => id.length));
  const level = strongestNoise(experiment);
  return [
    `${suite}   ${data.name}, ${count(data.train, "example")}, ${
      count(seeds, "seed")
    }: ${data.metric} [95 % interval]` +
    `, gap to the dense network${level === null ? "" : `, ${data.metric} at noise ${level}`}`,
    ...models.map((model) => `  ${model.id.padEnd(width)}  ${figuresOf(model, experiment, level)}`),
  ];
}

function figuresOf(model: TrainedModel, experiment: Experiment, level: number | null): string {
  const own = modelInterval(model, experiment);
  const noisy = level === null ? null : modelInterval(model, experiment, metricUnderNoise(level));
  return [
    own === null ? "no figures" : within(own),
    gapOf(model, experiment).padEnd(22),
    noisy === null ? "" : within(noisy),
  ].join("  ").trimEnd();
}

function within({ estimate, low, high }: Interval): string {
  const ends = `[${points(Math.max(0, low), 1)}, ${points(Math.min(1, high), 1)}]`;
  return `${percent(estimate, 2).padStart(8)} ${ends.padEnd(14)}`;
}

/** Nothing for a dense network. */
function gapOf(model: TrainedModel, experiment: Experiment): string {
  const twin = model.kind === "dense" ? null : denseTwin(experiment, model);
  const gaps = twin === null ? [] : pairedGaps(model, twin);
  if (gaps.length === 0) return "";
  const { estimate, low, high } = meanInterval(gaps);
  return gaps.length === 1
    ? points(estimate)
    : `${points(estimate)} [${points(low)}, ${points(high)}]`;
}

function strongestNoise({ models }: Experiment): number | null {
  const levels = models.flatMap(({ runs }) =>
    runs.flatMap(({ noise }) => noise.map(({ level }) => level))
  );
  return levels.length === 0 ? null : Math.max(...levels);
}
