import { assert, assertEquals, assertRejects } from "@std/assert";
import { EnvironmentError } from "../core/mod.ts";
import { findRecipe } from "../recipes/mod.ts";
import { assembleRecord, deviationsOf } from "./assemble.ts";
import { chooseLayers } from "./layers.ts";
import { graphOf } from "./network.ts";
import { configOf } from "./config.ts";
import { tinyDataset, tinyRecipe } from "./tiny_data.ts";
import { createRandom } from "../core/mod.ts";
import { initialiseBert } from "../models/mod.ts";

Deno.test("deviationsOf() names model, data, init, caps and notes of a quick run", async () => {
  const recipe = await findRecipe("bert-mini-4x1-sst2");
  const dataset = { ...tinyDataset(100, 10), notes: ["data: cut to 100 examples"] };
  const found = deviationsOf(recipe, "quick", dataset, { deviations: ["seeds: 1 instead of 3"] });
  const starts = [
    "seeds: 1 instead of 3",
    "data: cut to 100 examples",
    "model: 2 layers of 128 with 2 heads and 512 in between instead of bert-mini (4 layers of 256",
    "data: tiny instead of sst2",
    "init: scratch instead of the pretrained bert-mini/model.safetensors",
    "distillation: ",
    "batches: 4 examples",
  ];
  assertEquals(found.length, starts.length);
  starts.forEach((start, i) => assert(found[i]!.startsWith(start), found[i]));
});

Deno.test("deviationsOf() says that a published run started from scratch", async () => {
  const recipe = await findRecipe("bert-mini-4x1-sst2");
  const dataset = { ...tinyDataset(64, 10), name: "sst2" };
  const found = deviationsOf(recipe, "published", dataset, {});
  assert(found.includes("init: scratch instead of the pretrained bert-mini/model.safetensors"));
  const initial = new Map();
  assert(!deviationsOf(recipe, "published", dataset, { initial }).join().includes("scratch"));
});

Deno.test("assembleRecord() names the seed whose record is missing", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await assertRejects(
      () => assembleRecord(tinyRecipe(), "quick", tinyDataset(64, 10), [3], { directory }),
      EnvironmentError,
      "seed-3.json",
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("chooseLayers() prunes the encoder and gives a reason for every other layer", () => {
  const recipe = tinyRecipe({
    sparsity: { pattern: "4x1", include: ["encoder", "classifier"], exclude: ["pooler", "key"] },
  });
  const config = configOf(recipe, "quick", tinyDataset(16, 16));
  const graph = graphOf(config, 1, 8, initialiseBert(config, createRandom(0)));
  const { pruned, skipped } = chooseLayers(graph, recipe.sparsity);
  assertEquals(pruned.map(({ rows, cols }) => `${rows}x${cols}`), [
    "16x16",
    "16x16",
    "16x16",
    "32x16",
    "16x32",
  ]);
  assertEquals(skipped, [
    {
      name: "bert.encoder.layer.0.attention.self.key.weight",
      reason: 'excluded by the recipe ("key")',
    },
    { name: "bert.pooler.dense.weight", reason: 'excluded by the recipe ("pooler")' },
    { name: "classifier.weight", reason: "2 rows do not divide by 4" },
  ]);
});
