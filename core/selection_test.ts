import { assertEquals, assertThrows } from "@std/assert";
import { createRandom } from "./random.ts";
import { keepBest, keepBestOfEach } from "./selection.ts";

/** The same by sorting: best first, the earlier of equals first. */
function keepBySorting(scores: Float32Array, count: number): Uint8Array {
  const order = Array.from(scores.keys()).sort((a, b) => {
    const [x, y] = [scores[a]!, scores[b]!];
    return x === y ? a - b : x > y ? -1 : 1;
  });
  const kept = new Uint8Array(scores.length);
  for (const i of order.slice(0, count)) kept[i] = 1;
  return kept;
}

const DRAWS: Record<string, (random: ReturnType<typeof createRandom>) => number> = {
  "normal numbers": (random) => random.normal(),
  "many ties": (random) => random.integer(3) - 1,
  "every magnitude": (random) => random.normal() * 10 ** (random.integer(80) - 42),
  "extremes": (random) => [Infinity, -Infinity, 0, -0, 1e-45, -1e-45, 3.4e38][random.integer(7)]!,
  "neighbouring floats": (random) => 1 + random.integer(40) * 2 ** -23,
};

for (const [name, draw] of Object.entries(DRAWS)) {
  Deno.test(`keepBest() and keepBestOfEach() agree with sorting for ${name}`, () => {
    const random = createRandom(name);
    for (const length of [1, 2, 7, 240]) {
      const scores = Float32Array.from({ length }, () => draw(random));
      for (const count of new Set([0, 1, length >> 1, length - 1, length])) {
        assertEquals(
          keepBest(scores, count),
          keepBySorting(scores, count),
          `${count} of ${length}`,
        );
      }
    }
    const scores = Float32Array.from({ length: 240 }, () => draw(random));
    for (const [n, m] of [[1, 2], [2, 4], [3, 5], [4, 16], [7, 8]] as const) {
      const kept = keepBestOfEach(scores, n, m);
      for (let at = 0; at < 240; at += m) {
        assertEquals(kept.slice(at, at + m), keepBySorting(scores.slice(at, at + m), n));
      }
    }
  });
}

Deno.test("keepBest() reads only the elements of a view", () => {
  const scores = Float32Array.of(9, 1, 3, 2, 9).subarray(1, 4);
  assertEquals(keepBest(scores, 1), Uint8Array.of(0, 1, 0));
});

Deno.test("keepBest() and keepBestOfEach() name the score that is NaN", () => {
  const scores = Float32Array.of(1, 2, NaN, 4);
  assertThrows(() => keepBest(scores, 2), RangeError, "score 2 is NaN, expected a number");
  assertThrows(() => keepBestOfEach(scores, 1, 2), RangeError, "score 2 is NaN");
});
