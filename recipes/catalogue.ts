/**
 * The recipes that come with the program, and how to name them.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { didYouMean, UsageError } from "../core/mod.ts";
import { readRecipe } from "./parse.ts";
import type { Recipe } from "./recipe.ts";

/** The folder of this file, which holds the YAML files too. */
const RECIPES = fromFileUrl(new URL(".", import.meta.url));

/** File of a recipe by its name, whether or not there is one. */
export function recipePath(name: string, directory: string = RECIPES): string {
  return join(directory, `${name}.yaml`);
}

/**
 * Every recipe of a folder, sorted by name.
 *
 * @throws {UsageError} If one of them is wrong.
 */
export async function loadRecipes(directory: string = RECIPES): Promise<readonly Recipe[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    if (entry.isFile && entry.name.endsWith(".yaml")) names.push(entry.name);
  }
  return await Promise.all(names.sort().map((name) => readRecipe(join(directory, name))));
}

/**
 * The recipe of this name.
 *
 * @throws {UsageError} If there is none; names the nearest.
 */
export async function findRecipe(name: string, directory: string = RECIPES): Promise<Recipe> {
  const recipes = await loadRecipes(directory);
  return recipes.find((recipe) => recipe.name === name) ?? failToFind(name, recipes, false);
}

/**
 * The recipes that a word on the command line means: one by its name, all of a model by the model's, or `all`.
 *
 * @throws {UsageError} If there is none; names the nearest.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const names = (await findRecipes("bert-mini")).map((recipe) => recipe.name);
 * assertEquals(names.includes("bert-mini-4x1-sst2"), true);
 * ```
 */
export async function findRecipes(
  name: string,
  directory: string = RECIPES,
): Promise<readonly Recipe[]> {
  const recipes = await loadRecipes(directory);
  const found = name === "all"
    ? recipes
    : recipes.filter((recipe) => recipe.name === name || recipe.model.name === name);
  return found.length > 0 ? found : failToFind(name, recipes, true);
}

function failToFind(name: string, recipes: readonly Recipe[], groups: boolean): never {
  const names = recipes.map((recipe) => recipe.name);
  const models = groups ? [...new Set(recipes.map((recipe) => recipe.model.name)), "all"] : [];
  const near = didYouMean(name, [...names, ...models]);
  const wanted = near ? `"${near}"` : `one of ${[...names, ...models].join(", ")}`;
  throw new UsageError(`Cannot find recipe "${name}": no such name, expected ${wanted}`, {
    remedy: near ? `deno task reproduce ${near}` : "deno task list",
  });
}
