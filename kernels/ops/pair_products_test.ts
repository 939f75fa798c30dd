import { assertEquals, assertThrows } from "@std/assert";
import { pairProducts, pairTiles } from "./pair_products.ts";

const OPTIONS = { target: "avx512", features: 8, count: 27, panelLanes: 16 } as const;
const ROW = 64;

/** Every pair below the diagonal, in the order of its rows. */
function triangle(count: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < count; i++) for (let j = 0; j < i; j++) pairs.push([i, j]);
  return pairs;
}

Deno.test("pairTiles() covers the triangle of 27 vectors by 28 tiles of 4 by 4", () => {
  const { list, tileCount } = pairTiles(OPTIONS, triangle(27));
  assertEquals([tileCount, list.length], [28, 28 * (2 + 16)]);
});

Deno.test("pairTiles() sends every pair to its row once and other products behind them", () => {
  const pairs = triangle(9);
  const { list, tileCount } = pairTiles({ ...OPTIONS, count: 9 }, pairs);
  const found: number[] = [];
  for (let tile = 0; tile < tileCount; tile++) {
    found.push(...list.subarray(18 * tile + 2, 18 * tile + 18));
  }
  const wanted = found.map((offset) => offset / ROW).filter((row) => row < pairs.length);
  assertEquals(wanted.toSorted((a, b) => a - b), pairs.map((_, i) => i));
  assertEquals(Math.max(...found), pairs.length * ROW);
});

Deno.test("pairTiles() needs no tile if nothing is wanted", () => {
  assertEquals(pairTiles(OPTIONS, []).tileCount, 0);
});

Deno.test("pairTiles() refuses vectors that there are not", () => {
  assertThrows(() => pairTiles(OPTIONS, [[27, 0]]), RangeError, "vector 27: expected 0 to 26");
});

Deno.test("pairProducts() has smaller tiles for fewer vectors", () => {
  assertEquals(pairProducts({ ...OPTIONS, count: 3 }).id, "pair_products_f32_avx512_3x3x1_8_16");
});
