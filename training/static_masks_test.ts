import { assertEquals, assertNotEquals } from "@std/assert";
import { createRandom, parsePattern, proveMask } from "../core/mod.ts";
import { drawParameters } from "../models/mod.ts";
import { drawStaticMask, ownStaticMask } from "./static_masks.ts";

function keptInRows(
  { rows, cols, kept }: { rows: number; cols: number; kept: Uint8Array },
): number[] {
  return Array.from(
    { length: rows },
    (_, row) => kept.subarray(row * cols, (row + 1) * cols).reduce((sum, one) => sum + one, 0),
  );
}

Deno.test("drawStaticMask() keeps as many weights of every output, halves rounded to even", () => {
  const layer = { name: "a", rows: 50, cols: 25 };
  // 12.5 of 25 are 12, and 0.1 · 25 = 2.5 are 2, as Python rounds.
  for (const [sparsity, count] of [[0.5, 12], [0.9, 2], [0.2, 20]] as const) {
    const mask = drawStaticMask(createRandom(1), layer, "unstructured", sparsity);
    assertEquals(new Set(keptInRows(mask)), new Set([count]));
  }
});

Deno.test("drawStaticMask() draws other places for other outputs and seeds", () => {
  const layer = { name: "a", rows: 2, cols: 100 };
  const { kept } = drawStaticMask(createRandom(1), layer, "unstructured", 0.5);
  assertNotEquals(kept.slice(0, 100), kept.slice(100));
  assertNotEquals(drawStaticMask(createRandom(2), layer, "unstructured", 0.5).kept, kept);
  assertEquals(drawStaticMask(createRandom(1), layer, "unstructured", 0.5).kept, kept);
});

Deno.test("drawStaticMask() draws every kind of pattern", () => {
  const layer = { name: "a", rows: 32, cols: 32 };
  for (
    const [pattern, sparsity] of [["4x1", 0.75], ["2:4", 0.5], ["complementary-4", 0.75]] as const
  ) {
    const mask = drawStaticMask(createRandom(3), layer, pattern, sparsity);
    assertEquals(proveMask(mask, parsePattern(pattern)), {
      proved: true,
      sparsity,
      violation: null,
    });
  }
});

Deno.test("ownStaticMask() takes the zeros of weights that were drawn sparse", () => {
  const layer = { name: "a", rows: 8, cols: 25 };
  const start = { kind: "normal", deviation: 1 } as const;
  const { data } = drawParameters(1)("w", [8, 25], { ...start, nonZeros: 12 });
  const mask = ownStaticMask(data, layer, "unstructured", 0.5);
  assertEquals(mask?.kept, Uint8Array.from(data, (weight) => weight === 0 ? 0 : 1));
  assertEquals(ownStaticMask(data, layer, "unstructured", 0.6), null);
  const dense = drawParameters(1)("w", [8, 25], start).data;
  assertEquals(ownStaticMask(dense, layer, "unstructured", 0.5), null);
});
