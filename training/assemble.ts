/**
 * Puts the seeds of a training together.
 *
 * @module
 */
import { fileFailure, mean, readJson, writeAtomic } from "../core/mod.ts";
import type { Dataset } from "../datasets/mod.ts";
import type { BertConfig } from "../models/mod.ts";
import { asBert, type ProfileName, profileOf, type Recipe, trainedModel } from "../recipes/mod.ts";
import { type SeedRecord, TRAINING_FORMAT, type TrainingRecord } from "./record.ts";
import { configOf } from "./config.ts";
import type { TrainOptions } from "./seed.ts";

/**
 * Makes `record.json` and `log.jsonl` out of the files of finished seeds.
 *
 * @throws {EnvironmentError} If a seed's record is missing.
 */
export async function assembleRecord(
  recipe: Recipe,
  profile: ProfileName,
  dataset: Dataset,
  seeds: readonly number[],
  options: Pick<TrainOptions, "directory" | "initial" | "deviations">,
): Promise<TrainingRecord> {
  const { directory } = options;
  const records: SeedRecord[] = [];
  for (const seed of seeds) {
    records.push(await readJson(`${directory}/seed-${seed}.json`) as SeedRecord); // written by trainSeed
  }
  const [first] = records;
  if (first === undefined) throw new RangeError("Cannot assemble a training: no seeds were given");
  const config = configOf(recipe, profile, dataset);
  const record: TrainingRecord = {
    format: TRAINING_FORMAT,
    recipe: recipe.name,
    profile,
    metric: dataset.metric,
    dense: records.map(({ dense }) => dense),
    sparse: records.map(({ sparse }) => sparse),
    ceiling: dataset.ceiling,
    majority: dataset.majority,
    layers: first.layers,
    skipped: first.skipped,
    sparsity: mean(records.map(({ sparsity }) => sparsity)),
    deviations: deviationsOf(recipe, profile, dataset, options),
    seeds,
    model: { ...config },
    dataset: {
      name: dataset.name,
      train: dataset.train.count,
      dev: dataset.dev.count,
      origin: dataset.origin,
    },
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

/** What differs from the published recipe, in words. */
export function deviationsOf(
  recipe: Recipe,
  profile: ProfileName,
  dataset: Dataset,
  options: Pick<TrainOptions, "initial" | "deviations">,
): string[] {
  const { published } = recipe.profiles;
  const { dense, prune } = profileOf(recipe, profile);
  const full = asBert(recipe.model);
  const deviations = [...options.deviations ?? [], ...dataset.notes ?? []];
  const model = asBert(trainedModel(recipe, profile));
  if (model.name !== full.name) {
    deviations.push(`model: ${sizes(model)} instead of ${full.name} (${sizes(full)})`);
  }
  if (published && dataset.name !== published.dataset.name) {
    deviations.push(`data: ${dataset.name} instead of ${published.dataset.name}`);
  }
  if (full.init !== "scratch" && options.initial === undefined) {
    deviations.push(`init: scratch instead of the pretrained ${full.init.file}`);
  }
  if (prune.distillation && prune.distillation.hidden > 0) {
    deviations.push("distillation: hidden states are compared at real tokens only, not at padding");
  }
  const left = [dense, prune].map(({ batch }) => dataset.train.count % batch);
  if (left.some((count) => count > 0)) {
    deviations.push(
      `batches: ${Math.max(...left)} examples that fill no whole batch are left out of each epoch`,
    );
  }
  if (profile === "published") {
    deviations.push(
      "batches: examples of like length together, padded to the longest of the batch",
    );
  }
  return deviations;
}

function sizes(
  { layers, hidden, heads, intermediate }: Pick<
    BertConfig,
    "layers" | "hidden" | "heads" | "intermediate"
  >,
): string {
  return `${layers} layers of ${hidden} with ${heads} heads and ${intermediate} in between`;
}
