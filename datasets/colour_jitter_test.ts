import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import {
  changeBrightness,
  changeContrast,
  changeSaturation,
  jitterColours,
  SSD_JITTER,
  turnHue,
} from "./colour_jitter.ts";

/** Two pixels: the parts of red, then of green, then of blue. */
function pixels(...values: readonly number[]): Float32Array {
  return Float32Array.from(values);
}

function close(found: Float32Array, ...wanted: readonly number[]): void {
  wanted.forEach((value, i) => assertAlmostEquals(found[i]!, value, 1e-6));
}

Deno.test("changeBrightness() multiplies and stops at white", () => {
  const values = pixels(0.2, 0.9, 0, 1, 0.5, 0.4);
  changeBrightness(values, 1.5);
  close(values, 0.3, 1, 0, 1, 0.75, 0.6);
});

Deno.test("changeContrast() moves values away from the mean grey", () => {
  const values = pixels(1, 0, 0, 0, 0, 0); // red and black: a mean of 0.1495
  changeContrast(values, 0.5);
  close(values, 0.5 + 0.07475, 0.07475, 0.07475, 0.07475, 0.07475, 0.07475);
  changeContrast(values, 0);
  assertEquals(new Set(values).size, 1);
});

Deno.test("changeSaturation() moves pixels away from their own grey", () => {
  const values = pixels(1, 0.5, 0, 0.5, 0, 0.5);
  changeSaturation(values, 0.5);
  close(values, 0.6495, 0.5, 0.1495, 0.5, 0.1495, 0.5);
});

Deno.test("turnHue() turns red to green and to blue, and leaves greys", () => {
  const third = pixels(1, 0.5, 0, 0.5, 0, 0.5);
  turnHue(third, 1 / 3);
  close(third, 0, 0.5, 1, 0.5, 0, 0.5);
  turnHue(third, -2 / 3);
  close(third, 0, 0.5, 0, 0.5, 1, 0.5);
  const yellow = pixels(0.8, 0.3, 0.8, 0.3, 0.2, 0.3);
  turnHue(yellow, 1 / 12); // half way to green
  close(yellow, 0.5, 0.3, 0.8, 0.3, 0.2, 0.3);
  turnHue(yellow, -1 / 12);
  close(yellow, 0.8, 0.3, 0.8, 0.3, 0.2, 0.3);
});

Deno.test("jitterColours() keeps values within 0 and 1, and depends on chance alone", () => {
  const random = createRandom("photograph");
  const before = Float32Array.from({ length: 3 * 64 }, () => random.next());
  const jitter = jitterColours(SSD_JITTER);
  const run = (label: string): Float32Array => {
    const values = before.slice();
    jitter(values, { channels: 3, height: 8, width: 8 }, createRandom(label));
    return values;
  };
  assertEquals(run("a"), run("a"));
  assertNotEquals(run("a"), run("b"));
  for (const label of "abcdefgh") {
    assert(run(label).every((value) => value >= 0 && value <= 1));
  }
});
