import { assertEquals, assertRejects } from "@std/assert";
import { probe, runText } from "./probe.ts";

Deno.test("probe() gives the answer, or the first line of the reason", async () => {
  assertEquals(await probe(() => 7), { value: 7, reason: null });
  assertEquals(await probe(() => Promise.resolve("x")), { value: "x", reason: null });
  const failing = await probe(() => {
    throw new Error("no such thing\nand much more");
  });
  assertEquals(failing, { value: null, reason: "no such thing" });
  assertEquals((await probe(() => Promise.reject("text"))).reason, "text");
});

Deno.test("runText() returns what the command prints", async () => {
  assertEquals(await runText(Deno.execPath(), "eval", "console.log(6 * 7)"), "42\n");
});

Deno.test("runText() says in one line why a command gave nothing", async () => {
  const deno = Deno.execPath();
  const failing = runText(deno, "eval", "console.error('tool: broken\\nmore'); Deno.exit(3)");
  await assertRejects(() => failing, Error, "broken");
  await assertRejects(() => runText(deno, "eval", "Deno.exit(3)"), Error, "ended with code 3");
  await assertRejects(() => runText("no-such-tool"), Error, "no-such-tool is not installed");
});

Deno.test({
  name: "runText() does not ask for permission",
  permissions: { run: false },
  fn: async () => {
    await assertRejects(() => runText("git"), Error, "deno run lacks --allow-run=git");
  },
});
