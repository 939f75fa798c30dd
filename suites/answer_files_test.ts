import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { answerFiles } from "./answer_files.ts";

Deno.test("answerFiles() gives back what was saved", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const store = answerFiles(join(directory, "answers"));
    assertEquals(await store.load("a"), null);
    await store.save("a", { rounds: [1, 2] });
    assertEquals(await store.load("a"), { rounds: [1, 2] });
    assertEquals(await store.load("b"), null);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("answerFiles() takes a file that was cut off as absent", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(directory, "a.json"), '{"rounds": [1,');
    assertEquals(await answerFiles(directory).load("a"), null);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
