/**
 * A whole training in one process: every seed in turn, then the record.
 *
 * @module
 */
import { type ProfileName, profileOf, type TrainingRecipe } from "../recipes/mod.ts";
import { assembleRecord } from "./assemble.ts";
import type { TrainingRecord } from "./record.ts";
import { type TrainOptions, trainSeed } from "./seed.ts";
import type { Task, TaskBatch } from "./task.ts";

/**
 * Trains all seeds one after the other. To use several cores, run {@linkcode trainSeed} in a process for each seed and then
 * {@linkcode assembleRecord}; the result is the same.
 *
 * @param seeds Default: 1, 2, ... as many as the profile asks for.
 */
export async function trainRecipe<B extends TaskBatch>(
  recipe: TrainingRecipe,
  profile: ProfileName,
  task: Task<B>,
  options: TrainOptions & { readonly seeds?: readonly number[] },
): Promise<TrainingRecord> {
  const seeds = options.seeds ??
    Array.from({ length: profileOf(recipe, profile).seeds }, (_, i) => i + 1);
  for (const seed of seeds) await trainSeed(recipe, profile, task, seed, options);
  return await assembleRecord(recipe, profile, task, seeds, options);
}
