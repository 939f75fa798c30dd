import { assertEquals } from "@std/assert";
import { dataDirectory } from "./test_data.ts";

async function withVariable<T>(value: string | undefined, act: () => T): Promise<T> {
  const before = Deno.env.get("SKIPZERO_DATA");
  try {
    if (value === undefined) Deno.env.delete("SKIPZERO_DATA");
    else Deno.env.set("SKIPZERO_DATA", value);
    return await act();
  } finally {
    if (before === undefined) Deno.env.delete("SKIPZERO_DATA");
    else Deno.env.set("SKIPZERO_DATA", before);
  }
}

Deno.test("dataDirectory() is the folder that SKIPZERO_DATA names", async () => {
  const directory = await Deno.makeTempDir();
  try {
    assertEquals(await withVariable(directory, dataDirectory), directory);
  } finally {
    await Deno.remove(directory);
  }
});

Deno.test("dataDirectory() is null if the named folder is absent or a file", async () => {
  assertEquals(await withVariable("/nowhere/at/all", dataDirectory), null);
  const file = await Deno.makeTempFile();
  assertEquals(await withVariable(file, dataDirectory), null);
  await Deno.remove(file);
});

Deno.test({
  name: "dataDirectory() asks for no permission it lacks",
  permissions: { env: false, read: false },
  fn: () => assertEquals(dataDirectory(), null),
});
