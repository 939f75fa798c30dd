/**
 * What differs between a training and the published recipe, in words.
 *
 * @module
 */
import type { BertModel, Model, ProfileName, Training, TrainingRecipe } from "../recipes/mod.ts";
import { profileOf, trainedModel } from "../recipes/mod.ts";
import { architecturesOf, type TrainedArchitecture } from "./architecture.ts";
import { outlineOf } from "./network.ts";
import type { TrainOptions } from "./seed.ts";
import type { Task } from "./task.ts";
import { trainingMemory } from "./training_memory.ts";

/** What differs from the published recipe, in words. */
export function deviationsOf(
  recipe: TrainingRecipe,
  profile: ProfileName,
  { facts, counts, longest }: Pick<Task, "facts" | "counts" | "longest">,
  options: Pick<TrainOptions, "initial" | "deviations" | "tensorBytes">,
): string[] {
  const { published } = recipe.profiles;
  const { dense, prune } = profileOf(recipe, profile);
  const deviations = [...options.deviations ?? [], ...facts.notes ?? []];
  const model = trainedModel(recipe, profile);
  if (model.name !== recipe.model.name) deviations.push(modelDeviation(model, recipe.model));
  if (published && facts.name !== published.dataset.name) {
    deviations.push(`data: ${facts.name} instead of ${published.dataset.name}`);
  }
  const { init = "scratch" } = recipe.model;
  if (init !== "scratch" && options.initial === undefined) {
    deviations.push(`init: scratch instead of the pretrained ${init.file}`);
  }
  if (model.architecture === "network" && model.kWinners !== undefined) {
    deviations.push(
      "activations: k-winners in training and in evaluation; the network that is exported and raced has ReLUs in their places",
    );
  }
  if (prune.distillation && prune.distillation.hidden > 0) {
    deviations.push("distillation: hidden states are compared at real tokens only, not at padding");
  }
  const left = [dense, prune].map(({ batch }) => counts.train % batch);
  if (left.some((count) => count > 0)) {
    deviations.push(
      `batches: ${Math.max(...left)} examples that fill no whole batch are left out of each epoch`,
    );
  }
  const { parts } = trainingMemory(
    recipe,
    profile,
    { ...longest !== undefined && { longest } },
    options.tensorBytes,
  );
  const architectures = architecturesOf(recipe, profile);
  deviations.push(
    ...new Set([
      ...partDeviations(dense, parts.dense, architectures.dense),
      ...partDeviations(prune, parts.prune, architectures.sparse),
    ]),
  );
  if (profile !== "quick" && recipe.model.architecture === "bert") {
    deviations.push(
      "batches: examples of like length together, padded to the longest of the batch",
    );
  }
  return deviations;
}

/** Batches of a stage that are run in parts: by statistics of each, where there is batch normalisation. */
function partDeviations(
  { batch, firstEpochBatch = batch }: Training,
  part: number,
  { architecture }: TrainedArchitecture,
): string[] {
  const normalises = outlineOf(architecture).nodes.some(({ op }) => op === "BatchNormalization");
  return [...new Set([firstEpochBatch, batch])].filter((size) => size > part).map((size) =>
    `batches: ${size} examples are run in ${Math.ceil(size / part)} parts of ${
      size % part === 0 ? "" : "at most "
    }${part}, whose gradients are added up, since the memory of tensors holds no more${
      normalises ? "; batch normalisation goes by the statistics of each part" : ""
    }`
  );
}

function modelDeviation(trained: Model, full: Model): string {
  if (trained.architecture !== "bert" || full.architecture !== "bert") {
    return `model: ${trained.name} instead of ${full.name}`;
  }
  return `model: ${sizes(trained)} instead of ${full.name} (${sizes(full)})`;
}

function sizes({ layers, hidden, heads, intermediate }: BertModel): string {
  return `${layers} layers of ${hidden} with ${heads} heads and ${intermediate} in between`;
}
