import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { EnvironmentError } from "./failure.ts";
import { fileFailure, readJson, writeAtomic } from "./store.ts";

async function inFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), (entry) => entry.name).sort();
}

Deno.test("writeAtomic() writes bytes and text, makes folders and replaces files", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a", "b", "file");
    await writeAtomic(path, "é");
    assertEquals(await Deno.readFile(path), Uint8Array.of(0xc3, 0xa9));
    await writeAtomic(path, Uint8Array.of(1, 2, 3).subarray(1));
    assertEquals(await Deno.readFile(path), Uint8Array.of(2, 3));
    assertEquals(namesIn(join(folder, "a", "b")), ["file"]);
  }));

Deno.test("writeAtomic() writes parts in order, and leaves nothing if making one fails", () =>
  inFolder(async (folder) => {
    const path = join(folder, "file");
    await writeAtomic(path, [Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)]);
    assertEquals(await Deno.readFile(path), Uint8Array.of(1, 2, 3));
    function* broken(): Generator<Uint8Array> {
      yield Uint8Array.of(9);
      throw new RangeError("no more");
    }
    await assertRejects(() => writeAtomic(path, broken()), RangeError, "no more");
    assertEquals(await Deno.readFile(path), Uint8Array.of(1, 2, 3));
    assertEquals(namesIn(folder), ["file"]);
  }));

Deno.test("writeAtomic() leaves the old file and nothing else if it cannot write", () =>
  inFolder(async (folder) => {
    const target = join(folder, "folder");
    await Deno.mkdir(join(target, "full"), { recursive: true });
    const error = await assertRejects(() => writeAtomic(target, "x"), EnvironmentError);
    assert(error.message.startsWith(`Cannot write ${target}: `), error.message);
    assertEquals([namesIn(folder), namesIn(target)], [["folder"], ["full"]]);
    const below = join(folder, "folder", "file", "x");
    await Deno.writeTextFile(join(target, "file"), "old");
    await assertRejects(
      () => writeAtomic(below, "x"),
      EnvironmentError,
      "part of the path is a file",
    );
    assertEquals(await Deno.readTextFile(join(target, "file")), "old");
  }));

Deno.test("writeAtomic() lets readers see only whole files while writers compete", () =>
  inFolder(async (folder) => {
    const path = join(folder, "file");
    const contents = ["a", "b", "c", "d"].map((letter) => letter.repeat(200_000));
    await writeAtomic(path, contents[0]!);
    const writing = Promise.all(contents.map((content) => writeAtomic(path, content)));
    for (let i = 0; i < 20; i++) {
      assert(contents.includes(await Deno.readTextFile(path)));
    }
    await writing;
    assertEquals(namesIn(folder), ["file"]);
  }));

Deno.test("writeAtomic() keeps the old file if the process is killed mid-write", () =>
  inFolder(async (folder) => {
    const path = join(folder, "file");
    await writeAtomic(path, "old");
    // The shell's file size limit makes the system kill the process after 64 MiB, more than Deno's own caches take.
    const program = `import { writeAtomic } from ${
      JSON.stringify(import.meta.resolve("./store.ts"))
    }; await writeAtomic(${JSON.stringify(path)}, new Uint8Array(65 << 20));`;
    await Deno.writeTextFile(join(folder, "program.ts"), program);
    const { success } = await new Deno.Command("bash", {
      args: [
        "-c",
        'ulimit -f 65536; "$0" run --no-lock --config "$1" --allow-read --allow-write "$2"',
        Deno.execPath(),
        new URL("../deno.json", import.meta.url).pathname,
        join(folder, "program.ts"),
      ],
      stdout: "null",
      stderr: "null",
    }).output();
    assertEquals(success, false);
    assertEquals(await Deno.readTextFile(path), "old");
    assert(namesIn(folder).some((name) => name.endsWith(".unfinished")), "it never began to write");
  }));

Deno.test("writeAtomic() names the full disk and leaves nothing on it", async (t) => {
  const folder = await Deno.makeTempDir();
  const mount = await run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder);
  try {
    await t.step({
      name: mount ? "64 KiB of memory as a disk" : "skipped: this user may not mount a small disk",
      ignore: !mount,
      fn: async () => {
        const path = join(folder, "file");
        await writeAtomic(path, "old");
        const large = new Uint8Array(100_000);
        const error = await assertRejects(() => writeAtomic(path, large), EnvironmentError);
        assertEquals(error.message, `Cannot write ${path}: no space is left on the disk`);
        assertEquals([namesIn(folder), await Deno.readTextFile(path)], [["file"], "old"]);
      },
    });
  } finally {
    if (mount) await run("umount", folder);
    await Deno.remove(folder);
  }
});

async function run(command: string, ...args: string[]): Promise<boolean> {
  try {
    const options = { args, stdout: "null", stderr: "null" } as const;
    return (await new Deno.Command(command, options).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test({
  name: "writeAtomic() names the path and the missing permission",
  permissions: { read: true, write: false },
  fn: async () => {
    const error = await assertRejects(() => writeAtomic("/tmp/x", "x"), EnvironmentError);
    assertEquals(error.message, "Cannot write /tmp/x: Deno was not given the permission");
    assertEquals(error.remedy, '--allow-write after "deno run"');
  },
});

Deno.test("readJson() reads JSON and names the file that is none", () =>
  inFolder(async (folder) => {
    const path = join(folder, "x.json");
    await Deno.writeTextFile(path, '{"a":[1]}');
    assertEquals(await readJson(path), { a: [1] });
    await Deno.writeTextFile(path, '{"a":[1');
    await assertRejects(() => readJson(path), SyntaxError, `Cannot read ${path}: `);
    await Deno.remove(path);
    await assertRejects(() => readJson(path), EnvironmentError, "there is no such file or folder");
  }));

Deno.test("fileFailure() tells the system's codes in words and passes other errors on", () => {
  const denied = Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS" });
  const failure = fileFailure("write", "/x", denied);
  assertInstanceOf(failure, EnvironmentError);
  assertEquals(failure.message, "Cannot write /x: the file system is read-only");
  assertEquals(failure.cause, denied);
  const strange = Object.assign(new Error("odd"), { code: "EODD" });
  assertEquals(fileFailure("read", "/x", strange).message, "Cannot read /x: odd");
  const bug = new TypeError("x is undefined");
  assertEquals(fileFailure("read", "/x", bug), bug);
  assertEquals(fileFailure("read", "/x", "text").message, "text");
});
