import { assertEquals, assertThrows } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import { kthLargest } from "./kth_largest.ts";

Deno.test("kthLargest() is what sorting gives", () => {
  const random = createRandom(1);
  for (const length of [1, 2, 3, 17, 1000]) {
    for (const scale of [1, 1e-30, 1e30, 0]) {
      const values = Float32Array.from(
        { length },
        (_, i) => i % 3 === 0 ? Math.round(3 * random.normal()) : scale * random.normal(),
      );
      const sorted = values.toSorted().reverse();
      for (const k of [1, Math.ceil(length / 10), Math.ceil(length / 2), length]) {
        assertEquals(kthLargest(values, k), sorted[k - 1], `${k} of ${length}`);
      }
    }
  }
});

Deno.test("kthLargest() reads a part of a larger array", () => {
  assertEquals(kthLargest(Float32Array.of(9, 1, 2, 3, 9).subarray(1, 4), 1), 3);
});

Deno.test("kthLargest() refuses more than there are", () => {
  assertThrows(() => kthLargest(new Float32Array(2), 3), RangeError, "3th largest of 2 values");
});
