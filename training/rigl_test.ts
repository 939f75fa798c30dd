import { assertAlmostEquals, assertEquals } from "@std/assert";
import { dropFraction, exchange } from "./rigl.ts";

Deno.test("dropFraction() falls along a cosine from alpha to 0", () => {
  // 0.15 · (1 + cos(π t / 100)).
  assertEquals(dropFraction(0.3, 0, 100), 0.3);
  assertAlmostEquals(dropFraction(0.3, 50, 100), 0.15, 1e-12);
  assertAlmostEquals(dropFraction(0.3, 75, 100), 0.15 * (1 - Math.SQRT1_2), 1e-12);
  assertAlmostEquals(dropFraction(0.3, 100, 100), 0, 1e-12);
  assertEquals(dropFraction(0.3, 101, 100), 0);
});

const KEPT = Uint8Array.of(1, 1, 1, 1, 0, 0, 0, 0);
const MAGNITUDES = Float32Array.of(0.1, 0.4, 0.3, 0.2, 0, 0, 0, 0);

Deno.test("exchange() drops the smallest weights and grows those with the largest gradients", () => {
  const gradients = Float32Array.of(2, 9, 9, 8, 5, 7, 6, 1);
  // Half of four: weights 0 and 3 go; of 0, 3, 4, 5, 6 and 7 come those with gradients 8 and 7.
  const kept = exchange({ kept: KEPT, magnitudes: MAGNITUDES, gradients }, 0.5);
  assertEquals([...kept], [0, 1, 1, 1, 0, 1, 0, 0]);
});

Deno.test("exchange() rounds the number down and keeps as many as before", () => {
  const gradients = Float32Array.of(0, 0, 0, 0, 5, 7, 6, 1);
  const after = (fraction: number) =>
    exchange({ kept: KEPT, magnitudes: MAGNITUDES, gradients }, fraction).join("");
  assertEquals(after(0.24), "11110000");
  assertEquals(after(0.49), "01110100");
  assertEquals(after(1), "00001111");
});
