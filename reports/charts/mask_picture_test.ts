import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { createRandom, drawMask, parsePattern } from "../../core/mod.ts";
import { sampleResult } from "../sample_result.ts";
import { cornerMaskSvg, densityOf, unpackMask, wholeMaskSvg } from "./mask_picture.ts";

function grid(
  rows: number,
  cols: number,
  kept: readonly number[],
): Parameters<typeof densityOf>[0] {
  return { rows, cols, kept: Uint8Array.from(kept) };
}

/** Outlines of a picture's last path. */
function outlines(svg: string): string[] {
  const paths = [...svg.matchAll(/ d="([^"]*)"/g)].map(([, d]) => d!);
  return paths.at(-1)!.split(/(?=M)/).filter((outline) => outline !== "");
}

Deno.test("unpackMask() reads the most significant bit first", () => {
  const bits = Uint8Array.of(0b10110001, 0b01000000).toBase64();
  const mask = unpackMask({ layer: "w", rows: 2, cols: 5, bits });
  assertEquals([...mask.kept], [1, 0, 1, 1, 0, 0, 0, 1, 0, 1]);
});

Deno.test("unpackMask() names the layer if bits are missing", () => {
  const picture = { layer: "w", rows: 3, cols: 3, bits: "qg==" };
  assertThrows(() => unpackMask(picture), RangeError, '"w": 1 bytes, expected 2 for 3x3');
});

Deno.test("unpackMask() gives back the mask that was packed", () => {
  const [picture] = sampleResult().training!.masks;
  const mask = unpackMask(picture!);
  const kept = mask.kept.reduce((sum, bit) => sum + bit, 0);
  assertEquals(1 - kept / mask.kept.length, 3523 / 4096, "86 % of 4096 blocks are zero");
});

Deno.test("densityOf() keeps every weight of a small layer", () => {
  const { tile, kept } = densityOf(grid(2, 2, [1, 0, 0, 1]));
  assertEquals([tile, ...kept], [1, 1, 0, 0, 1]);
});

Deno.test("densityOf() averages tiles, smaller ones at the ends too", () => {
  const mask = drawMask(createRandom(1), 200, 130, parsePattern("unstructured"), 0.7);
  const density = densityOf(mask);
  assertEquals([density.rows, density.cols, density.tile], [50, 33, 4]);
  const all = densityOf({ rows: 200, cols: 130, kept: new Uint8Array(200 * 130).fill(1) });
  assertEquals(all.kept.every((kept) => kept === 1), true);
  const mean = density.kept.reduce((a, b) => a + b, 0) / density.kept.length;
  assert(Math.abs(mean - 0.3) < 0.01, `mean density ${mean}`);
});

Deno.test("cornerMaskSvg() joins blocks, so that they are seen", () => {
  const mask = grid(4, 2, [1, 0, 1, 0, 1, 0, 1, 0]);
  assertEquals(outlines(cornerMaskSvg(mask, "4x1", "w")).length, 1);
  assertEquals(outlines(cornerMaskSvg(mask, "unstructured", "w")).length, 4);
});

Deno.test("cornerMaskSvg() shows a broken block weight by weight", () => {
  const mask = grid(4, 1, [0, 1, 1, 1]);
  assertEquals(outlines(cornerMaskSvg(mask, "4x1", "w")).length, 3);
});

Deno.test("cornerMaskSvg() rules the groups of N:M, and draws unknown patterns plainly", () => {
  const mask = grid(1, 8, [1, 1, 0, 0, 0, 1, 0, 1]);
  assertStringIncludes(cornerMaskSvg(mask, "2:4", "w"), "M3.93 0v1");
  assertEquals(outlines(cornerMaskSvg(mask, "spiral", "w")).length, 4);
});

Deno.test("cornerMaskSvg() rules partitions across and down, sets down, and joins the blocks in them", () => {
  const full = grid(4, 8, Array(32).fill(1));
  const rules = (pattern: string): string[] => {
    const [, path = ""] =
      /stroke-width="0.14" d="([^"]*)"/.exec(cornerMaskSvg(full, pattern, "w")) ?? [];
    return path.split("M").slice(1);
  };
  assertEquals(rules("partitioned-x-1:4"), ["3.93 0v4"]);
  assertEquals(rules("partitioned-y-1:2"), ["0 1.93h8"]);
  assertEquals(rules("partitioned-xy-1:2").length, 3 + 1);
  assertEquals(rules("block-x-2-partitioned-x-1:2"), ["3.93 0v4"]);
  assertEquals(rules("complementary-2"), ["0 1.93h8"]);
  assertEquals(rules("4x1"), []);
  assertEquals(outlines(cornerMaskSvg(full, "block-xy-2-partitioned-x-1:2", "w")).length, 8);
});

Deno.test("wholeMaskSvg() draws runs, not weights, and stays small", () => {
  assertEquals(outlines(wholeMaskSvg(grid(1, 4, [1, 1, 1, 0]), "w")), ["M0 0h3v1h-3z"]);
  const mask = drawMask(createRandom(2), 1024, 4096, parsePattern("unstructured"), 0.5);
  const svg = wholeMaskSvg(mask, "w");
  assert(svg.length < 40_000, `${svg.length} characters for four million weights`);
});

Deno.test("wholeMaskSvg() is an image with a name", () => {
  const svg = wholeMaskSvg(grid(1, 1, [0]), 'a "layer"');
  assertStringIncludes(svg, 'role="img" aria-label="a &quot;layer&quot;"');
});
