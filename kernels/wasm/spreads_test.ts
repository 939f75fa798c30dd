import { assertEquals } from "@std/assert";
import { createCode } from "./code.ts";
import { MEMORY } from "./instructions.ts";
import { createSpreads } from "./spreads.ts";

type LoadName = "v128.load" | "v128.load64_zero" | "v128.load32_splat";

/** The loads written for broadcasts at `offsets`, in order, and the locals declared. */
function loadsOf(
  offsets: readonly number[],
  between: (i: number) => "change" | "end" | "nothing" = () => "nothing",
): { loads: LoadName[]; locals: number } {
  const code = createCode(2);
  const spreads = createSpreads(code);
  offsets.forEach((offset, i) => {
    spreads.spread(1, { terms: [0], offset });
    if (between(i) === "change") spreads.changed(0);
    if (between(i) === "end") spreads.end();
  });
  return { loads: loadNames(code.bytes()), locals: code.locals.length };
}

/** SIMD loads are `0xFD n alignment offset`; a shuffle's lane numbers are skipped. */
function loadNames(bytes: readonly number[]): LoadName[] {
  const names: readonly LoadName[] = ["v128.load", "v128.load64_zero", "v128.load32_splat"];
  const found: LoadName[] = [];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 0xfd) continue;
    const name = names.find((one) => MEMORY[one][0][1] === bytes[at + 1]);
    if (name === undefined) at += 17;
    else found.push(name);
  }
  return found;
}

Deno.test("broadcasts of neighbours share loads of two and four floats", () => {
  const [one, two, four] = ["v128.load32_splat", "v128.load64_zero", "v128.load"] as const;
  const cases: readonly [number, LoadName[]][] = [
    [1, [one]],
    [2, [two]],
    [3, [two, one]],
    [4, [four]],
    [5, [four, one]],
    [8, [four, four]],
  ];
  for (const [count, expected] of cases) {
    const offsets = Array.from({ length: count }, (_, i) => 8 + 4 * i);
    assertEquals(loadsOf(offsets), { loads: expected, locals: count > 1 ? 1 : 0 });
  }
});

Deno.test("broadcasts of others do not share a load", () => {
  const alone = Array<LoadName>(3).fill("v128.load32_splat");
  assertEquals(loadsOf([0, 8, 16]).loads, alone);
  assertEquals(loadsOf([8, 4, 0]).loads, alone);
  assertEquals(loadsOf([0, 0, 0]).loads, alone);
});

Deno.test("nothing is shared across a change of address or memory", () => {
  for (const event of ["change", "end"] as const) {
    assertEquals(loadsOf([0, 4, 8, 12], (i) => i === 1 ? event : "nothing").loads, [
      "v128.load64_zero",
      "v128.load64_zero",
    ]);
  }
});
