import { assertEquals } from "@std/assert";
import { periodOf, sparsityOfPattern, unitOf, whyIndivisible } from "./pattern.ts";
import { parsePattern } from "./pattern_name.ts";

Deno.test("unitOf() is a block where there are blocks, and periodOf() what repeats", () => {
  const cases = {
    "unstructured": ["1x1", "1x1"],
    "dlrm-4x16": ["16x4", "16x4"],
    "2:4": ["1x1", "1x4"],
    "partitioned-x-4:16": ["1x1", "1x16"],
    "partitioned-y-4:16": ["1x1", "16x1"],
    "partitioned-xy-4:16": ["1x1", "16x16"],
    "block-x-4-partitioned-x-1:8": ["1x4", "1x32"],
    "block-x-4-partitioned-y-1:8": ["1x4", "8x4"],
    "block-y-4-partitioned-x-1:8": ["4x1", "4x8"],
    "2x3-partitioned-xy-1:5": ["2x3", "10x15"],
    "complementary-5": ["1x1", "5x5"],
  };
  for (const [name, sizes] of Object.entries(cases)) {
    const pattern = parsePattern(name);
    const text = [unitOf(pattern), periodOf(pattern)].map(({ rows, cols }) => `${rows}x${cols}`);
    assertEquals(text, sizes, name);
  }
});

Deno.test("sparsityOfPattern() is null where the pattern leaves it open", () => {
  const of = (name: string): number | null => sparsityOfPattern(parsePattern(name));
  assertEquals(["dense", "2:4", "partitioned-y-4:16"].map(of), [0, 0.5, 0.75]);
  assertEquals(of("complementary-5"), 0.8);
  assertEquals(["unstructured", "4x1", "dlrm-4x16"].map(of), [null, null, null]);
});

Deno.test("whyIndivisible() names the side that does not divide", () => {
  const why = (name: string, rows: number, cols: number): string | null =>
    whyIndivisible(parsePattern(name), rows, cols);
  assertEquals(why("4x2", 8, 6), null);
  assertEquals(why("4x2", 2, 6), "2 rows do not divide by 4");
  assertEquals(why("4x2", 4, 7), "7 columns do not divide by 2");
  assertEquals(why("2:4", 3, 6), "6 columns do not divide by 4");
  assertEquals(why("2:4", 3, 8), null);
  assertEquals(why("unstructured", 3, 7), null);
  assertEquals(why("block-x-4-partitioned-x-1:4", 3, 24), "24 columns do not divide by 16");
  assertEquals(why("partitioned-y-4:16", 24, 3), "24 rows do not divide by 16");
  assertEquals(why("complementary-4", 8, 6), "6 columns do not divide by 4");
});
