/**
 * What the trainings of an experiment left, as a section of a result document.
 *
 * @module
 */
import { networkNamed, parameterCount, zeroParameters } from "../models/mod.ts";
import type { Experiment, ExperimentData, ModelRun, TrainedModel } from "../results/mod.ts";
import type { TrainingExperiment, Variant } from "../suites/mod.ts";
import type { SeedResult, TrainingRecord } from "../training/mod.ts";

/** A finished training of an experiment. */
export interface FinishedVariant {
  /** What was to be trained. */
  readonly variant: Variant;
  /** What came of it. */
  readonly record: TrainingRecord;
}

/** What is known of the evaluation examples. */
export interface ExampleClasses {
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** Class of each evaluation example. */
  readonly labels: ArrayLike<number>;
}

/**
 * Puts the trainings together.
 *
 * @param examples Classes of the evaluation examples, where they have any.
 * @param schedule When zeros were to come, where the experiment is about that.
 */
export function experimentSection(
  experiment: Pick<TrainingExperiment, "published">,
  finished: readonly FinishedVariant[],
  examples: ExampleClasses | null,
  schedule?: Experiment["schedule"],
): Experiment {
  return {
    data: dataOf(finished[0]!.record, examples),
    models: finished.map(modelOf),
    published: experiment.published,
    ...schedule && { schedule },
  };
}

function dataOf(record: TrainingRecord, examples: ExampleClasses | null): ExperimentData {
  const { dataset: { name, train, dev }, metric, ceiling, majority } = record;
  return {
    ...{ name, train, dev, metric, ceiling, majority },
    classes: examples?.classes ?? [],
    labels: examples && Uint8Array.from(examples.labels).toBase64(),
  };
}

function modelOf({ variant, record }: FinishedVariant): TrainedModel {
  const { recipe, place } = variant;
  const network = recipe.model.name;
  const graph = networkNamed(network).build({ batch: 1 }, zeroParameters());
  const parameters = parameterCount(graph);
  const zeros = record.layers
    .reduce((sum, { rows, cols, sparsity }) => sum + rows * cols * sparsity, 0);
  const { target, pattern } = recipe.sparsity;
  return {
    ...place,
    ...{ network, target, parameters },
    kind: target === 0 ? "dense" : "sparse",
    pattern: target === 0 ? "dense" : pattern,
    nonZeros: Math.round(parameters - zeros),
    runs: record.sparse.map((result) => runOf(result, record.sparsity)),
  };
}

function runOf(result: SeedResult, sparsity: number): ModelRun {
  const { seed, last, groups, correct = null, trials = [] } = result;
  return {
    ...{ seed, metric: last, sparsity, correct },
    noise: trials.length === 0 ? [] : [{ level: 0, metric: last }, ...trials.flatMap(noiseOf)],
    groups: groups.map(({ accuracy, ...group }) => ({ ...group, metric: accuracy })),
  };
}

/** The level of a test under noise, e.g. `noise 0.05`; nothing of other tests. */
function noiseOf(
  { name, metric }: { readonly name: string; readonly metric: number },
): ModelRun["noise"] {
  const level = /^noise ([\d.]+)$/.exec(name)?.[1];
  return level === undefined ? [] : [{ level: Number(level), metric }];
}
