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

Deno.test("assembleRecord() tells what seeds left out once, beside the other deviations", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const result = (seed: number) => ({ seed, last: 0.5, best: 0.5, groups: [] });
    const write = async (seed: number, notes?: readonly string[]): Promise<void> => {
      const record = {
        ...{ seed, dense: result(seed), sparse: result(seed), layers: [], skipped: [] },
        ...{
          sparsity: 0.75,
          products: [],
          peakMemoryBytes: seed,
          wallMs: 1,
          ...notes && { notes },
        },
      };
      await Deno.writeTextFile(`${directory}/seed-${seed}.json`, JSON.stringify(record));
      await Deno.writeTextFile(`${directory}/log-${seed}.jsonl`, `${seed}\n`);
    };
    const assemble = (seeds: readonly number[]) =>
      assembleRecord(tinyRecipe(), "quick", tinyTask(64, 10), seeds, { directory });
    await write(1);
    assertEquals((await assemble([1])).leftOut, undefined);
    await write(2, ["clips: 1 of 200 left out"]);
    await write(3, ["clips: 1 of 200 left out"]);
    const record = await assemble([1, 2, 3]);
    assertEquals(record.leftOut, ["clips: 1 of 200 left out"]);
    assertEquals(record.deviations.filter((text) => text.startsWith("clips")).length, 1);
    assertEquals([record.peakMemoryBytes, record.wallMs], [3, 3]);
    assertEquals(await Deno.readTextFile(`${directory}/log.jsonl`), "1\n2\n3\n");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
