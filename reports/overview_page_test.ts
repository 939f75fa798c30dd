import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { loadRecipes } from "../recipes/mod.ts";
import { markupProblems, textOf } from "./markup_check.ts";
import { type Entry, overviewPage } from "./overview_page.tsx";
import { sampleResult, sampleSuiteResult } from "./sample_result.ts";

const recipes = await loadRecipes();

function entries(results: Readonly<Record<string, Entry["results"]>>): Entry[] {
  const known = recipes.map((recipe) => ({ name: recipe.name, recipe }));
  const suites = Object.keys(results).filter((name) => !known.some((one) => one.name === name))
    .map((name) => ({ name, recipe: null }));
  return [...known, ...suites].map((one) => ({ ...one, results: results[one.name] ?? [] }));
}

Deno.test("overviewPage() lists every claim with its verdict and figures", async () => {
  const html = await overviewPage(entries({ "bert-mini-4x1-sst2": [sampleResult()] }));
  assertEquals(markupProblems(html), []);
  const text = textOf(html);
  assertStringIncludes(text, `1 of ${recipes.length} claims judged so far: 1 partly reproduced.`);
  for (const { title } of recipes) assertStringIncludes(text, title);
  assertStringIncludes(
    text,
    "Claimed: 86.92 % sparse, 87.61 % dense accuracy (best of several runs)",
  );
  assertStringIncludes(text, "4.8x [4.6, 4.9] over skipzero-native-dense");
  assertStringIncludes(text, "−0.53 points sparse − dense, claimed −0.69");
  assertStringIncludes(text, "1 of 1 network runs 4.8x as fast as the fastest dense engine");
});

Deno.test("overviewPage() links every page", async () => {
  const html = await overviewPage(entries({ overhead: [sampleSuiteResult()] }));
  const links = [...html.matchAll(/<h3><a href="([^"]*)"/g)].map(([, href]) => href);
  assertEquals(links, [...recipes.map(({ name }) => `${name}.html`), "overhead.html"]);
});

Deno.test("overviewPage() welcomes who has measured nothing", async () => {
  const html = await overviewPage(entries({}));
  assertEquals(markupProblems(html), []);
  const text = textOf(html);
  assertStringIncludes(text, `${recipes.length} claims, none of them run yet.`);
  assertStringIncludes(text, "deno task reproduce bert-mini-4x1-sst2");
  assert(!text.includes("Speed at a glance"));
});

Deno.test("overviewPage() does without recipes", async () => {
  assertEquals(markupProblems(await overviewPage([])), []);
});

Deno.test("overviewPage() counts outcomes, and shows the latest of several results", async () => {
  const contradicted = sampleResult({
    verdict: { outcome: "contradicted", reasons: ["speed outside the tolerance"] },
  });
  const [first, second] = recipes;
  const html = await overviewPage(
    entries({ [first!.name]: [contradicted, sampleResult()], [second!.name]: [sampleResult()] }),
  );
  const text = textOf(html);
  assertStringIncludes(
    text,
    `2 of ${recipes.length} claims judged so far: 1 contradicted and 1 partly reproduced.`,
  );
  assertStringIncludes(text, "2 results");
});
