/**
 * Whether a training can be done at all, asked before any seed starts.
 *
 * @module
 */
import { EnvironmentError, gigabytes } from "../core/mod.ts";
import { type ProfileName, profileOf, type TrainingRecipe } from "../recipes/mod.ts";
import { architecturesOf } from "./architecture.ts";
import { outlineOf } from "./network.ts";
import { courseOf } from "./steps.ts";
import type { Task } from "./task.ts";
import { TENSOR_BYTES, trainingMemory } from "./training_memory.ts";

/** What the checks ask of a task. */
export type CheckedTask = Pick<Task, "facts" | "counts" | "check" | "longest">;

/**
 * Checks that networks and data fit each other, that there is enough to train and to evaluate on, and that the tensors of a step
 * can be had, be it one example at a time.
 *
 * @throws {UsageError} If the recipe does not train in this profile.
 * @throws {EnvironmentError} If a network does not fit the data, such as in its number of classes; if there are fewer examples than a batch
 * holds, or none to evaluate on; if tensors need more memory than can be addressed.
 */
export function checkTraining(
  recipe: TrainingRecipe,
  profile: ProfileName,
  task: CheckedTask,
): void {
  const { dense, sparse } = architecturesOf(recipe, profile);
  const { facts: { name, notes = [] }, counts } = task;
  for (const { architecture } of new Set([dense, sparse])) {
    checkFit(task, architecture);
  }
  if (counts.train === 0 || counts.dev === 0) {
    const what = counts.train === 0 ? "train" : "evaluate";
    const why = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
    throw new EnvironmentError(
      `Cannot ${what} on ${name}: there are no examples to ${what} on${why}, expected some`,
      { remedy: "--data with the whole data set" },
    );
  }
  const plan = profileOf(recipe, profile);
  for (const stage of [plan.dense, plan.prune]) courseOf({ name, count: counts.train }, stage);
  const { tensors, fits } = trainingMemory(recipe, profile, task);
  if (fits) return;
  throw new EnvironmentError(
    `Cannot train ${sparse.architecture.name}: its tensors take ${
      gigabytes(tensors)
    } in a step of one example at a time, expected less than the ${
      gigabytes(TENSOR_BYTES)
    } that WebAssembly can address`,
    { remedy: `deno task reproduce ${recipe.name} (the quick profile trains a smaller network)` },
  );
}

/** Networks are the recipe's, so what does not fit is the data. */
function checkFit(task: CheckedTask, architecture: Parameters<typeof outlineOf>[0]): void {
  try {
    task.check(outlineOf(architecture));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const remedy = "--data with the data set that the recipe names";
    throw new EnvironmentError(error.message, { remedy, cause: error });
  }
}
