import { assertEquals, assertThrows } from "@std/assert";
import { formatPattern, parsePattern, PATTERN_FORMS } from "./pattern_name.ts";

Deno.test("parsePattern() reads what formatPattern() writes", () => {
  const names = ["4x1", "1x4", "16x1", "12x34", "2:4", "4:16", "block-y-2-partitioned-xy-3:5"];
  for (const name of [...names, ...PATTERN_FORMS.map(({ example }) => example)]) {
    assertEquals(formatPattern(parsePattern(name)), name);
  }
});

Deno.test("parsePattern() puts rows before columns and N before M", () => {
  assertEquals(parsePattern("16x1"), { kind: "block", rows: 16, cols: 1 });
  assertEquals(parsePattern("2:4"), { kind: "n_of_m", n: 2, m: 4 });
  assertEquals(parsePattern("2x3-partitioned-y-1:4"), {
    kind: "partitioned",
    axis: "y",
    partition: 4,
    keep: 1,
    block: { rows: 2, cols: 3 },
  });
});

Deno.test("parsePattern() turns 4x16 of the DLRM document over, and nobody else's", () => {
  assertEquals(parsePattern("4x16"), { kind: "block", rows: 4, cols: 16 });
  assertEquals(parsePattern("dlrm-4x16"), { kind: "block", rows: 16, cols: 4, name: "dlrm-4x16" });
});

Deno.test("parsePattern() lays block-x along the columns and block-y along the rows", () => {
  const size = (text: string): readonly number[] => {
    const pattern = parsePattern(text);
    return pattern.kind === "block" ? [pattern.rows, pattern.cols] : [];
  };
  assertEquals(size("block-x-4"), [1, 4]);
  assertEquals(size("block-y-4"), [4, 1]);
  assertEquals(size("block-xy-4"), [4, 4]);
});

Deno.test("formatPattern() gives one name to a combination that is spelled in two ways", () => {
  const of = (text: string): string => formatPattern(parsePattern(text));
  assertEquals(of("1x4-partitioned-x-1:4"), "block-x-4-partitioned-x-1:4");
  assertEquals(of("4x1-partitioned-x-1:4"), "block-y-4-partitioned-x-1:4");
  assertEquals(of("4x4-partitioned-y-1:4"), "block-xy-4-partitioned-y-1:4");
  assertEquals(of("1x1-partitioned-x-1:4"), "partitioned-x-1:4");
});

Deno.test("parsePattern() refuses what is no pattern", () => {
  const blocks = ["", "4", "4x", "x1", "0x1", "4x01", "4X1", "block-z-4", "block-x-0", "block-x"];
  const groups = ["4:4", "4:2", "0:4", " 2:4", "2:4 ", "2:4:8"];
  const parts = ["partitioned-x", "partitioned-x-4:4", "partitioned-yx-1:4", "partitioned-x-0:4"];
  const combined = ["2:4-partitioned-x-1:4", "-partitioned-x-1:4", "dense-partitioned-x-1:4"];
  const sets = ["complementary", "complementary-1", "complementary-0", "complementary-4x"];
  const huge = ["9999999999x1"];
  for (const text of [...blocks, ...groups, ...parts, ...combined, ...sets, ...huge]) {
    assertThrows(() => parsePattern(text), SyntaxError, `Cannot parse pattern "${text}"`);
  }
});

Deno.test("parsePattern() names the form that was nearly written", () => {
  const cases = [
    ["unstructred", "expected a name such as unstructured"],
    ["partitioned-x", "expected a name such as partitioned-x-4:16"],
    ["complementary", "expected a name such as complementary-4"],
    ["4by1", "expected dense, unstructured, NxM such as 4x1, N:M such as 2:4, or another name"],
  ] as const;
  for (const [text, wanted] of cases) assertThrows(() => parsePattern(text), SyntaxError, wanted);
});
