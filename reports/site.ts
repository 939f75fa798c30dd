/**
 * The site: an overview and one page for each recipe and suite, each a file that needs nothing else.
 *
 * @module
 */
import { join } from "@std/path";
import { writeAtomic } from "../core/mod.ts";
import type { Recipe } from "../recipes/mod.ts";
import { nameOfResult, type Result } from "../results/mod.ts";
import { type Entry, overviewPage } from "./overview_page.tsx";
import { resultPage } from "./result_page.tsx";

/** What a site is made from. */
export interface SiteInput {
  /** Results in any order, of any number of machines. */
  readonly results: readonly Result[];
  /** Recipes, in the order in which the overview lists them. */
  readonly recipes: readonly Recipe[];
  /** Folder of the site; made if absent. Pages of the same name are replaced, nothing is removed. */
  readonly out: string;
}

/**
 * Writes the overview (`index.html`) and a page for each recipe, and for each suite and former recipe that has results.
 *
 * @returns Paths of the pages, the overview first.
 * @throws {RangeError} If a result is named so that its page could not be filed.
 * @throws {EnvironmentError} If a page cannot be written.
 */
export async function buildSite(
  { results, recipes, out }: SiteInput,
): Promise<{ readonly pages: readonly string[] }> {
  const entries = entriesOf(results, recipes);
  for (const { name } of entries) fileOf(name); // before anything is written
  const overview = join(out, "index.html");
  await writeAtomic(overview, await overviewPage(entries));
  const pages = [overview];
  for (const { name, recipe, results } of entries) {
    pages.push(await writePage(out, name, await resultPage({ name, recipe, results })));
  }
  return { pages };
}

/**
 * Writes the page of one recipe.
 *
 * @param input Its results in any order, those of other recipes left aside; and the folder to write to.
 * @returns Path of the page.
 * @throws {EnvironmentError} If it cannot be written.
 */
export async function writeRecipePage(
  input: {
    /** The recipe. */
    readonly recipe: Recipe;
    /** Results in any order. */
    readonly results: readonly Result[];
    /** Folder of the page; made if absent. */
    readonly out: string;
  },
): Promise<string> {
  const { recipe, out } = input;
  const results = input.results.filter((result) => nameOfResult(result) === recipe.name);
  return await writePage(
    out,
    recipe.name,
    await resultPage({ name: recipe.name, recipe, results }),
  );
}

/** Recipes in their order, then what else has results by name; results of each the newest first. */
function entriesOf(results: readonly Result[], recipes: readonly Recipe[]): Entry[] {
  const newestFirst = results.toSorted((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
  const byName = Map.groupBy(newestFirst, nameOfResult);
  const known = new Map(recipes.map((recipe) => [recipe.name, recipe]));
  const others = [...byName.keys()].filter((name) => !known.has(name)).sort();
  return [...known.keys(), ...others].map((name) => ({
    name,
    recipe: known.get(name) ?? null,
    results: byName.get(name) ?? [],
  }));
}

async function writePage(out: string, name: string, html: string): Promise<string> {
  const path = join(out, fileOf(name));
  await writeAtomic(path, html);
  return path;
}

/** A name that leads out of the folder, or hides the overview, is refused. */
function fileOf(name: string): string {
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name) || name === "index") {
    throw new RangeError(
      `Cannot write the page of "${name}": expected a lower-case word other than "index"`,
    );
  }
  return `${name}.html`;
}
