import { assert, assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../core/mod.ts";
import { findRecipe, findRecipes, loadRecipes, recipePath } from "./catalogue.ts";

const NAMES = [
  "bert-mini-2of4-mrpc",
  "bert-mini-2of4-sst2",
  "bert-mini-4x1-mrpc",
  "bert-mini-4x1-sst2",
];

Deno.test("loadRecipes() reads every recipe, sorted by name", async () => {
  const names = (await loadRecipes()).map((recipe) => recipe.name);
  assertEquals(names.filter((name) => NAMES.includes(name)), NAMES);
  assertEquals(names, [...names].sort());
});

Deno.test("every recipe tells editors its schema in the first line", async () => {
  for (const { name } of await loadRecipes()) {
    const text = await Deno.readTextFile(recipePath(name));
    assertEquals(text.split("\n")[0], "# yaml-language-server: $schema=./recipe.schema.json");
  }
});

Deno.test("the recipes of BERT-mini hold the figures of the published table", async () => {
  const rows = (await findRecipes("bert-mini")).map(({ name, claim, sparsity }) => [
    name,
    claim.sparse,
    claim.dense,
    sparsity.pattern,
    sparsity.target,
  ]);
  assertEquals(rows.filter(([name]) => NAMES.includes(String(name))), [
    ["bert-mini-2of4-mrpc", 0.8695, 0.8752, "2:4", 0.5],
    ["bert-mini-2of4-sst2", 0.8693, 0.8761, "2:4", 0.5],
    ["bert-mini-4x1-mrpc", 0.8722, 0.8752, "4x1", 0.9],
    ["bert-mini-4x1-sst2", 0.8692, 0.8761, "4x1", 0.9],
  ]);
});

Deno.test("a figure that is the best of several runs is the best of the quoted runs", async () => {
  for (const { name, claim } of await loadRecipes()) {
    if (claim.kind !== "max" || !claim.runs) continue;
    assertEquals([claim.runs.dense.max, claim.runs.sparse.max], [claim.dense, claim.sparse], name);
    assert(claim.runs.dense.mean <= claim.dense && claim.runs.sparse.mean <= claim.sparse, name);
  }
});

Deno.test("findRecipe() finds one by its name", async () => {
  assertEquals((await findRecipe("bert-mini-4x1-mrpc")).name, "bert-mini-4x1-mrpc");
});

Deno.test("findRecipe() names the nearest if there is none", async () => {
  const error = await assertRejects(
    () => findRecipe("bert-mini-4x1-sst"),
    UsageError,
    'Cannot find recipe "bert-mini-4x1-sst": no such name, expected "bert-mini-4x1-sst2"',
  );
  assertEquals(error.remedy, "deno task reproduce bert-mini-4x1-sst2");
});

Deno.test("findRecipes() takes a recipe, a model or all", async () => {
  assertEquals((await findRecipes("bert-mini-4x1-sst2")).length, 1);
  const ofModel = await findRecipes("bert-mini");
  assertEquals(ofModel.every((recipe) => recipe.model.name === "bert-mini"), true);
  assertEquals((await findRecipes("all")).length, (await loadRecipes()).length);
});

Deno.test("findRecipes() lists all names if none is near", async () => {
  const error = await assertRejects(() => findRecipes("zzz"), UsageError, "expected one of bert-");
  assertEquals(error.remedy, "deno task list");
});
