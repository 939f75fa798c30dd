import { assertEquals, assertThrows } from "@std/assert";
import { encode, takes } from "./encode.ts";
import { goldenFile, hex } from "./golden/assemble.ts";
import { goldenCases } from "./golden/cases.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { broadcast, masked, memory, r64, register } from "./operands.ts";

const GOLDEN = new URL("./golden/instructions.txt", import.meta.url);

async function runs(tool: string): Promise<boolean> {
  const state = await Deno.permissions.query({ name: "run", command: tool });
  if (state.state !== "granted") return false;
  try {
    return (await new Deno.Command(tool, { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

Deno.test("encode() agrees with GNU as on every golden case", async () => {
  const golden = (await Deno.readTextFile(GOLDEN)).trimEnd().split("\n");
  const ours = goldenCases().map(({ mnemonic, operands, text }) =>
    `${hex(encode(mnemonic, operands).bytes)}\t${text}`
  );
  const wrong = ours.filter((line, i) => line !== golden[i]);
  assertEquals(wrong, []);
  assertEquals(ours.length, golden.length);
});

Deno.test("goldenCases() covers every row", () => {
  const reached = new Set(
    goldenCases().map(({ mnemonic, operands }) =>
      INSTRUCTIONS.find((row) => row.mnemonic === mnemonic && takes(row, operands))
    ),
  );
  const missed = INSTRUCTIONS.filter((row) => !reached.has(row));
  assertEquals(missed.map((row) => `${row.mnemonic} ${row.form}`), []);
});

Deno.test({
  name: "golden file is what GNU as makes of the cases",
  ignore: !(await runs("as") && await runs("objcopy")), // skips where binutils or --allow-run is missing
  fn: async () => assertEquals(await Deno.readTextFile(GOLDEN), await goldenFile()),
});

Deno.test("encode() refuses what the processor has no form for", () => {
  const [zmm0, ymm0, ymm16] = [register("zmm", 0), register("ymm", 0), register("ymm", 16)];
  const at = memory(r64("rax"));
  const refused: readonly [Parameters<typeof encode>[0], Parameters<typeof encode>[1]][] = [
    ["vaddps", [zmm0, ymm0, zmm0]], // register files mixed
    ["vaddps", [ymm0, ymm0, ymm16]], // no VEX form reaches register 16
    ["vaddps", [ymm0, ymm0, broadcast(at)]], // VEX has no embedded broadcast
    ["vmovups", [at, at]],
    ["vblendmps", [zmm0, zmm0, zmm0]], // without a mask
    ["vaddps", [masked(zmm0, 1), zmm0, zmm0]], // masks only where kernels need them
    ["add", [r64("rax"), 2 ** 31]],
    ["shl", [r64("rax"), 1.5]],
    ["mov", [r64("rax"), 2 ** 53]],
    ["jz", [{ kind: "relative", bits: 8, distance: 128 }]],
    ["vroundps", [ymm0, ymm0, 200]],
    ["ret", [r64("rax")]],
  ];
  for (const [mnemonic, operands] of refused) {
    assertThrows(() => encode(mnemonic, operands), RangeError, `Cannot encode ${mnemonic}`);
  }
});

Deno.test("encode() says what would have fitted", () => {
  const error = assertThrows(() => encode("vmovaps", [register("zmm", 1), register("ymm", 2)]));
  assertEquals(
    error.message,
    "Cannot encode vmovaps zmm1, ymm2: expected xmm, xmm/m128 or ymm, ymm/m256 or zmm, zmm/m512",
  );
});

Deno.test("memory() refuses what cannot be addressed", () => {
  const rax = r64("rax");
  assertThrows(() => memory(rax, { index: rax, scale: 3 }), RangeError, "scale is 3");
  assertThrows(() => memory(rax, { index: r64("rsp") }), RangeError, "index is rsp");
  assertThrows(() => memory(rax, { disp: 2 ** 31 }), RangeError, "displacement is 2147483648");
  assertThrows(() => memory(rax, { disp: 0.5 }), RangeError, "displacement is 0.5");
  assertThrows(() => memory(register("zmm", 1)), RangeError, "zmm1, expected r64");
  assertThrows(() => memory(rax, { index: register("r32", 1) }), RangeError, "ecx, expected r64");
});

Deno.test("register() and masked() refuse numbers that do not exist", () => {
  assertThrows(() => register("zmm", 32), RangeError, "number is 32, expected 0 to 31");
  assertThrows(() => register("r64", -1), RangeError, "number is -1");
  assertThrows(() => register("k", 8), RangeError, "expected 0 to 7");
  assertThrows(() => masked(register("zmm", 0), 0), RangeError, "k0, expected k1 to k7");
  assertThrows(() => r64("eax"), RangeError, '"eax", expected rax to r15');
});
