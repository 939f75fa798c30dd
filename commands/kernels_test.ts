import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UsageError } from "../core/mod.ts";
import { readInput } from "./command.ts";
import { fakeTerminal } from "./fake_terminal.ts";
import { kernels } from "./kernels.ts";

async function run(...args: string[]): Promise<string[]> {
  const { terminal, written } = fakeTerminal();
  assertEquals(await kernels.run(readInput(kernels, args), terminal), 0);
  return written.out.join("\n").split("\n");
}

async function refusal(...args: string[]): Promise<string> {
  const { terminal } = fakeTerminal();
  const error = await assertRejects(
    async () => await kernels.run(readInput(kernels, args), terminal),
    UsageError,
  );
  return error.message;
}

Deno.test("kernels list prints every id once, for all targets or one", async () => {
  const all = await run("list");
  assertEquals(new Set(all).size, all.length);
  assert(all.includes("spmm_f32_4x1_avx512_64"));
  const avx2 = await run("list", "--target", "avx2");
  assert(avx2.length > 0 && avx2.every((id) => id.includes("avx2")));
});

Deno.test("kernels show prints the code and a table of innermost loops", async () => {
  const lines = await run("show", "spmm_f32_4x1_avx512_64");
  assertStringIncludes(lines[0]!, "spmm_f32_4x1_avx512_64: ");
  assert(lines.some((line) => line.includes("loop 1.1, rowBlocks times")));
  assertEquals(lines.slice(-2).map((line) => line.replaceAll(/ +/g, " ")), [
    "each turn of instructions loads stores multiply-adds dot products runs",
    "loop 1.1.1 at 0x00e0 29 9 0 16 0 counts[r10] times, entered panels x rowBlocks times",
  ]);
});

Deno.test("kernels show --loops prints the table alone", async () => {
  const lines = await run("show", "softmax_f32_wasm_64", "--loops");
  assertEquals(lines[0]?.startsWith("each turn of"), true);
});

Deno.test("kernels show names the ids that were meant", async () => {
  assertEquals(
    await refusal("show", "spmm_f32_4x1_avx52_64"),
    'Cannot show kernel "spmm_f32_4x1_avx52_64": no such id, expected spmm_f32_4x1_avx512_64',
  );
  assertEquals(
    await refusal("show", "softmax"),
    'Cannot show kernel "softmax": no such id, expected softmax_f32_avx2_64 or ' +
      "softmax_f32_wasm_64 or softmax_f32_avx512_64 or softmax_f32_wasm_relaxed_64",
  );
  assertStringIncludes(await refusal("show", "zzz"), "expected one of the list");
});

Deno.test("kernels asks for list or show", async () => {
  assertEquals(await refusal("shwo"), 'Cannot kernels: "shwo", expected show <id> or list');
  assertStringIncludes(await refusal("show"), "expected show <id> or list");
  assertStringIncludes(await refusal("list", "x"), "expected show <id> or list");
  assertStringIncludes(await refusal(), "no argument, expected <show or list> [id]");
});
