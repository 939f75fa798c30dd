import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fromFileUrl, join, relative } from "@std/path";
import { EnvironmentError } from "../core/mod.ts";
import { parseResult } from "./parse.ts";
import { listResults, resultText, writeResult } from "./result_store.ts";
import { sampleResult } from "./sample.ts";

async function inRoot(act: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await act(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("writeResult() files by machine, recipe, time and content", () =>
  inRoot(async (root) => {
    const path = await writeResult(root, "epyc-2c", sampleResult());
    assertMatch(
      relative(root, path),
      /^epyc-2c\/bert-mini-4x1-sst2\/20260131T120000Z-[0-9a-f]{8}\.json$/,
    );
    assertEquals(parseResult(await Deno.readTextFile(path), path), sampleResult());
    const startedAt = "2026-01-31T12:00:00.123Z";
    const suite = await writeResult(root, "epyc-2c", sampleResult({ recipe: null, startedAt }));
    assertMatch(relative(root, suite), /^epyc-2c\/models\/20260131T120000Z-[0-9a-f]{8}\.json$/);
  }));

Deno.test("writeResult() never overwrites", () =>
  inRoot(async (root) => {
    const path = await writeResult(root, "m", sampleResult());
    const { mtime } = await Deno.stat(path);
    assertEquals(await writeResult(root, "m", sampleResult()), path);
    assertEquals((await Deno.stat(path)).mtime, mtime);
    const other = await writeResult(root, "m", sampleResult({ deviations: [] }));
    assert(other !== path);
    await Deno.writeTextFile(path, "edited");
    const write = writeResult(root, "m", sampleResult());
    await assertRejects(() => write, EnvironmentError, "it holds another result");
    assertEquals(await Deno.readTextFile(path), "edited");
  }));

Deno.test("writeResult() refuses what could not be read again, and folders elsewhere", () =>
  inRoot(async (root) => {
    const majority = { ...sampleResult().accuracy!, majority: NaN };
    await assertRejects(() => writeResult(root, "m", sampleResult({ accuracy: majority })), Error);
    const hidden = sampleResult({ provenance: { x: Infinity } });
    await assertRejects(() => writeResult(root, "m", hidden), TypeError);
    for (const machine of ["..", "", "a/b", ".x", "A"]) {
      await assertRejects(() => writeResult(root, machine, sampleResult()), RangeError);
    }
    const climbing = sampleResult({ recipe: "../x" });
    await assertRejects(() => writeResult(root, "m", climbing), RangeError, '"../x"');
    assertEquals(Array.from(Deno.readDirSync(root)), []);
  }));

Deno.test("listResults() lists the oldest first, whatever the order of writing", () =>
  inRoot(async (root) => {
    const times = ["2026-03-01T00:00:00Z", "2025-12-31T23:59:59Z", "2026-03-01T00:00:00.5Z"];
    for (const [i, startedAt] of times.entries()) {
      await writeResult(root, `m${i}`, sampleResult({ startedAt }));
    }
    const listed = await listResults(root);
    assertEquals(listed.map(({ machine }) => machine), ["m1", "m0", "m2"]);
    assertEquals(listed.map(({ result }) => result.startedAt), [times[1], times[0], times[2]]);
  }));

Deno.test("listResults() filters by machine and by recipe or suite", () =>
  inRoot(async (root) => {
    await writeResult(root, "m1", sampleResult());
    await writeResult(root, "m1", sampleResult({ recipe: null }));
    await writeResult(root, "m2", sampleResult());
    const count = async (filter: Parameters<typeof listResults>[1]) =>
      (await listResults(root, filter)).length;
    assertEquals(await count({}), 3);
    assertEquals(await count({ machine: "m1" }), 2);
    assertEquals(await count({ name: "models" }), 1);
    assertEquals(await count({ machine: "m2", name: "models" }), 0);
  }));

Deno.test("listResults() passes over other files and an absent folder", () =>
  inRoot(async (root) => {
    const path = await writeResult(root, "m", sampleResult());
    await Deno.writeTextFile(join(root, "mod.ts"), "");
    await Deno.writeTextFile(`${path}.1234.unfinished`, "half");
    await Deno.writeTextFile(join(root, "m", "notes.txt"), "");
    assertEquals((await listResults(root)).map((stored) => stored.path), [path]);
    assertEquals(await listResults(join(root, "nowhere")), []);
  }));

Deno.test("listResults() names the file that is truncated", () =>
  inRoot(async (root) => {
    const path = await writeResult(root, "m", sampleResult());
    await Deno.truncate(path, 100);
    const error = await assertRejects(() => listResults(root), SyntaxError);
    assert(error.message.startsWith(`Cannot read result ${path}: `), error.message);
  }));

Deno.test("resultText() puts lists of numbers on one line and leaves strings alone", () => {
  const document = {
    a: [1, -2.5, 1e21, 1e-7],
    b: ["[\n 1,\n 2\n]", "x"],
    c: [[1], []],
    d: [{ e: 1 }],
  };
  const text = resultText(document);
  assertEquals(JSON.parse(text), document);
  assert(text.includes('"a": [1, -2.5, 1e+21, 1e-7],'), text);
  assert(text.endsWith("}\n"));
});

Deno.test("every committed result loads", async () => {
  const root = fromFileUrl(new URL(".", import.meta.url));
  for (const { result } of await listResults(root)) assert(result.suite.length > 0);
});
