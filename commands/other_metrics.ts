/**
 * Metrics of trained models besides the one that is judged, and further tests of them.
 *
 * @module
 */
import { mean, standardDeviation } from "../core/mod.ts";
import type { Claim } from "../recipes/mod.ts";
import type { Figures, MetricFigures } from "../results/mod.ts";
import type { SeedResult, TrainingRecord } from "../training/mod.ts";

type Models = Pick<TrainingRecord, "dense" | "sparse">;

/** Other metrics of both models, with published figures of them. */
export function otherMetrics(models: Models, claim: Pick<Claim, "others">): MetricFigures[] {
  const names = namesOf(models, ({ others = {} }) => Object.keys(others));
  return names.map((name) => {
    const published = claim.others?.find(({ metric }) => metric === name.replaceAll(" ", "-"));
    return {
      ...figuresOf(name, models, ({ others }) => others?.[name]),
      ...published && {
        published: {
          says: published.says,
          ...published.dense !== undefined && { dense: published.dense },
          ...published.sparse !== undefined && { sparse: published.sparse },
        },
      },
    };
  });
}

/** The metric of both models in further tests; of a noise test the metric without noise comes first. */
export function furtherTests(models: Models): MetricFigures[] {
  const names = namesOf(models, ({ trials = [] }) => trials.map(({ name }) => name));
  const quiet = names.some((name) => name.startsWith("noise "))
    ? [figuresOf("noise 0", models, ({ last }) => last)]
    : [];
  const tests = names.map((name) =>
    figuresOf(name, models, ({ trials }) => trials?.find((trial) => trial.name === name)?.metric)
  );
  return [...quiet, ...tests];
}

/** Each name once, in the order in which it is met. */
function namesOf({ dense, sparse }: Models, names: (result: SeedResult) => string[]): string[] {
  return [...new Set([...dense, ...sparse].flatMap(names))];
}

function figuresOf(
  name: string,
  { dense, sparse }: Models,
  valueOf: (result: SeedResult) => number | undefined,
): MetricFigures {
  const over = (results: readonly SeedResult[]): Figures =>
    figures(results.flatMap((result) => valueOf(result) ?? []));
  return { name, dense: over(dense), sparse: over(sparse) };
}

/** Figures over seeds; 0 where there are none. */
export function figures(values: readonly number[]): Figures {
  return values.length === 0
    ? { mean: 0, sd: 0, values }
    : { mean: mean(values), sd: standardDeviation(values), values };
}
