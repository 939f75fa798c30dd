import { assertEquals } from "@std/assert";
import { roundHalfEven } from "./rounding.ts";

Deno.test("roundHalfEven() takes ties to the even neighbour, on both sides of 0", () => {
  const values = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.4, 0.6, -0.6, 7];
  assertEquals(values.map(roundHalfEven).map((value) => value + 0), [
    ...[0, 2, 2, 0, -2, -2, 0, 1, -1, 7],
  ]);
});

Deno.test("roundHalfEven() leaves what has no fraction as it is", () => {
  assertEquals([2 ** 40, -(2 ** 31), Infinity].map(roundHalfEven), [2 ** 40, -(2 ** 31), Infinity]);
  assertEquals(roundHalfEven(NaN), NaN);
});
