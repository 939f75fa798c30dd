/**
 * The half of a recipe that trains: there for some recipes, profiles and models, and told in words where it is not.
 *
 * @module
 */
import { UsageError } from "../core/mod.ts";
import type { BertModel, Profile, ProfileName, PruningRule, Recipe } from "./recipe.ts";

/** Names of the profiles, the default first. */
export const PROFILE_NAMES: readonly ProfileName[] = ["quick", "published"];

/** The profiles that a recipe has. */
export function profileNames(recipe: Recipe): readonly ProfileName[] {
  return PROFILE_NAMES.filter((name) => recipe.profiles[name] !== undefined);
}

/** Whether a recipe can be trained in this profile. */
export function canTrain(recipe: Recipe, profile: ProfileName): boolean {
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
export function profileOf(recipe: Recipe, name: ProfileName): Profile {
  const profile = recipe.profiles[name];
  if (profile === undefined) throw cannotTrain(recipe, name);
  return profile;
}

function cannotTrain(recipe: Recipe, name: ProfileName): UsageError {
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
 * The network that a profile trains: the full model with the profile's differences put in.
 *
 * @throws {UsageError} If the recipe does not train in this profile, or its network is known by its name only.
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
export function trainedModel(recipe: Recipe, profile: ProfileName): BertModel {
  const { model } = profileOf(recipe, profile);
  return { ...bertOf(recipe), ...model };
}

/**
 * The full-size model of a recipe that trains.
 *
 * @throws {UsageError} If it is no BERT.
 */
export function bertOf(recipe: Recipe): BertModel {
  if (recipe.model.architecture === "bert") return recipe.model;
  throw new UsageError(
    `Cannot train ${recipe.name}: its model is the network "${recipe.model.name}", expected architecture bert`,
    { remedy: `deno task reproduce ${recipe.name}` },
  );
}

/**
 * The rule that a recipe prunes by.
 *
 * @throws {UsageError} If it names no criterion or no schedule, which only recipes without a profile may do.
 */
export function pruningRuleOf({ name, sparsity }: Recipe): PruningRule {
  const { criterion, schedule } = sparsity;
  if (criterion !== undefined && schedule !== undefined) {
    return { ...sparsity, criterion, schedule };
  }
  throw new UsageError(
    `Cannot prune ${name}: it names no ${criterion ? "schedule" : "criterion"}, expected both`,
    { remedy: `deno task reproduce ${name}` },
  );
}
