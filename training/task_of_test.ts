import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UsageError } from "../core/mod.ts";
import { openDataset } from "../datasets/mod.ts";
import { networkNamed, zeroParameters } from "../models/mod.ts";
import { type DatasetChoice, findRecipe, type Profile, type Recipe } from "../recipes/mod.ts";
import { architecturesOf } from "./architecture.ts";
import { outlineOf } from "./network.ts";
import type { Task } from "./task.ts";
import { openTask, taskOf } from "./task_of.ts";

const OPTIONS = { cacheDirectory: "unused" };

/** A recipe whose quick profile has other data. */
async function recipeWith(name: string, dataset: DatasetChoice): Promise<Recipe> {
  const recipe = await findRecipe(name);
  const quick: Profile = { ...recipe.profiles.quick!, dataset };
  return { ...recipe, profiles: { ...recipe.profiles, quick } };
}

async function first<T>(batches: AsyncIterable<T>): Promise<T> {
  for await (const batch of batches) return batch;
  throw new Error("no batch");
}

/** Opens a task, checks its network, and gives shapes of the inputs of a training batch. */
async function inputsOf(
  recipe: Recipe,
): Promise<{ readonly task: Task; readonly inputs: Record<string, readonly number[]> }> {
  using opened = await openTask(recipe, "quick", OPTIONS, 1);
  const { task } = opened;
  const { sparse } = architecturesOf(recipe, "quick");
  task.check(outlineOf(sparse.architecture));
  const { inputs } = await first(task.trainBatches({ size: 4, label: "x", from: 0 }));
  const shapes = Object.entries(inputs).map(([name, { shape }]) => [name, shape] as const);
  return { task, inputs: Object.fromEntries(shapes) };
}

const SIZES = { trainExamples: 8, devExamples: 5 };

Deno.test("openTask() opens every kind of data as its network reads it", async () => {
  const cases: readonly (readonly [string, DatasetChoice, string, string, readonly number[]])[] = [
    [
      "bert-mini-4x1-sst2",
      { name: "synthetic-sentiment", sequence: 32, ...SIZES },
      ...["accuracy", "input_ids", [4]] as const,
    ],
    [
      "bert-mini-4x1-squad",
      { name: "synthetic-spans", sequence: 32, ...SIZES },
      ...["f1", "input_ids", [4]] as const,
    ],
    [
      "mnist-cnn-sparse1-mnist",
      { name: "synthetic-digits", ...SIZES },
      ...["accuracy", "image", [4, 1, 28, 28]] as const,
    ],
    [
      "dlrm-4x16-criteo",
      { name: "synthetic-clicks", ...SIZES },
      ...["auc", "indices", [26, 4]] as const,
    ],
    [
      "ssd-resnet34-2x1-coco",
      { name: "synthetic-boxes", ...SIZES },
      ...["map", "images", [4, 3, 96, 96]] as const,
    ],
  ];
  for (const [name, dataset, metric, input, shape] of cases) {
    const { task, inputs } = await inputsOf(await recipeWith(name, dataset));
    assertEquals([task.facts.name, task.metric], [dataset.name, metric]);
    assertEquals(task.counts.train, 8, name);
    const found = Object.entries(inputs).find(([key]) => key.startsWith(input))?.[1];
    assertEquals(found?.slice(0, shape.length), shape, `${name}: ${Object.keys(inputs)}`);
  }
});

Deno.test("openTask() fits tables and sides to the network, where the recipe leaves them open", async () => {
  const clicks = await recipeWith("dlrm-4x16-criteo", { name: "synthetic-clicks", ...SIZES });
  using opened = await openTask(clicks, "quick", OPTIONS, 1);
  const graph = outlineOf(architecturesOf(clicks, "quick").sparse.architecture);
  const { inputs } = await first(opened.task.trainBatches({ size: 8, label: "x", from: 0 }));
  const indices = Array.from(inputs["indices"]!.data, Number);
  for (let table = 0; table < 26; table++) {
    const rows = graph.initializers.get(`emb_l.${table}.weight`)!.shape[0]!;
    assert(indices.slice(8 * table, 8 * (table + 1)).every((index) => index < rows));
  }
  // A photograph as large as the network's input, unless the recipe says otherwise: then it does not fit.
  const other = await recipeWith("resnet20-2x1-cifar10", {
    ...{ name: "synthetic-photographs", side: 16 },
    ...SIZES,
  });
  await assertRejects(() => inputsOf(other), RangeError, "expected [3,16,16]");
});

Deno.test("openTask() tests under noise and smooths labels as the profile says", async () => {
  const trialsOf = async (noise: boolean): Promise<number> => {
    const recipe = await recipeWith("mnist-cnn-sparse1-mnist", {
      ...{ name: "synthetic-digits", noise },
      ...SIZES,
    });
    return (await inputsOf(recipe)).task.trials?.length ?? 0;
  };
  assertEquals([await trialsOf(false), await trialsOf(true)], [0, 10]);
  const graph = networkNamed("resnet20-scaled").build({ batch: 1 }, zeroParameters());
  const data = await openDataset({ name: "synthetic-photographs", ...SIZES }, OPTIONS);
  const lossOf = async (labelSmoothing: number): Promise<number> => {
    const task = await taskOf(data, graph, { labelSmoothing, noise: false });
    const batch = await first(task.trainBatches({ size: 4, label: "x", from: 0 }));
    const scores = Float32Array.from({ length: 40 }, (_, i) => i % 7);
    return task.loss(batch, { [graph.outputs[0]!.name]: scores }).value;
  };
  assert(await lossOf(0) !== await lossOf(0.1));
});

Deno.test("taskOf() refuses networks that are none for such data", async () => {
  const bert = outlineOf(
    architecturesOf(await findRecipe("bert-mini-4x1-sst2"), "quick").sparse.architecture,
  );
  const settings = { labelSmoothing: 0, noise: false };
  const images = await openDataset({ name: "synthetic-digits", ...SIZES }, OPTIONS);
  await assertRejects(
    () => taskOf(images, bert, settings),
    RangeError,
    "expected one of each",
  );
  for (
    const [name, words] of [
      ["synthetic-clicks", "it has no embedding tables"],
      ["synthetic-boxes", "expected square images"],
    ] as const
  ) {
    const recipe = await recipeWith("bert-mini-4x1-sst2", { name, ...SIZES });
    await assertRejects(() => openTask(recipe, "quick", OPTIONS, 1), RangeError, words);
  }
});

/** A second of silence as a WAV file: mono, 16 kHz, 16 bits. */
function silence(): Uint8Array {
  const bytes = new Uint8Array(44 + 32_000);
  const view = new DataView(bytes.buffer);
  const write = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at);
  write(0, "RIFF");
  view.setUint32(4, 36 + 32_000, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  [1, 1].forEach((value, i) => view.setUint16(20 + 2 * i, value, true));
  [16_000, 32_000].forEach((value, i) => view.setUint32(24 + 4 * i, value, true));
  [2, 16].forEach((value, i) => view.setUint16(32 + 2 * i, value, true));
  write(36, "data");
  view.setUint32(40, 32_000, true);
  return bytes;
}

Deno.test("openTask() holds out another fifth of the speakers for each seed, and ends its thread", async () => {
  const dataDirectory = await Deno.makeTempDir();
  const { terminate } = Worker.prototype;
  let ended = 0;
  Worker.prototype.terminate = function (): void {
    ended++;
    terminate.call(this);
  };
  try {
    const words = [..."yes no up down left right on off stop go".split(" "), "_silence_"];
    for (const word of [...words, "_unknown_"]) {
      const folder = `${dataDirectory}/speech_commands_test_set_v0.02/${word}`;
      await Deno.mkdir(folder, { recursive: true });
      for (let speaker = 0; speaker < 5; speaker++) {
        for (let clip = 0; clip <= speaker; clip++) {
          await Deno.writeFile(`${folder}/0000000${speaker}_nohash_${clip}.wav`, silence());
        }
      }
    }
    const recipe = await findRecipe("gsc-cnn-sparse-gsc");
    const heldOut: number[] = [];
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      using opened = await openTask(recipe, "scratch", { ...OPTIONS, dataDirectory }, seed);
      const { counts: { train, dev }, facts } = opened.task;
      assertEquals(train + dev, 12 * 15);
      assertStringIncludes(facts.notes!.join(), "one of 5 parts by speaker held out, another");
      heldOut.push(dev);
    }
    // The speakers say each word once to five times.
    assertEquals(heldOut.slice(0, 5).sort((a, b) => a - b), [12, 24, 36, 48, 60]);
    assertEquals(heldOut[5], heldOut[0]);
    assertEquals(ended, 6);
  } finally {
    Worker.prototype.terminate = terminate;
    await Deno.remove(dataDirectory, { recursive: true });
  }
});

Deno.test("openTask() refuses a profile that the recipe does not have", async () => {
  const recipe = await findRecipe("mnist-cnn-sparse1-mnist");
  const { message } = await assertRejects(
    () => openTask(recipe, "scratch", OPTIONS, 1),
    UsageError,
  );
  assertStringIncludes(message, 'it has no profile "scratch"');
});
