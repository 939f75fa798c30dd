import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { EnvironmentError } from "../../core/mod.ts";
import { openTfjs, type TfTensor, tidied } from "./heap.ts";

/** A tensor of 67 MB that is never written to, so that it takes no real memory. */
const SHAPE = [16, 2 ** 20] as const;

Deno.test("openTfjs() refuses tensors that find no place, which would lie over others", async () => {
  await openTfjs();
  const { tf, heap } = await openTfjs();
  const kept: TfTensor[] = [];
  const { message, remedy } = tidied(tf, () => {
    const places = new Set<number>();
    const error = assertThrows(() => {
      // More than 4 GB in all.
      for (let i = 0; i < 64; i++) {
        kept.push(heap.allocate(SHAPE) as TfTensor); // all that is asked of it is its place
        places.add(heap.float32(kept.at(-1)!).byteOffset);
      }
    }, EnvironmentError);
    assertEquals(places.size, kept.length);
    // tfjs' own kernels, too.
    assertThrows(() => tf.zeros([...SHAPE]).add(1), EnvironmentError, "is full");
    return error;
  });
  assertEquals(
    message,
    "Cannot hold a tensor of 0.1 GB: the memory of WebAssembly is full, expected room for all of a step",
  );
  assertStringIncludes(remedy!, "smaller batches");
  const backend = tf.backend() as unknown as { disposeData(dataId: object): void }; // of the WebAssembly backend
  for (const { dataId } of kept) backend.disposeData(dataId);
  const one = tf.zeros([...SHAPE]);
  assertEquals(heap.float32(one).length, 2 ** 24);
  one.dispose();
});
