import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const ROOT = fromFileUrl(new URL(".", import.meta.url));

/** Runs the program as its tasks do. */
async function skipzero(
  args: readonly string[],
  flags: readonly string[] = ["--allow-run=lscpu,cat"],
): Promise<{ code: number; out: string; err: string }> {
  const permissions = ["--allow-read", "--ignore-env", "--allow-sys", ...flags];
  const main = join(ROOT, "main.ts");
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: ["run", "--quiet", "--no-prompt", ...permissions, main, ...args],
    cwd: ROOT,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test("main says what it can do if it is asked nothing", async () => {
  for (const args of [[], ["--help"], ["help"]]) {
    const { code, out, err } = await skipzero(args);
    assertEquals([code, err], [0, ""]);
    for (const name of ["reproduce", "list", "bench", "fetch", "train", "compare", "report"]) {
      assertStringIncludes(out, `\n  ${name} `);
    }
  }
});

Deno.test("main explains each command that the help lists", async () => {
  const { out } = await skipzero([]);
  const names = [...out.matchAll(/^ {2}([a-z]+) +\S/gm)].map((match) => match[1]!);
  const commands = names.filter((name) => name !== "test" && name !== "check");
  assertEquals(commands.length, 10);
  for (const name of commands) {
    const { code, out } = await skipzero([name, "--help"]);
    assertEquals(code, 0);
    assertStringIncludes(out, `usage: deno task ${name}`);
  }
});

Deno.test("main has a task for each command", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json"))) as {
    tasks: Record<string, { description: string; command: string }>;
  };
  const { out } = await skipzero([]);
  for (const [, name] of out.matchAll(/^ {2}([a-z]+) +\S/gm)) {
    assert(tasks[name!]?.description, name);
  }
});

Deno.test("main gives nothing but fetch the network, and nothing but doctor native code", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json"))) as {
    tasks: Record<string, { command: string }>;
  };
  const withFlag = (flag: string): string[] =>
    Object.keys(tasks).filter((name) => tasks[name]!.command.includes(flag)).sort();
  assertEquals(withFlag("--allow-net"), ["fetch", "test"]);
  assertEquals(withFlag("--allow-ffi"), ["doctor", "test"]);
  assertEquals(withFlag("--allow-all"), []);
});

Deno.test("main ends with 2 and the nearest command if there is no such command", async () => {
  const { code, out, err } = await skipzero(["reproduse", "bert-mini"]);
  assertEquals([code, out], [2, ""]);
  assertEquals(
    err,
    'Cannot run "reproduse": no such command, expected reproduce\nTry: deno task reproduce\n',
  );
});

Deno.test("main ends with 2 if an option or recipe is unknown", async () => {
  for (const args of [["list", "--jsno"], ["reproduce", "bert-mini-4x1-sst3"], ["bench", "al"]]) {
    const { code, out, err } = await skipzero(args);
    assertEquals([code, out], [2, ""]);
    assertStringIncludes(err, "Try: deno task ");
  }
});

Deno.test("main ends with 3 and says what is missing if the environment lacks something", async () => {
  const { code, out, err } = await skipzero(["compare", "/nowhere/a", "/nowhere/b"]);
  assertEquals([code, out], [3, ""]);
  assertStringIncludes(err, "Cannot read /nowhere/a");
});

Deno.test("main prints JSON and nothing else with --json", async () => {
  const { code, out, err } = await skipzero(["list", "--json"]);
  assertEquals([code, err], [0, ""]);
  const rows = JSON.parse(out) as { name: string }[];
  assert(rows.some(({ name }) => name === "bert-mini-4x1-sst2"));
});

Deno.test("main has no colours where there is no terminal", async () => {
  const { out } = await skipzero(["list"]);
  assert(!out.includes("\x1b"));
});
