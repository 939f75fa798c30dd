import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { EnvironmentError } from "./failure.ts";
import { sha256Hex } from "./hash.ts";
import { findComplete, inspectStage, openStage } from "./stage.ts";
import { writeAtomic } from "./store.ts";

async function inRoot(act: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await act(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** A complete entry `train/k` with two files. */
async function build(root: string): Promise<string> {
  using entry = await openStage(root, "train", "k");
  await writeAtomic(entry.path("record.json"), "{}");
  await writeAtomic(entry.path("weights/dense.bin"), new Uint8Array(1000));
  await entry.finish();
  return entry.directory;
}

Deno.test("openStage() goes from new to partial to complete", () =>
  inRoot(async (root) => {
    assertEquals(await inspectStage(root, "train", "k"), { state: "missing" });
    using first = await openStage(root, "train", "k");
    assertEquals([first.directory, first.found], [join(root, "train", "k"), "new"]);
    await writeAtomic(first.path("log.jsonl"), "line");
    first[Symbol.dispose]();
    assertEquals(await findComplete(root, "train", "k"), null);
    using second = await openStage(root, "train", "k");
    assertEquals([second.found, second.discarded], ["partial", null]);
    assertEquals(await Deno.readTextFile(second.path("log.jsonl")), "line");
    const manifest = await second.finish();
    assertEquals(manifest.files, { "log.jsonl": { sizeBytes: 4, sha256: sha256Hex("line") } });
    second[Symbol.dispose]();
    using third = await openStage(root, "train", "k");
    assertEquals(third.found, "complete");
    assertEquals((await findComplete(root, "train", "k"))?.manifest, manifest);
  }));

Deno.test("findComplete() returns folder and manifest, files in folders included", () =>
  inRoot(async (root) => {
    const directory = await build(root);
    const found = await findComplete(root, "train", "k");
    assertEquals(found?.directory, directory);
    assertEquals(Object.keys(found?.manifest.files ?? {}), ["record.json", "weights/dense.bin"]);
    assertEquals(await findComplete(root, "train", "other"), null);
  }));

const DAMAGE: Record<string, readonly [(directory: string) => Promise<void>, RegExp]> = {
  "a truncated file": [
    (directory) => Deno.truncate(join(directory, "weights/dense.bin"), 999),
    /^weights\/dense.bin has 999 bytes, expected 1000$/,
  ],
  "a changed byte": [
    async (directory) => {
      const bytes = new Uint8Array(1000);
      bytes[500] = 1;
      await Deno.writeFile(join(directory, "weights/dense.bin"), bytes);
    },
    /^weights\/dense.bin has sha256 \w{8}…, expected 541b3e9d…$/,
  ],
  "a missing file": [
    (directory) => Deno.remove(join(directory, "record.json")),
    /^record.json is missing$/,
  ],
  "a truncated manifest": [
    (directory) => Deno.truncate(join(directory, "complete.json"), 20),
    /^complete.json is no skipzero.stage\/1 manifest$/,
  ],
  "a manifest of another format": [
    (directory) =>
      Deno.writeTextFile(join(directory, "complete.json"), '{"format":"x","files":{}}'),
    /^complete.json is no/,
  ],
  "a manifest that points outside": [
    (directory) =>
      Deno.writeTextFile(
        join(directory, "complete.json"),
        '{"format":"skipzero.stage/1","files":{"../../x":{"sizeBytes":0,"sha256":""}}}',
      ),
    /^complete.json is no/,
  ],
};

for (const [damage, [apply, reason]] of Object.entries(DAMAGE)) {
  Deno.test(`openStage() rebuilds an entry with ${damage}`, () =>
    inRoot(async (root) => {
      const directory = await build(root);
      await apply(directory);
      const state = await inspectStage(root, "train", "k");
      assert(state.state === "corrupt" && reason.test(state.reason), JSON.stringify(state));
      assertEquals(await findComplete(root, "train", "k"), null);
      using entry = await openStage(root, "train", "k");
      assertEquals([entry.found, entry.discarded], ["new", state.reason]);
      assertThrows(() => Deno.statSync(entry.path("weights/dense.bin")), Deno.errors.NotFound);
    }));
}

Deno.test("openStage() removes unfinished files but keeps finished ones", () =>
  inRoot(async (root) => {
    await Deno.mkdir(join(root, "train", "k"), { recursive: true });
    await Deno.writeTextFile(join(root, "train/k/a.1234.unfinished"), "half");
    await Deno.writeTextFile(join(root, "train/k/b"), "whole");
    using entry = await openStage(root, "train", "k");
    assertEquals(entry.found, "partial");
    assertEquals(Object.keys((await entry.finish()).files), ["b"]);
    assertThrows(() => Deno.statSync(entry.path("a.1234.unfinished")), Deno.errors.NotFound);
  }));

Deno.test("openStage() throws away a complete entry if asked for a fresh start", () =>
  inRoot(async (root) => {
    await build(root);
    using entry = await openStage(root, "train", "k", { fresh: true });
    assertEquals([entry.found, entry.discarded], ["new", "a fresh start was asked for"]);
    using other = await openStage(root, "train", "never-built", { fresh: true });
    assertEquals([other.found, other.discarded], ["new", null]);
  }));

Deno.test("openStage() waits for the writer, or fails at once if told so", () =>
  inRoot(async (root) => {
    using first = await openStage(root, "train", "k");
    const impatient = openStage(root, "train", "k", { wait: false });
    await assertRejects(() => impatient, EnvironmentError, `process ${Deno.pid} is writing it`);
    let holder = "";
    const waiting = openStage(root, "train", "k", { onWait: (name) => holder = name });
    await writeAtomic(first.path("a"), "x");
    await first.finish();
    first[Symbol.dispose]();
    using second = await waiting;
    assertEquals([second.found, holder], ["complete", `process ${Deno.pid}`]);
  }));

Deno.test("openStage() stops waiting if its signal says so", () =>
  inRoot(async (root) => {
    using _first = await openStage(root, "train", "k");
    const signal = AbortSignal.abort();
    await assertRejects(() => openStage(root, "train", "k", { signal }), DOMException, "aborted");
  }));

Deno.test("openStage() takes over from a process that was killed", () =>
  inRoot(async (root) => {
    const program = `import { openStage } from ${JSON.stringify(import.meta.resolve("./stage.ts"))};
      const entry = await openStage(${JSON.stringify(root)}, "train", "k");
      await Deno.writeTextFile(entry.path("a"), "x");
      console.log("ready");
      setTimeout(() => {}, 60_000);`;
    await Deno.writeTextFile(join(root, "program.ts"), program);
    const config = new URL("../deno.json", import.meta.url).pathname;
    await using child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--config", config, "-R", "-W", join(root, "program.ts")],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    const impatient = openStage(root, "train", "k", { wait: false });
    await assertRejects(() => impatient, EnvironmentError, `process ${child.pid} is writing it`);
    child.kill("SIGKILL");
    await reader.cancel();
    await child.status;
    using entry = await openStage(root, "train", "k", { wait: false });
    assertEquals(entry.found, "partial");
  }));

Deno.test({
  name: "openStage() names the folder that it may not write",
  permissions: { read: true, write: false },
  fn: async () => {
    const open = openStage("/tmp/nowhere", "train", "k");
    await assertRejects(() => open, EnvironmentError, "Cannot write /tmp/nowhere/train/k/lock: ");
  },
});

Deno.test("openStage() refuses names that lead elsewhere", async () => {
  for (const name of ["", "..", ".", "a/b", "../x", ".hidden", "a b"]) {
    await assertRejects(
      () => openStage("/tmp", name, "k"),
      RangeError,
      "Cannot name a cache entry",
    );
    await assertRejects(() => findComplete("/tmp", "train", name), RangeError, `"${name}"`);
  }
});
