import { assertEquals, assertRejects } from "@std/assert";
import { EnvironmentError } from "../core/mod.ts";
import { explained } from "./out_of_memory.ts";
import { trainSeed } from "./seed.ts";
import { tinyRecipe, tinyTask } from "./tiny_data.ts";

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
