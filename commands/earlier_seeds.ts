/**
 * Seeds that were trained before as part of a list of another length: more seeds, or fewer, train only what is missing.
 *
 * @module
 */
import { fileFailure, findComplete, UNFINISHED_SUFFIX } from "../core/mod.ts";
import { type SeedPaths, seedPathsOf } from "../training/mod.ts";
import { keyOfSeeds, type TrainPlan } from "./train_plan.ts";

/** Longest list of seeds that is looked for. */
const MOST_SEEDS = 100;

/**
 * Copies the files of finished seeds from other trainings that differ in the number of seeds alone.
 *
 * @param directory Entry of the training, held by the caller. What it has already stays.
 * @returns The seeds that were copied.
 * @throws {EnvironmentError} If files cannot be copied.
 */
export async function takeEarlierSeeds(
  { family, seedList, key }: Pick<TrainPlan, "family" | "seedList" | "key">,
  directory: string,
  cache: string,
): Promise<readonly number[]> {
  const taken: number[] = [];
  let missing = await missingOf(seedList, directory);
  for (let most = MOST_SEEDS; most > 0 && missing.length > 0; most--) {
    const other = keyOfSeeds(family, most);
    const shared = missing.filter((seed) => seed <= most);
    if (other === key || shared.length === 0) continue;
    const found = await findComplete(cache, "train", other);
    if (found === null) continue;
    for (const seed of shared) {
      await copySeed(seedPathsOf(found.directory, seed), seedPathsOf(directory, seed));
    }
    taken.push(...shared);
    missing = missing.filter((seed) => !shared.includes(seed));
  }
  return taken.sort((a, b) => a - b);
}

async function missingOf(seeds: readonly number[], directory: string): Promise<readonly number[]> {
  const missing: number[] = [];
  for (const seed of seeds) {
    const { record } = seedPathsOf(directory, seed);
    if (!await Deno.stat(record).then(() => true, () => false)) missing.push(seed);
  }
  return missing;
}

/** Copies what a finished seed leaves, its record last: without it a seed is not done. */
async function copySeed(from: SeedPaths, to: SeedPaths): Promise<void> {
  for (const file of ["log", "dense", "sparse", "record"] as const) {
    const unfinished = to[file] + UNFINISHED_SUFFIX;
    try {
      await Deno.copyFile(from[file], unfinished);
      await Deno.rename(unfinished, to[file]);
    } catch (error) {
      throw fileFailure("copy a trained seed to", to[file], error);
    }
  }
}
