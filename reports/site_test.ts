import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { basename, join } from "@std/path";
import { EnvironmentError } from "../core/mod.ts";
import { findRecipe, loadRecipes } from "../recipes/mod.ts";
import { buildSite, writeRecipePage } from "./mod.ts";
import { markupProblems } from "./markup_check.ts";
import { sampleResult, sampleSuiteResult } from "./sample_result.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function contentOf(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name } of Deno.readDir(folder)) {
    files[name] = await Deno.readTextFile(join(folder, name));
  }
  return files;
}

Deno.test("buildSite() writes an overview and a page for each recipe and suite", () =>
  inFolder(async (folder) => {
    const recipes = await loadRecipes();
    const out = join(folder, "new", "site");
    const former = sampleResult({ recipe: "bert-tiny-4x1-sst2" });
    const results = [sampleSuiteResult(), former, sampleResult()];
    const { pages } = await buildSite({ results, recipes, out });
    assertEquals(pages.map((page) => basename(page)), [
      "index.html",
      ...recipes.map(({ name }) => `${name}.html`),
      "bert-tiny-4x1-sst2.html",
      "overhead.html",
    ]);
    const files = await contentOf(out);
    assertEquals(Object.keys(files).sort(), pages.map((page) => basename(page)).sort());
    for (const [name, html] of Object.entries(files)) assertEquals(markupProblems(html), [], name);
    for (const [, href] of files["index.html"]!.matchAll(/href="([^"#:]*)"/g)) {
      assert(href! in files, `${href} leads nowhere`);
    }
  }));

Deno.test("buildSite() writes the same bytes for the same results in any order", () =>
  inFolder(async (folder) => {
    const recipes = [await findRecipe("bert-mini-4x1-sst2")];
    const results = [sampleResult(), sampleResult({ startedAt: "2026-01-02T12:00:00Z" })];
    await buildSite({ results, recipes, out: join(folder, "a") });
    await buildSite({ results: results.toReversed(), recipes, out: join(folder, "b") });
    assertEquals(await contentOf(join(folder, "b")), await contentOf(join(folder, "a")));
  }));

Deno.test("buildSite() needs neither results nor recipes", () =>
  inFolder(async (out) => {
    const { pages } = await buildSite({ results: [], recipes: [], out });
    assertEquals(pages, [join(out, "index.html")]);
  }));

Deno.test("buildSite() replaces its pages and leaves other files", () =>
  inFolder(async (out) => {
    await Deno.writeTextFile(join(out, "index.html"), "old");
    await Deno.writeTextFile(join(out, "notes.txt"), "mine");
    await buildSite({ results: [], recipes: [], out });
    const files = await contentOf(out);
    assertStringIncludes(files["index.html"]!, "<!doctype html>");
    assertEquals(files["notes.txt"], "mine");
  }));

Deno.test("buildSite() writes nowhere else, whatever a result is named", () =>
  inFolder(async (folder) => {
    for (const recipe of ["../escaped", "a/b", "index", "", ".hidden"]) {
      const results = [sampleResult({ recipe })];
      const out = join(folder, "site");
      await assertRejects(
        () => buildSite({ results, recipes: [], out }),
        RangeError,
        "Cannot write",
      );
    }
    assertEquals(await Array.fromAsync(Deno.readDir(folder)), []);
  }));

Deno.test("buildSite() names the folder that it cannot write", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    const out = join(folder, "file", "site");
    await assertRejects(() => buildSite({ results: [], recipes: [], out }), EnvironmentError, out);
  }));

Deno.test("writeRecipePage() writes one page, of its own results", () =>
  inFolder(async (out) => {
    const recipe = await findRecipe("bert-mini-4x1-sst2");
    const results = [sampleResult(), sampleSuiteResult(), sampleResult({ recipe: "another" })];
    assertEquals(await writeRecipePage({ recipe, results, out }), join(out, `${recipe.name}.html`));
    const files = await contentOf(out);
    assertEquals(Object.keys(files), [`${recipe.name}.html`]);
    assert(!files[`${recipe.name}.html`]!.includes("History"), "there is only one result");
  }));
