import { assert, assertEquals, assertGreater } from "@std/assert";
import { openTfjs } from "../engines/tfjs/mod.ts";
import { type TrainOptions, trainSeed } from "./seed.ts";
import { tinyRecipe, tinyTask } from "./tiny_data.ts";

Deno.test("trainSeed() holds as many tensors and bytes after hundreds of steps as at first", async (t) => {
  await t.step("in whole batches", () => assertSteady({}));
  await t.step("in parts", () => assertSteady({ tensorBytes: 300_000 }));
});

async function assertSteady(options: Pick<TrainOptions, "tensorBytes">): Promise<void> {
  const { tf } = await openTfjs();
  const held = new Map<string, Set<string>>();
  const directory = await Deno.makeTempDir();
  const before = tf.memory();
  try {
    const recipe = tinyRecipe({ dense: { epochs: 15 }, prune: { epochs: 15 } });
    const record = await trainSeed(recipe, "quick", tinyTask(320, 32), 1, {
      directory,
      ...options,
      onProgress({ stage, step }): void {
        // What was built for the first batches stays.
        if (step < 20) return;
        const { numTensors, numBytes } = tf.memory();
        const seen = held.get(stage) ?? new Set();
        held.set(stage, seen.add(`${numTensors} tensors of ${numBytes} bytes`));
      },
    });
    assertEquals([...held.keys()], ["dense", "sparse"]);
    for (const [stage, seen] of held) assertEquals(seen.size, 1, `${stage}: ${[...seen]}`);
    const { numTensors, numBytes } = tf.memory();
    assertEquals([numTensors, numBytes], [before.numTensors, before.numBytes]);
    assertGreater(record.peakMemoryBytes, 2 ** 24);
    assertEquals(record.products.map(({ name }) => name), record.layers.map(({ name }) => name));
    assert(record.products.some(({ products }) => products.forward === "sparse"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
