import { assert, assertEquals, assertGreater } from "@std/assert";
import { graphMemory, zeroParameters } from "../models/mod.ts";
import { findRecipe } from "../recipes/mod.ts";
import { architecturesOf } from "./architecture.ts";
import { openTraining } from "../engines/tfjs/mod.ts";
import { trainSeed } from "./seed.ts";
import { tinyRecipe, tinyTask } from "./tiny_data.ts";
import { trainingMemory } from "./training_memory.ts";

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

Deno.test("trainingMemory() of published trainings tells those that WebAssembly can hold", async () => {
  const tensors = async (name: string, longest?: number): Promise<number> => {
    const task = longest === undefined ? {} : { longest };
    return trainingMemory(await findRecipe(name), "published", task).tensors;
  };
  assert(await tensors("bert-mini-4x1-sst2", 128) < 2 ** 30);
  assert(await tensors("resnet20-2x1-cifar10") < 2 ** 30);
  assert(await tensors("resnet50-2x1-imagenet") > 2 ** 32);
  assert(await tensors("bert-large-4x1-squad", 384) > 2 ** 32);
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
