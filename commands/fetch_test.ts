import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { UsageError } from "../core/mod.ts";
import { readInput } from "./command.ts";
import { fakeTerminal } from "./fake_terminal.ts";
import { fetchCommand } from "./fetch.ts";

async function refusal(name: string, directory: string): Promise<UsageError> {
  const { terminal } = fakeTerminal();
  const input = readInput(fetchCommand, [name, "--data", directory]);
  return await assertRejects(() => fetchCommand.run(input, terminal), UsageError);
}

Deno.test("fetch of a recipe is of the data of its published profile", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { message, remedy } = await refusal("dlrm-4x16-criteo", directory);
    assertStringIncludes(message, `Cannot fetch "criteo-terabyte": it is not downloaded by this `);
    assertStringIncludes(message, `expected below ${directory}\n  criteo-terabyte/day_0 to`);
    assertStringIncludes(remedy!, "get it from https://ailab.criteo.com/");
    assertStringIncludes((await refusal("ssd-resnet34-2x1-coco", directory)).message, '"coco"');
    assertEquals(await Array.fromAsync(Deno.readDir(directory)), []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("fetch names what can be fetched if it knows neither data set nor recipe", async () => {
  const { message, remedy } = await refusal("mnit", join(Deno.cwd(), "unused"));
  assertStringIncludes(message, 'Cannot fetch "mnit": no such data set, expected one of sst2');
  assertEquals(remedy, "deno task fetch mnist");
});
