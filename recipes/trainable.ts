/**
 * The half of a recipe that trains: there for some recipes, profiles and models, and told in words where it is not.
 *
 * @module
 */
import { UsageError } from "../core/mod.ts";
import type { BertModel, Model } from "./model.ts";
import type { Profile, ProfileName, PruningRule, TrainingRecipe } from "./recipe.ts";

/** Names of the profiles, the default first. */
export const PROFILE_NAMES: readonly ProfileName[] = ["quick", "published", "scratch"];

/** The profiles that a recipe has. */
export function profileNames(recipe: TrainingRecipe): readonly ProfileName[] {
  return PROFILE_NAMES.filter((name) => recipe.profiles[name] !== undefined);
}

/** Whether a recipe can be trained in this profile. */
export function canTrain(recipe: TrainingRecipe, profile: ProfileName): boolean {
  return recipe.profiles[profile] !== undefined;
}

/**
 * A profile of a recipe.
 *
 * @throws {UsageError} If the recipe does not have it; says why, and what it has.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { findRecipe } from "./mod.ts";
 * const recipe = await findRecipe("bert-mini-4x1-sst2");
 * assertEquals(profileOf(recipe, "published").dataset.name, "sst2");
 * ```
 */
export function profileOf(recipe: TrainingRecipe, name: ProfileName): Profile {
  const profile = recipe.profiles[name];
  if (profile === undefined) throw cannotTrain(recipe, name);
  return profile;
}

function cannotTrain(recipe: TrainingRecipe, name: ProfileName): UsageError {
  const [other] = profileNames(recipe);
  const why = recipe.missing === undefined ? "" : ` (${recipe.missing})`;
  return new UsageError(
    other === undefined
      ? `Cannot train ${recipe.name}: it has no training profile yet${why}; its full-size network can be measured`
      : `Cannot train ${recipe.name}: it has no profile "${name}"${why}, expected "${other}"`,
    {
      remedy: other === undefined
        ? `deno task reproduce ${recipe.name}`
        : `deno task train ${recipe.name} --profile ${other}`,
    },
  );
}

/**
 * The network that a profile trains with zeros: the full model with the profile's differences put in.
 *
 * @throws {UsageError} If the recipe does not train in this profile.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { findRecipe } from "./mod.ts";
 * const recipe = await findRecipe("bert-mini-4x1-sst2");
 * assertEquals(trainedModel(recipe, "published"), recipe.model);
 * assertEquals(trainedModel(recipe, "quick").init, "scratch");
 * ```
 */
export function trainedModel(recipe: TrainingRecipe, profile: ProfileName): Model {
  const { model: change = {} } = profileOf(recipe, profile);
  const { model } = recipe;
  if (model.architecture === "network") {
    const { name = model.name, kWinners } = change;
    // A checkpoint is of the full network: one of another size cannot start from it.
    const init = change.init ?? (name === model.name ? undefined : "scratch");
    return { ...model, name, ...init && { init }, ...kWinners && { kWinners } };
  }
  const { kWinners: _, ...sizes } = change; // a BERT has none
  return { ...model, ...sizes };
}

/**
 * The network that a profile trains without zeros: that of {@linkcode trainedModel}, or the recipe's twin.
 *
 * @throws {UsageError} If the recipe does not train in this profile.
 */
export function denseModel(recipe: TrainingRecipe, profile: ProfileName): Model {
  const { twin } = profileOf(recipe, profile);
  if (recipe.twin === undefined) return trainedModel(recipe, profile);
  return { ...recipe.twin, ...twin };
}

/**
 * A model that is a BERT by its sizes.
 *
 * @throws {UsageError} If it is a network by its name.
 */
export function asBert(model: Model): BertModel {
  if (model.architecture === "bert") return model;
  throw new UsageError(
    `Cannot train "${model.name}" as a BERT: it is a network by its name, expected architecture bert`,
  );
}

/**
 * The rule that a recipe prunes by. Where the method asks for no criterion or no schedule, they are magnitude and all at once; a recipe that
 * prunes gradually names both.
 */
export function pruningRuleOf({ sparsity }: TrainingRecipe): PruningRule {
  const { criterion = "magnitude", schedule = "one_shot" } = sparsity;
  return { ...sparsity, criterion, schedule };
}
