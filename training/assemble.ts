/**
 * Puts the seeds of a training together.
 *
 * @module
 */
import { fileFailure, mean, readJson, writeAtomic } from "../core/mod.ts";
import type { ProfileName, TrainingRecipe } from "../recipes/mod.ts";
import { architecturesOf } from "./architecture.ts";
import { deviationsOf } from "./deviations.ts";
import { type SeedRecord, TRAINING_FORMAT, type TrainingRecord } from "./record.ts";
import type { TrainOptions } from "./seed.ts";
import type { Task } from "./task.ts";

/**
 * Makes `record.json` and `log.jsonl` out of the files of finished seeds.
 *
 * @throws {EnvironmentError} If a seed's record is missing.
 */
export async function assembleRecord(
  recipe: TrainingRecipe,
  profile: ProfileName,
  task: Pick<Task, "facts" | "metric" | "counts" | "longest">,
  seeds: readonly number[],
  options: Pick<TrainOptions, "directory" | "initial" | "deviations" | "tensorBytes">,
): Promise<TrainingRecord> {
  const { directory } = options;
  const records: SeedRecord[] = [];
  for (const seed of seeds) {
    records.push(await readJson(`${directory}/seed-${seed}.json`) as SeedRecord); // written by trainSeed
  }
  const [first] = records;
  if (first === undefined) throw new RangeError("Cannot assemble a training: no seeds were given");
  const { facts, counts, metric } = task;
  const { dense, sparse } = architecturesOf(recipe, profile);
  const leftOut = [...new Set(records.flatMap(({ notes = [] }) => notes))];
  const record: TrainingRecord = {
    format: TRAINING_FORMAT,
    recipe: recipe.name,
    profile,
    metric,
    dense: records.map(({ dense }) => dense),
    sparse: records.map(({ sparse }) => sparse),
    ceiling: facts.ceiling,
    majority: facts.majority,
    layers: first.layers,
    skipped: first.skipped,
    sparsity: mean(records.map(({ sparsity }) => sparsity)),
    deviations: [
      ...deviationsOf(recipe, profile, task, options),
      ...leftOut,
    ],
    ...leftOut.length > 0 && { leftOut },
    seeds,
    model: sparse.description,
    ...dense === sparse ? {} : { twin: dense.description },
    dataset: { name: facts.name, ...counts, origin: facts.origin },
    products: first.products,
    peakMemoryBytes: Math.max(...records.map((record) => record.peakMemoryBytes)),
    wallMs: records.reduce((sum, { wallMs }) => sum + wallMs, 0),
  };
  await joinLogs(directory, seeds);
  await writeAtomic(`${directory}/record.json`, JSON.stringify(record, null, 2) + "\n");
  return record;
}

async function joinLogs(directory: string, seeds: readonly number[]): Promise<void> {
  const paths = seeds.map((seed) => `${directory}/log-${seed}.jsonl`);
  try {
    const texts: string[] = [];
    for (const path of paths) texts.push(await Deno.readTextFile(path));
    await writeAtomic(`${directory}/log.jsonl`, texts.join(""));
  } catch (error) {
    throw fileFailure("join the logs of", directory, error);
  }
}
