import { assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import type { Floats } from "../engines/tfjs/mod.ts";
import { addLassoGradient, shrinkFactors } from "./group_lasso.ts";

/** Sum of the norms of 2 by 1 blocks of a matrix of four columns. */
function norms(weights: Floats): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    if (Math.floor(i / 4) % 2 === 0) sum += Math.hypot(weights[i]!, weights[i + 4]!);
  }
  return sum;
}

Deno.test("addLassoGradient() adds the slope of alpha times the sum of the blocks' norms", () => {
  const random = createRandom(1);
  const weights = Float32Array.from({ length: 16 }, () => random.normal());
  const mask = { rows: 4, cols: 4, kept: new Uint8Array(16).fill(1) };
  const gradient = new Float32Array(16).fill(5);
  addLassoGradient(mask, weights, gradient, "2x1", 0.3);
  weights.forEach((weight, i) => {
    const at = (by: number) => 0.3 * norms(weights.with(i, weight + by));
    assertAlmostEquals(gradient[i]! - 5, (at(0.01) - at(-0.01)) / 0.02, 1e-3);
  });
});

Deno.test("addLassoGradient() leaves fallen blocks and blocks of zeros alone", () => {
  const mask = { rows: 2, cols: 3, kept: Uint8Array.of(1, 0, 1, 1, 0, 1) };
  const gradient = new Float32Array(6).fill(1);
  addLassoGradient(mask, Float32Array.of(3, 7, 0, 4, 7, 0), gradient, "2x1", 10);
  assertEquals([...gradient], [7, 1, 1, 9, 1, 1]);
});

Deno.test("shrinkFactors() takes alpha by the norm of each block's gradient from one", () => {
  const factors = shrinkFactors(Float32Array.of(3, 0, 4, 0), 2, 2, "2x1", 0.5);
  assertAlmostEquals(factors[0]!, 0.9, 1e-6);
  assertEquals(factors[0], factors[2]);
  // A block without gradient is thrown far away: 1 - 0.5 / 1e-12.
  assertAlmostEquals(factors[1]! / -5e11, 1, 1e-6);
});
