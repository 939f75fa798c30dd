/**
 * The steps of a training: how many there are, and which batch of which epoch each one takes.
 *
 * @module
 */
import { EnvironmentError } from "../core/mod.ts";
import type { Training } from "../recipes/mod.ts";

/** A training as a row of steps. */
export interface Course {
  /** Steps in all. */
  readonly steps: number;
  /** Steps of the first epoch, where its batches have a size of their own; absent = as all. */
  readonly firstEpochSteps?: number;
  /** Steps of an epoch after the first. */
  readonly perEpoch: number;
  /** Where a step, from 0, is. */
  placeOf(step: number): StepPlace;
  /** Passes over the examples after so many steps; a fraction within a pass. */
  epochsDone(step: number): number;
}

/** A step's place in its training. */
export interface StepPlace {
  /** Epoch, from 0. */
  readonly epoch: number;
  /** Step of the epoch, from 0. */
  readonly place: number;
  /** Steps of the epoch. */
  readonly of: number;
  /** Examples of its batch. */
  readonly size: number;
}

/** What of a training sets its steps. */
export type CoursePlan = Pick<Training, "epochs" | "batch" | "firstEpochBatch">;

/**
 * The steps of a training on a data set.
 *
 * @param examples What is trained on: its name and how many there are.
 * @throws {EnvironmentError} If there are fewer examples than a batch holds.
 */
export function courseOf(
  examples: { readonly name: string; readonly count: number },
  { epochs, batch, firstEpochBatch = batch }: CoursePlan,
): Course {
  const stepsOf = (size: number): number => {
    const steps = Math.floor(examples.count / size);
    if (steps > 0) return steps;
    throw new EnvironmentError(
      `Cannot train on ${examples.name}: ${examples.count} training examples, expected a batch of ${size} at least`,
      {
        remedy:
          "--train-examples with a larger number if it was given, else --data with more of the data set",
      },
    );
  };
  const [first, perEpoch] = [stepsOf(firstEpochBatch), stepsOf(batch)];
  return {
    steps: epochs === 0 ? 0 : first + (epochs - 1) * perEpoch,
    perEpoch,
    ...firstEpochBatch === batch ? {} : { firstEpochSteps: first },
    placeOf(step): StepPlace {
      if (step < first) return { epoch: 0, place: step, of: first, size: firstEpochBatch };
      const after = step - first;
      const epoch = 1 + Math.floor(after / perEpoch);
      return { epoch, place: after % perEpoch, of: perEpoch, size: batch };
    },
    epochsDone: (step) =>
      first === perEpoch || step < first ? step / first : 1 + (step - first) / perEpoch,
  };
}
