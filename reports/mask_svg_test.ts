import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createRandom, drawMask, parsePattern } from "../core/mod.ts";
import { maskSvg } from "./mask_svg.ts";

function drawn(name: string, rows = 16, cols = 32): string {
  const pattern = parsePattern(name);
  const mask = drawMask(createRandom(1), rows, cols, pattern, 0.75);
  const letterAt = pattern.kind === "complementary" ? (row: number) => "ABCD"[row % 4]! : null;
  return maskSvg(mask, { pattern, title: `<${name}>`, facts: ["a & b"], letterAt });
}

Deno.test("maskSvg() draws a block as one piece, and as many as are kept", () => {
  const path = /<path fill="var\(--sparse[^"]*" d="([^"]*)"/.exec(drawn("4x1"))![1]!;
  assertEquals(path.match(/M/g)!.length, 32);
  assert(path.split("z").filter((piece) => piece !== "").every((piece) => piece.includes("v3.86")));
});

Deno.test("maskSvg() scales, follows the colour scheme, and names itself", () => {
  const svg = drawn("4x1");
  const [, viewBox, width, height] = /viewBox="([^"]*)" width="(\d+)" height="(\d+)"/.exec(svg)!;
  assertEquals(viewBox, `0 0 ${width} ${height}`);
  assertStringIncludes(svg, "@media(prefers-color-scheme:dark)");
  assertStringIncludes(svg, 'aria-label="&lt;4x1&gt;. a &amp; b"');
  assert(!/(href|src|url)\b/.test(svg));
});

Deno.test("maskSvg() puts the kernel's letter on each weight of a complementary set", () => {
  const letters = [...drawn("complementary-4").matchAll(/<text x="[\d.]+" y="[\d.]+">([A-D])</g)];
  assertEquals(letters.length, 128);
});

Deno.test("maskSvg() is a pure function, and takes masks of any size", () => {
  assertEquals(drawn("unstructured"), drawn("unstructured"));
  assertStringIncludes(drawn("unstructured", 1, 1), "</svg>");
  assertStringIncludes(drawn("unstructured", 300, 400), "</svg>");
});
