/**
 * What differs between a training and the published recipe, in words.
 *
 * @module
 */
import type { BertModel, Model, ProfileName, TrainingRecipe } from "../recipes/mod.ts";
import { profileOf, trainedModel } from "../recipes/mod.ts";
import type { TrainOptions } from "./seed.ts";
import type { Task } from "./task.ts";

/** What differs from the published recipe, in words. */
export function deviationsOf(
  recipe: TrainingRecipe,
  profile: ProfileName,
  { facts, counts }: Pick<Task, "facts" | "counts">,
  options: Pick<TrainOptions, "initial" | "deviations">,
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
  if (profile !== "quick" && recipe.model.architecture === "bert") {
    deviations.push(
      "batches: examples of like length together, padded to the longest of the batch",
    );
  }
  return deviations;
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
