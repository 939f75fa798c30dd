import { assertEquals } from "@std/assert";
import { count, percent, points, times, timesWithin } from "./wording.ts";

Deno.test("points() never prints minus zero", () => {
  assertEquals(points(-0.0069), "-0.69");
  assertEquals(points(-0.00001), "0.00");
});

Deno.test("percent() has one digit unless told", () => {
  assertEquals(percent(0.9), "90.0 %");
  assertEquals(percent(0.86924, 2), "86.92 %");
});

Deno.test("times() has two digits below 2x", () => {
  assertEquals(times(5.24), "5.2x");
  assertEquals(times(1.049), "1.05x");
});

Deno.test("timesWithin() gives ends the digits of the estimate", () => {
  assertEquals(timesWithin({ estimate: 5.21, low: 5.1, high: 5.33 }), "5.2x [5.1, 5.3]");
  assertEquals(timesWithin({ estimate: 1.02, low: 0.99, high: 1.05 }), "1.02x [0.99, 1.05]");
});

Deno.test("count() makes plurals", () => {
  assertEquals([0, 1, 2].map((n) => count(n, "seed")), ["0 seeds", "1 seed", "2 seeds"]);
});
