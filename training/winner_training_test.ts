import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { findRecipe, type Profile, type Recipe } from "../recipes/mod.ts";
import type { LogLine, SeedRecord } from "./record.ts";
import { type TrainOptions, trainSeed } from "./seed.ts";
import { openTask } from "./task_of.ts";

/** The MNIST network of `nupic.torch` with k-winners and static masks, on few digits: eight steps an epoch. */
async function smallRecipe(): Promise<Recipe> {
  const recipe = await findRecipe("mnist-cnn-sparse-mnist");
  const { dataset, ...whole } = recipe.profiles.quick!;
  const quick = {
    ...whole,
    dataset: { ...dataset, trainExamples: 128, devExamples: 64, noise: false },
    dense: { ...whole.dense, batch: 16, epochs: 1 },
    // So few steps take a higher rate.
    prune: { ...whole.prune, batch: 16, epochs: 5, learningRate: 0.1 },
  } as Profile; // as it was read
  return { ...recipe, profiles: { quick } };
}

Deno.test("trainSeed() with k-winners and static masks learns, and goes on where it was interrupted", async () => {
  const recipe = await smallRecipe();
  const [first, second] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  using opened = await openTask(recipe, "quick", { cacheDirectory: first }, 1);
  async function train(
    directory: string,
    options: Partial<TrainOptions> = {},
  ): Promise<SeedRecord> {
    return await trainSeed(recipe, "quick", opened.task, 1, { directory, ...options });
  }
  try {
    const { layers, sparse } = await train(first);
    assert(layers.every(({ proved }) => proved));
    assertEquals(layers.map(({ sparsity }) => Math.round(sparsity * 100)), [40, 55, 80]);
    const read = (directory: string, file: string) => Deno.readFile(`${directory}/${file}`);
    const log = new TextDecoder().decode(await read(first, "log-1.jsonl")).trim().split("\n")
      .map((line) => JSON.parse(line) as LogLine);
    const losses = log.filter(({ stage }) => stage === "sparse").map(({ loss }) => loss);
    assertGreater(losses[0]!, 1.5 * losses.at(-1)!);
    assertGreater(sparse.last, 0.3);
    const abort = new AbortController();
    const interrupted = train(second, {
      signal: abort.signal,
      onProgress({ stage, step }): void {
        if (stage === "sparse" && step === 11) abort.abort(new Error("stopped"));
      },
    });
    await assertRejects(() => interrupted, Error, "stopped");
    await train(second);
    for (const file of ["sparse-1.safetensors", "log-1.jsonl"]) {
      assertEquals(await read(second, file), await read(first, file), file);
    }
  } finally {
    for (const directory of [first, second]) await Deno.remove(directory, { recursive: true });
  }
});
