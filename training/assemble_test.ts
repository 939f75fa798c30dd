import { assert, assertEquals, assertRejects } from "@std/assert";
import { EnvironmentError } from "../core/mod.ts";
import { findRecipe } from "../recipes/mod.ts";
import { assembleRecord } from "./assemble.ts";
import { deviationsOf } from "./deviations.ts";
import { tinyDataset, tinyRecipe, tinyTask } from "./tiny_data.ts";
import { textTask } from "./tasks/text.ts";

Deno.test("deviationsOf() names model, data, init, caps and notes of a quick run", async () => {
  const recipe = await findRecipe("bert-mini-4x1-sst2");
  const dataset = { ...tinyDataset(100, 10), notes: ["data: cut to 100 examples"] };
  const found = deviationsOf(recipe, "quick", textTask(dataset), {
    deviations: ["seeds: 1 instead of 3"],
  });
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
  const found = deviationsOf(recipe, "published", textTask(dataset), {});
  assert(found.includes("init: scratch instead of the pretrained bert-mini/model.safetensors"));
  const initial = new Map();
  assert(
    !deviationsOf(recipe, "published", textTask(dataset), { initial }).join().includes("scratch"),
  );
});

Deno.test("assembleRecord() names the seed whose record is missing", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await assertRejects(
      () => assembleRecord(tinyRecipe(), "quick", tinyTask(64, 10), [3], { directory }),
      EnvironmentError,
      "seed-3.json",
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
