/**
 * Small experiments for tests. All figures are invented.
 *
 * @module
 */
import { type Experiment, type ModelRun, packCorrect, type TrainedModel } from "./experiment.ts";

/** A run of a seed. */
export function sampleRun(changes: Partial<ModelRun> = {}): ModelRun {
  return { seed: 1, metric: 0.9, sparsity: 0, noise: [], groups: [], correct: null, ...changes };
}

/** A network with a run for each metric. */
export function sampleModel(
  metrics: readonly number[],
  changes: Partial<TrainedModel> = {},
): TrainedModel {
  return {
    id: "dense",
    series: "dense",
    kind: "dense",
    network: "mnist-cnn",
    pattern: "dense",
    target: 0,
    width: 1,
    parameters: 1000,
    nonZeros: 1000,
    runs: metrics.map((metric, i) => sampleRun({ seed: i + 1, metric })),
    ...changes,
  };
}

/** A network with a run for each row of right answers, e.g. `1101`. */
export function sampleAnswers(
  answers: readonly string[],
  changes: Partial<TrainedModel> = {},
): TrainedModel {
  const runs = answers.map((row, i) => {
    const correct = Uint8Array.from(row, Number);
    const metric = correct.reduce((sum, bit) => sum + bit, 0) / correct.length;
    return sampleRun({ seed: i + 1, metric, correct: packCorrect(correct) });
  });
  return sampleModel([], { runs, ...changes });
}

/** An experiment of those networks. */
export function sampleExperiment(
  models: readonly TrainedModel[],
  changes: Partial<Experiment["data"]> = {},
): Experiment {
  return {
    data: {
      name: "synthetic-digits",
      train: 2000,
      dev: 1000,
      metric: "accuracy",
      ceiling: 0.96,
      majority: 0.1,
      classes: ["0", "1"],
      labels: null,
      ...changes,
    },
    models,
    published: [],
  };
}
