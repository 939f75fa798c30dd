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
  const named = async (word: string): Promise<string[]> =>
    (await findRecipes(word)).map(({ name }) => name);
  assertEquals(await named("bert-mini-4x1-sst2"), ["bert-mini-4x1-sst2"]);
  assertEquals(await named("all"), (await loadRecipes()).map(({ name }) => name));
  const models = [
    "bert-mini",
    "bert-large",
    "bert-base",
    "dlrm",
    "resnet50",
    "ssd",
    "gsc",
    "mnist",
  ];
  for (const model of models) {
    const found = await named(model);
    const first = model.split("-")[0]!; // the example with one sparse layer is of BERT-large too
    assert(found.length > 0 && found.every((name) => name.startsWith(first)), model);
  }
  const both = ["resnext101-32x4d-2x1-imagenet", "resnext101-32x8d-2x1-imagenet"];
  for (const word of ["resnext", "resnext101", "resnext101-2x1-imagenet"]) {
    assertEquals(await named(word), both);
  }
  assertEquals(await named("resnext101-32x8d"), [both[1]]);
  assertEquals(await named("bert-base-unstructured-glue"), [
    "bert-base-unstructured85-glue",
    "bert-base-unstructured90-glue",
  ]);
  assertEquals(await named("bert-large-squad"), ["bert-large-2x1-squad", "bert-large-4x1-squad"]);
});

Deno.test("findRecipes() takes parts in their order and from the first one", async () => {
  for (const word of ["mini-4x1", "sst2", "bert-sst2-mini", "res"]) {
    await assertRejects(() => findRecipes(word), UsageError, `Cannot find recipe "${word}"`);
  }
});

Deno.test("findRecipes() names models if nothing is near", async () => {
  const error = await assertRejects(
    () => findRecipes("zzzzzzzz"),
    UsageError,
    "expected one of bert-base, bert-large, bert-mini, bert-tiny, dlrm, gsc, mnist, resnet20, resnet50, resnext101, ssd, all",
  );
  assertEquals(error.remedy, "deno task list");
});
