import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { EnvironmentError } from "../core/mod.ts";
import { openTraining, type TfTensor } from "../engines/tfjs/mod.ts";
import { viewOf } from "./network.ts";
import { explained } from "./out_of_memory.ts";
import { trainSeed } from "./seed.ts";
import { tinyRecipe, tinyTask } from "./tiny_data.ts";

/** A tensor of 64 MB that is never written to, so that it takes no real memory. */
const SHAPE = [16, 2 ** 20] as const;

Deno.test("viewOf() refuses a tensor that found no place in memory, which others would share", async () => {
  using machine = await openTraining();
  const { heap, ops: { tf } } = machine;
  const kept: TfTensor[] = [];
  const allocate = (): TfTensor => {
    const tensor = heap.allocate(SHAPE) as TfTensor; // all that is asked of it is its place
    kept.push(tensor);
    return tensor;
  };
  try {
    assertEquals(viewOf({ machine }, allocate()).length, 2 ** 24);
    const { message, remedy } = assertThrows(() => {
      // More than 4 GB in all.
      for (let i = 0; i < 64; i++) viewOf({ machine }, allocate());
    }, EnvironmentError);
    assertEquals(
      message,
      "Cannot hold a tensor of [16,1048576]: the memory of WebAssembly is full, expected room for all of a step",
    );
    assertStringIncludes(remedy!, "smaller batches");
  } finally {
    const backend = tf.backend() as unknown as { disposeData(dataId: object): void }; // of the WebAssembly backend
    for (const { dataId } of kept) backend.disposeData(dataId);
  }
});

Deno.test("explained() changes nothing but the end of WebAssembly", () => {
  const plain = new RangeError("x");
  assertEquals(explained(plain, 3), plain);
  assertEquals(explained("x", 3), "x");
});

Deno.test("trainSeed() says that memory may be full where WebAssembly ends by itself", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const task = tinyTask(64, 8);
    let steps = 0;
    const failing: typeof task = {
      ...task,
      loss: (batch, outputs) => {
        if (++steps === 3) throw new WebAssembly.RuntimeError("Aborted()");
        return task.loss(batch, outputs);
      },
    };
    const recipe = tinyRecipe({ distil: false });
    const { message } = await assertRejects(
      () => trainSeed(recipe, "quick", failing, 1, { directory }),
      EnvironmentError,
    );
    assertEquals(
      message,
      'Cannot do step 2: WebAssembly ended with "Aborted()", as it does when its memory is full',
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
