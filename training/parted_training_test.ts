import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { openTfjs } from "../engines/tfjs/mod.ts";
import { readSafetensors } from "../models/mod.ts";
import { deviationsOf } from "./deviations.ts";
import { type TrainOptions, trainSeed } from "./seed.ts";
import { tinyRecipe, tinyTask } from "./tiny_data.ts";
import { trainingMemory } from "./training_memory.ts";

const TASK = tinyTask(64, 16);
const RECIPE = tinyRecipe({ dense: { dropout: 0 }, prune: { dropout: 0 } });
/** Holds 6 of a batch's 16 examples, less with a teacher beside. */
const TENSOR_BYTES = 210_000;

interface Trained {
  readonly bytes: Uint8Array;
  readonly weights: Awaited<ReturnType<typeof readSafetensors>>["tensors"];
}

async function train(
  options: Partial<TrainOptions>,
  interruptAt?: number,
  recipe = RECIPE,
): Promise<Trained> {
  const directory = await Deno.makeTempDir();
  const run = (more: Partial<TrainOptions>) =>
    trainSeed(recipe, "quick", TASK, 1, { directory, ...options, ...more });
  try {
    if (interruptAt !== undefined) {
      const controller = new AbortController();
      const onProgress: TrainOptions["onProgress"] = ({ stage, step }) => {
        if (stage === "sparse" && step >= interruptAt) controller.abort(new Error("interrupted"));
      };
      await assertRejects(() => run({ signal: controller.signal, onProgress }), Error, "interrupt");
    }
    await run({});
    const path = `${directory}/sparse-1.safetensors`;
    return { bytes: await Deno.readFile(path), weights: (await readSafetensors(path)).tensors };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function partsOfTiny(): { readonly dense: number; readonly prune: number } {
  const { parts, fits } = trainingMemory(RECIPE, "quick", TASK, TENSOR_BYTES);
  assert(fits && parts.dense < 16 && parts.prune < 16);
  return parts;
}

Deno.test("trainSeed() in parts prunes and learns as with whole batches, and gives back its memory", async () => {
  partsOfTiny();
  const { tf } = await openTfjs();
  const before = tf.memory();
  // Where gradients are all but zero, Adam makes much of how they are rounded.
  const sgd = { dropout: 0, optimizer: "sgd", momentum: 0.9, learningRate: 0.002 } as const;
  const recipe = tinyRecipe({ dense: sgd, prune: sgd });
  const whole = await train({}, undefined, recipe);
  const parted = await train({ tensorBytes: TENSOR_BYTES }, undefined, recipe);
  const after = tf.memory();
  assertEquals([after.numTensors, after.numBytes], [before.numTensors, before.numBytes]);
  let zeros = 0;
  for (const [name, { data }] of whole.weights) {
    const found = parted.weights.get(name)!.data;
    data.forEach((value: number | bigint, i: number) => {
      assertAlmostEquals(Number(found[i]!), Number(value), 1e-6, name);
      assertEquals(found[i] === 0, value === 0, `${name}: another mask`);
      zeros += value === 0 ? 1 : 0;
    });
  }
  assert(zeros > 1000);
});

Deno.test("trainSeed() in parts goes on where it was interrupted, whatever the threads, with dropout", async () => {
  const recipe = tinyRecipe();
  const options = { tensorBytes: TENSOR_BYTES };
  const first = await train(options, undefined, recipe);
  assertEquals((await train(options, 3, recipe)).bytes, first.bytes);
  assertEquals((await train({ ...options, threads: 2 }, undefined, recipe)).bytes, first.bytes);
  const whole = await train({}, undefined, recipe);
  assert(whole.bytes.some((byte, i) => byte !== first.bytes[i]), "dropout draws for each part");
});

Deno.test("deviationsOf() says which batches were run in parts, and of what size", () => {
  const { dense, prune } = partsOfTiny();
  const found = deviationsOf(RECIPE, "quick", TASK, { tensorBytes: TENSOR_BYTES });
  for (const part of [dense, prune]) {
    const says = `batches: 16 examples are run in ${Math.ceil(16 / part)} parts of `;
    assert(found.some((text) => text.startsWith(says)), found.join("\n"));
  }
  assert(!deviationsOf(RECIPE, "quick", TASK, {}).join().includes(" parts of "));
});
