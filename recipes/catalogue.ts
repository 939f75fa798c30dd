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
 * The recipes that a word on the command line means: one by its name, `all`, or every one whose name has these parts in this
 * order, others in between. So a model's name means all its recipes, `resnext` those of `resnext101`, and
 * `resnext101-2x1-imagenet` both of its variants.
 *
 * @throws {UsageError} If there is none; names the nearest.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const names = (await findRecipes("bert-mini-sst2")).map((recipe) => recipe.name);
 * assertEquals(names, ["bert-mini-2of4-sst2", "bert-mini-4x1-sst2"]);
 * ```
 */
export async function findRecipes(
  name: string,
  directory: string = RECIPES,
): Promise<readonly Recipe[]> {
  const recipes = await loadRecipes(directory);
  if (name === "all") return recipes;
  const exact = recipes.filter((recipe) => recipe.name === name);
  if (exact.length > 0) return exact;
  const found = recipes.filter((recipe) =>
    recipe.model.name === name || hasParts(recipe.name, name)
  );
  return found.length > 0 ? found : failToFind(name, recipes, true);
}

/** Whether a name begins with the first part of a shorter one and has the others in order; parts may lack their numbers. */
function hasParts(name: string, wanted: string): boolean {
  const parts = name.split("-");
  let at = 0;
  for (const [i, part] of wanted.split("-").entries()) {
    const found = parts.findIndex((one, j) =>
      j >= at && (one === part || one.replace(/\d+$/, "") === part)
    );
    if (found < 0 || (i === 0 && found > 0)) return false;
    at = found + 1;
  }
  return true;
}

function failToFind(name: string, recipes: readonly Recipe[], groups: boolean): never {
  const names = recipes.map((recipe) => recipe.name);
  const models = groups ? [...new Set(recipes.flatMap(groupNames)), "all"] : [];
  const near = didYouMean(name, [...names, ...models]);
  const wanted = near ? `"${near}"` : `one of ${[...groups ? models : names].join(", ")}`;
  throw new UsageError(`Cannot find recipe "${name}": no such name, expected ${wanted}`, {
    remedy: near ? `deno task reproduce ${near}` : "deno task list",
  });
}

/** Short words for a recipe's model: the whole name of a BERT, which comes in sizes, the first part of another. */
function groupNames({ model }: Recipe): string[] {
  const [first] = model.name.split("-");
  return [first === "bert" ? model.name : first!];
}
