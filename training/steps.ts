/**
 * The steps of a training: how many there are, and their numbers.
 *
 * @module
 */
import type { Dataset } from "../datasets/mod.ts";
import type { Training } from "../recipes/mod.ts";
import { adamStep } from "./optimiser.ts";
import type { TableSteps } from "./word_table.ts";

/** Steps of an epoch, and of the whole training. */
export function stepsOf(dataset: Dataset, { epochs, batch }: Training): {
  perEpoch: number;
  steps: number;
} {
  const perEpoch = Math.floor(dataset.train.count / batch);
  if (perEpoch === 0) {
    throw new RangeError(
      `Cannot train on ${dataset.name}: ${dataset.train.count} examples, expected a batch of ${batch} at least`,
    );
  }
  return { perEpoch, steps: epochs * perEpoch };
}

/** The numbers of all steps of a training, as the word embeddings need them. */
export function tableSteps(training: Training, steps: number): TableSteps {
  const numbers = Array.from({ length: steps }, (_, step) => adamStep(training, step, steps, true));
  const products = new Float64Array(steps + 1).fill(1);
  numbers.forEach(({ keep }, step) => products[step + 1] = products[step]! * keep);
  return {
    at: (step) => numbers[step]!,
    keepBetween: (from, to) => products[to]! / products[from]!,
  };
}
