import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
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
  assert(lines.some((line) => /^ +loop 1, \S+ times$/.test(line)));
  assert(lines.some((line) => /^0x0000 {2}[0-9a-f]+ +mov /.test(line)));
  const head = lines.findIndex((line) => line.startsWith("each turn of "));
  assert(head > 0 && head < lines.length - 1);
  for (const row of lines.slice(head + 1)) {
    assertMatch(row, /^loop [\d.]+ at 0x\w+( +\d+){5} +.* times, entered \S.*$/);
  }
});

Deno.test("kernels show --loops prints the table alone", async () => {
  const lines = await run("show", "softmax_f32_wasm_64", "--loops");
  assertEquals(lines[0]?.startsWith("each turn of"), true);
});

Deno.test("kernels --json prints ids, code and loops as JSON", async () => {
  const parse = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await run(...args, "--json")).join("\n"));
  assertEquals(await parse("list"), await run("list"));
  const listing = await parse("show", "softmax_f32_avx2_64");
  assertEquals((listing as { target: string }).target, "avx2");
  const text = JSON.stringify(listing);
  assertStringIncludes(text, '"bytes":"c3","text":"ret"');
  const [loop] = await parse("show", "softmax_f32_avx2_64", "--loops") as Record<string, unknown>[];
  assertEquals(loop?.["turns"], "rows");
});

Deno.test("kernels show names the ids that were meant", async () => {
  assertEquals(
    await refusal("show", "spmm_f32_4x1_avx52_64"),
    'Cannot show kernel "spmm_f32_4x1_avx52_64": no such id, expected spmm_f32_4x1_avx512_64',
  );
  assertEquals(
    await refusal("show", "softmax"),
    'Cannot show kernel "softmax": no such id, expected softmax_f32_avx2_64 or ' +
      "softmax_f32_wasm_64 or softmax_f32_avx512_64 or softmax_rows_f32_avx2",
  );
  assertStringIncludes(await refusal("show", "zzz"), "expected one of the list");
});

Deno.test("kernels asks for list or show", async () => {
  assertEquals(await refusal("shwo"), 'Cannot kernels: "shwo", expected show <id> or list');
  assertStringIncludes(await refusal("show"), "expected show <id> or list");
  assertStringIncludes(await refusal("list", "x"), "expected show <id> or list");
  assertStringIncludes(await refusal(), "no argument, expected <show or list> [id]");
});
