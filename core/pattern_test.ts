import { assertEquals, assertThrows } from "@std/assert";
import { formatPattern, parsePattern, whyIndivisible } from "./pattern.ts";

Deno.test("parsePattern() reads what formatPattern() writes", () => {
  for (const name of ["dense", "unstructured", "4x1", "1x4", "16x1", "12x34", "2:4", "4:16"]) {
    assertEquals(formatPattern(parsePattern(name)), name);
  }
});

Deno.test("parsePattern() puts rows before columns and N before M", () => {
  assertEquals(parsePattern("16x1"), { kind: "block", rows: 16, cols: 1 });
  assertEquals(parsePattern("2:4"), { kind: "n_of_m", n: 2, m: 4 });
});

Deno.test("parsePattern() refuses what is no pattern", () => {
  for (
    const text of ["", "4", "4x", "x1", "0x1", "4x01", "4X1", "4:4", "4:2", "0:4", " 2:4", "2:4 "]
  ) {
    assertThrows(() => parsePattern(text), SyntaxError, `Cannot parse pattern "${text}"`);
  }
});

Deno.test("whyIndivisible() names the side that does not divide", () => {
  const block = parsePattern("4x2");
  assertEquals(whyIndivisible(block, 8, 6), null);
  assertEquals(whyIndivisible(block, 2, 6), "2 rows do not divide by 4");
  assertEquals(whyIndivisible(block, 4, 7), "7 columns do not divide by 2");
  assertEquals(whyIndivisible(parsePattern("2:4"), 3, 6), "6 columns do not divide by 4");
  assertEquals(whyIndivisible(parsePattern("2:4"), 3, 8), null);
  assertEquals(whyIndivisible(parsePattern("unstructured"), 3, 7), null);
});
