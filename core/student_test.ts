import { assertAlmostEquals, assertThrows } from "@std/assert";
import { studentQuantile } from "./student.ts";

Deno.test("studentQuantile() agrees with R's qt", () => {
  // R: qt(p, df)
  const known = [
    [0.975, 1, 12.7062047],
    [0.975, 2, 4.3026527],
    [0.975, 4, 2.7764451],
    [0.975, 29, 2.0452296],
    [0.9975, 4, 5.5975684],
    [0.995, 9, 3.2498355],
    [0.6, 3, 0.2766707],
  ] as const;
  for (const [p, degrees, t] of known) {
    assertAlmostEquals(studentQuantile(p, degrees), t, 1e-6);
    assertAlmostEquals(studentQuantile(1 - p, degrees), -t, 1e-6);
  }
});

Deno.test("studentQuantile() refuses what is no probability", () => {
  assertThrows(() => studentQuantile(1, 3), RangeError, "quantile 1 of t with 3");
  assertThrows(() => studentQuantile(0.5, 0), RangeError);
});
