import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { EnvironmentError, UsageError } from "../core/mod.ts";
import { findRecipe, findRecipes, profileOf } from "../recipes/mod.ts";
import { type BenchRequest, filterCells, planBench } from "./bench_plan.ts";
import { hashFolders } from "./cache_key.ts";
import { threadCounts } from "./threads.ts";
import { planTraining, type TrainRequest } from "./train_plan.ts";

const recipe = await findRecipe("bert-mini-4x1-sst2");

const benchRequest: BenchRequest = {
  suite: "models",
  recipes: [recipe],
  recipesOnly: true,
  weights: new Map(),
  threads: [1],
  quick: true,
  data: null,
  filter: null,
};

const trainRequest: TrainRequest = {
  recipe,
  profile: "quick",
  data: null,
  seeds: null,
  trainExamples: null,
};

Deno.test("planBench() gives the same key for the same work", async () => {
  assertEquals((await planBench(benchRequest)).key, (await planBench(benchRequest)).key);
});

Deno.test("planBench() gives another key for anything that changes the measurement", async () => {
  const { key } = await planBench(benchRequest);
  const changes: Partial<BenchRequest>[] = [
    { threads: [1, 2] },
    { quick: false },
    { filter: "batch=1 " },
    { recipes: await findRecipes("bert-mini-2of4-sst2") },
    { weights: new Map([[recipe.name, { path: "w.safetensors", sha256: "0".repeat(64) }]]) },
  ];
  for (const change of changes) {
    assertNotEquals((await planBench({ ...benchRequest, ...change })).key, key);
  }
});

Deno.test("planBench() ignores parts of a recipe that do not bear on speed", async () => {
  const retold = { ...recipe, title: "Another title" };
  const { key } = await planBench(benchRequest);
  assertEquals((await planBench({ ...benchRequest, recipes: [retold] })).key, key);
});

Deno.test("planBench() refuses a filter that leaves nothing", async () => {
  await assertRejects(
    () => planBench({ ...benchRequest, filter: "batch=77" }),
    UsageError,
    'no cell contains "batch=77", expected a part of e.g. "bert-mini f32 4x1 0.9 batch=1 seq=128"',
  );
});

Deno.test("filterCells() goes by id, tag and engine, and joins parts by and", async () => {
  const { cells } = await planBench(benchRequest);
  const names = (filter: string): string[] =>
    filterCells(cells, filter).flatMap(({ name, groups }) =>
      groups.map((group) => `${name} ${group.name}`)
    );
  assertEquals(names("batch=32"), [
    "bert-mini f32 4x1 0.9 batch=32 seq=128 native",
    "bert-mini f32 4x1 0.9 batch=32 seq=128 WebAssembly",
  ]);
  assertEquals(names("frontier,batch=1 ,wasm").length, 2); // tfjs meets our WebAssembly too
  assertEquals(names("batch=8,onnxruntime-web"), [
    "bert-mini f32 4x1 0.9 batch=8 seq=128 WebAssembly",
  ]);
  assertEquals(names("batch=8,none"), []);
});

Deno.test("planTraining() numbers seeds from 1", async () => {
  assertEquals((await planTraining({ ...trainRequest, seeds: 2 })).seedList, [1, 2]);
  const { seedList } = await planTraining(trainRequest);
  assertEquals(seedList.length, profileOf(recipe, "quick").seeds);
});

Deno.test("planTraining() gives another key for anything that changes the training", async () => {
  const { key } = await planTraining(trainRequest);
  const quick = profileOf(recipe, "quick");
  const dense = { ...quick.dense, epochs: quick.dense.epochs + 1 };
  const changes: Partial<TrainRequest>[] = [
    { seeds: 1 },
    { trainExamples: 100 },
    { recipe: { ...recipe, profiles: { ...recipe.profiles, quick: { ...quick, dense } } } },
    { recipe: { ...recipe, sparsity: { ...recipe.sparsity, target: 0.8 } } },
  ];
  for (const change of changes) {
    assertNotEquals((await planTraining({ ...trainRequest, ...change })).key, key);
  }
});

Deno.test("planTraining() fails at once if data is missing", async () => {
  const data = await Deno.makeTempDir();
  try {
    const request: TrainRequest = { ...trainRequest, profile: "published", data };
    await assertRejects(() => planTraining(request), EnvironmentError, "train.tsv is missing");
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("planTraining() ignores what the training does not read", async () => {
  const { key } = await planTraining(trainRequest);
  const retold = {
    ...recipe,
    tolerances: { ...recipe.tolerances, speedup: 9 },
    benchmark: { ...recipe.benchmark, headline: 1 },
  };
  assertEquals((await planTraining({ ...trainRequest, recipe: retold })).key, key);
});

Deno.test("hashFolders() sees every source, but no tests", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(root, "core/inner"), { recursive: true });
    await Deno.writeTextFile(join(root, "deno.lock"), "{}");
    await Deno.writeTextFile(join(root, "core/inner/a.ts"), "1");
    const before = await hashFolders(["core"], root);
    await Deno.writeTextFile(join(root, "core/inner/a_test.ts"), "2");
    assertEquals(await hashFolders(["core"], root), before);
    await Deno.writeTextFile(join(root, "core/inner/a.ts"), "3");
    assertNotEquals(await hashFolders(["core"], root), before);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("threadCounts() measures with one thread and with all", () => {
  assertEquals(threadCounts(null, 8), [1, 8]);
  assertEquals(threadCounts(null, 1), [1]);
  assertEquals(threadCounts(3, 8), [3]);
  assertThrows(() => threadCounts(9, 8), UsageError, "this machine has 8");
});
