import { assertEquals, assertRejects } from "@std/assert";
import { prefetched } from "./prefetch.ts";

Deno.test("prefetched() gives the same items and asks for one ahead", async () => {
  const made: number[] = [];
  async function* source(): AsyncGenerator<number> {
    for (let i = 0; i < 3; i++) {
      made.push(i);
      yield await Promise.resolve(i);
    }
  }
  const seen: string[] = [];
  for await (const item of prefetched(source())) {
    await Promise.resolve();
    seen.push(`${item} of ${made.length}`);
  }
  assertEquals(seen, ["0 of 2", "1 of 3", "2 of 3"]);
});

Deno.test("prefetched() throws what its source throws, after the items before", async () => {
  async function* source(): AsyncGenerator<number> {
    yield await Promise.resolve(1);
    throw new Error("broken");
  }
  const seen: number[] = [];
  await assertRejects(
    async () => {
      for await (const item of prefetched(source())) seen.push(item);
    },
    Error,
    "broken",
  );
  assertEquals(seen, [1]);
});

Deno.test("prefetched() ends its source when it is left", async () => {
  let ended = false;
  async function* source(): AsyncGenerator<number> {
    try {
      for (let i = 0;; i++) yield await Promise.resolve(i);
    } finally {
      ended = true;
    }
  }
  for await (const item of prefetched(source())) if (item === 2) break;
  assertEquals(ended, true);
});
