/**
 * What a training is made from, and the cache entry that it fills. Shared by `train` and by `reproduce`, which looks there.
 *
 * @module
 */
import { EnvironmentError, hashOf } from "../core/mod.ts";
import { FETCH_SOURCES } from "../datasets/mod.ts";
import { type ProfileName, profileOf, trainedModel, type TrainingRecipe } from "../recipes/mod.ts";
import { checkTraining, type OpenTask, openTask, type Task } from "../training/mod.ts";
import { hashFolders, TRAINING_SOURCES } from "./cache_key.ts";
import { CACHE } from "./stages.ts";
import { FETCHED, findInitialFile, type InitialFile } from "./training_inputs.ts";

/** What was asked for. */
export interface TrainRequest {
  /** The recipe. */
  readonly recipe: TrainingRecipe;
  /** Its profile. */
  readonly profile: ProfileName;
  /** Folder of published data, or `null` for the program's own. */
  readonly data: string | null;
  /** Trainings with different seeds, or `null` for the recipe's number. */
  readonly seeds: number | null;
  /** Cap on training examples, or `null` for the recipe's. */
  readonly trainExamples: number | null;
}

/** A training to be. */
export interface TrainPlan extends TrainRequest {
  /** What is known of the first seed's task. */
  readonly task: Pick<Task, "facts" | "metric" | "counts" | "longest">;
  /** Checkpoint to start from, or `null` to start from scratch. */
  readonly initial: InitialFile | null;
  /** The seeds themselves. */
  readonly seedList: readonly number[];
  /** Key of all trainings that differ in the number of seeds alone. */
  readonly family: string;
  /** Key of the cache entry. */
  readonly key: string;
}

/**
 * Plans a training and opens its data. Only what the training reads goes into the key, so that other parts of a recipe can change.
 *
 * @throws {UsageError} If the recipe does not train in this profile.
 * @throws {EnvironmentError} If data is missing or broken, does not fit the network, or tensors need more memory than can be had.
 */
export async function planTraining(request: TrainRequest): Promise<TrainPlan> {
  const { recipe, profile, data } = request;
  const { seeds: asked, ...choice } = profileOf(recipe, profile);
  const count = request.seeds ?? asked;
  const seedList = Array.from({ length: count }, (_, index) => index + 1);
  const initial = await findInitialFile(recipe, profile, data);
  using opened = await openSeedTask(request, 1);
  checkTraining(recipe, profile, opened.task);
  const { facts, metric, counts, longest } = opened.task;
  const family = hashOf({
    models: [recipe.model, recipe.twin ?? null],
    sparsity: recipe.sparsity,
    profile: choice,
    data: [facts.name, facts.origin, counts.train, counts.dev],
    initial: initial?.sha256 ?? null,
    sources: await hashFolders(TRAINING_SOURCES),
  });
  const task = { facts, metric, counts, ...longest !== undefined && { longest } };
  return { ...request, task, initial, seedList, family, key: keyOfSeeds(family, count) };
}

/** Key of the training of a family that has seeds 1 to `count`. */
export function keyOfSeeds(family: string, count: number): string {
  return hashOf({ family, seeds: count });
}

/** Whether the network that is trained is the one that is measured, so that its weights can be. */
export function trainsFullSize(
  { recipe, profile }: Pick<TrainRequest, "recipe" | "profile">,
): boolean {
  return trainedModel(recipe, profile).name === recipe.model.name;
}

/**
 * Opens the data of a seed.
 *
 * @throws {EnvironmentError} If data is missing or broken.
 */
export async function openSeedTask(
  { recipe, profile, data, trainExamples }: TrainRequest,
  seed: number,
): Promise<OpenTask> {
  try {
    return await openTask(recipe, profile, {
      dataDirectory: data ?? FETCHED,
      cacheDirectory: CACHE,
      ...(trainExamples !== null && { trainExamples }),
    }, seed);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { name } = profileOf(recipe, profile).dataset;
    throw new EnvironmentError(error.message, { remedy: mendingOf(name, data), cause: error });
  }
}

/** What mends a broken file of a data set: `fetch` replaces what is not as published. */
function mendingOf(name: string, data: string | null): string {
  if (!Object.hasOwn(FETCH_SOURCES, name)) return "download or unpack the data set anew";
  return `deno task fetch ${name}${data === null ? "" : ` --data ${data}`}, or unpack it anew`;
}
