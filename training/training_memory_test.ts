import { assert, assertEquals, assertGreater } from "@std/assert";
import { graphMemory, zeroParameters } from "../models/mod.ts";
import { findRecipe } from "../recipes/mod.ts";
import { architecturesOf } from "./architecture.ts";
import { openTraining } from "../engines/tfjs/mod.ts";
import { trainSeed } from "./seed.ts";
import { tinyRecipe, tinyTask } from "./tiny_data.ts";
import { type TrainingMemory, trainingMemory } from "./training_memory.ts";

Deno.test("trainingMemory() counts weights, gradients, state, teacher and the activations of a step", () => {
  const recipe = tinyRecipe();
  const [batch, sequence] = [16, 12];
  const { dense } = architecturesOf(recipe, "quick");
  const isTable = (name: string): boolean => name.endsWith("word_embeddings.weight");
  const graph = dense.architecture.build({ batch, sequence }, zeroParameters());
  const { activationTotal } = graphMemory(graph);
  const found = trainingMemory(recipe, "quick", { longest: sequence });
  const bytes = (of: (name: string) => boolean): number =>
    [...dense.draw("x")].filter(([name]) => of(name))
      .reduce((sum, [, { data }]) => sum + data.byteLength, 0);
  // A batch looks up rows of words and reads all the other parameters.
  const [tables, slots] = [bytes(isTable), bytes((name) => !isTable(name))];
  const weights = tables + slots;
  assertEquals(found.tables, 3 * tables);
  // AdamW keeps two values a weight; the dense model teaches the sparse one.
  assertEquals(found.tensors, 5 * slots + activationTotal);
  assertEquals(found.files, 2 * weights + 2 * 3 * weights);
  assertEquals(found.batch, batch);
  const alone = trainingMemory(tinyRecipe({ distil: false }), "quick", { longest: sequence });
  assertEquals(alone.tensors, found.tensors - slots);
});

Deno.test("trainingMemory() goes by the larger stage, its largest batch, and what its optimiser keeps", () => {
  const task = { longest: 16 };
  const plain = trainingMemory(tinyRecipe({ distil: false }), "quick", task);
  const larger = trainingMemory(
    tinyRecipe({ distil: false, prune: { firstEpochBatch: 64 } }),
    "quick",
    task,
  );
  assertEquals([plain.batch, larger.batch], [16, 64]);
  assertGreater(larger.tensors, 2 * plain.tensors);
  const sgd = { optimizer: "sgd", momentum: 0 } as const;
  const light = trainingMemory(
    tinyRecipe({ distil: false, dense: sgd, prune: sgd }),
    "quick",
    task,
  );
  assertEquals(light.tables, plain.tables / 3);
  assert(light.files < plain.files);
});

async function published(name: string, longest?: number): Promise<TrainingMemory> {
  const task = longest === undefined ? {} : { longest };
  return trainingMemory(await findRecipe(name), "published", task);
}

Deno.test("trainingMemory() of published trainings tells those that WebAssembly can hold", async () => {
  for (const [name, longest] of [["bert-mini-4x1-sst2", 128], ["resnet20-2x1-cifar10"]] as const) {
    const { tensors, sums, fits } = await published(name, longest);
    assert(tensors < 2 ** 30 && sums === 0 && fits);
  }
  const large = await published("bert-large-4x1-squad", 384);
  assert(!large.fits && large.tensors > 2 ** 32);
});

Deno.test("trainingMemory() divides what WebAssembly cannot hold whole, in lanes where that many fit", async () => {
  const resnet = await published("resnet50-2x1-imagenet");
  assertEquals([resnet.batch, resnet.parts, resnet.fits], [128, { dense: 16, prune: 16 }, true]);
  const huge = await published("resnet50-rigl-imagenet");
  assertEquals([huge.batch, huge.parts], [4096, { dense: 16, prune: 16 }]);
  assertEquals((await published("ssd-resnet34-2x1-coco")).parts, { dense: 16, prune: 16 });
  // A teacher leaves less to the stage that learns from it.
  const bert = await published("bert-base-unstructured90-glue", 128);
  assertEquals(bert.parts, { dense: 8, prune: 7 });
  assert(bert.tensors < 2 ** 32 && bert.sums > 300e6);
});

Deno.test("trainingMemory() has parts as large and as even as memory allows", () => {
  const task = { longest: 12 };
  const recipe = tinyRecipe({ distil: false });
  const parts = (tensorBytes: number): number => {
    const { parts, fits } = trainingMemory(recipe, "quick", task, tensorBytes);
    assertEquals(parts.dense, parts.prune);
    return fits ? parts.dense : 0;
  };
  const seen: number[] = [];
  for (let bytes = 1e6; bytes > 1e4; bytes *= 0.98) seen.push(parts(bytes));
  // 16 examples: whole, then in 2, 3, 4, 6, 8 and 16 parts, until nothing fits.
  assertEquals([...new Set(seen)], [16, 8, 6, 4, 3, 2, 1, 0]);
});

Deno.test("trainingMemory() is no more than a training takes", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const task = tinyTask(512, 32);
    const recipe = tinyRecipe({
      dense: { batch: 512, epochs: 1, dropout: 0 },
      prune: { batch: 512, epochs: 1, dropout: 0, warmEpochs: 0, cooldownEpochs: 0 },
    });
    const { tensors } = trainingMemory(recipe, "quick", task);
    await trainSeed(recipe, "quick", task, 1, { directory });
    using machine = await openTraining();
    const { tf } = machine.ops;
    const grown = (tf.backend() as unknown as { readonly wasm: { readonly HEAPU8: Uint8Array } })
      .wasm.HEAPU8.length; // tfjs keeps its types to itself
    assertGreater(grown, tensors);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
