import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { normalCdf, normalQuantile } from "./normal.ts";

Deno.test("normalCdf() agrees with tables to 1e-13, relative in the lower tail", () => {
  const table = [
    [0, 0.5],
    [1, 0.8413447460685429],
    [1.96, 0.9750021048517795],
    [-3, 0.0013498980316300933],
    [-5, 2.866515718791939e-7],
    [-8, 6.220960574271786e-16],
    [-10, 7.61985302416047e-24],
    [8.5, 1],
    [-Infinity, 0],
    [Infinity, 1],
  ] as const;
  for (const [x, p] of table) assertAlmostEquals(normalCdf(x), p, 1e-13 * p + 1e-300, `${x}`);
  assertEquals(normalCdf(NaN), NaN);
});

Deno.test("normalCdf() does not jump where its formula changes", () => {
  for (const x of [-4, 4]) {
    const slope = (normalCdf(x + 1e-6) - normalCdf(x - 1e-6)) / 2e-6;
    assertAlmostEquals(slope, Math.exp(-8) / Math.sqrt(2 * Math.PI), 1e-9);
  }
});

Deno.test("normalQuantile() agrees with R's qnorm", () => {
  const table = [
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.9, 1.2815515655446004],
    [0.001, -3.090232306167813],
    [1e-10, -6.361340902404056],
    [1e-20, -9.262340089798408],
    [0, -Infinity],
    [1, Infinity],
  ] as const;
  for (const [p, x] of table) {
    const found = normalQuantile(p);
    assert(found === x || Math.abs(found - x) < 1e-13 * Math.max(1, Math.abs(x)), `${p}: ${found}`);
  }
});

Deno.test("normalQuantile() undoes normalCdf()", () => {
  for (let p = 1e-12; p < 1; p = p * 1.7 + 1e-13) {
    assertAlmostEquals(normalCdf(normalQuantile(p)), p, 1e-12 * p, `${p}`);
  }
});

Deno.test("normalQuantile() refuses what is no probability", () => {
  for (const p of [-0.1, 1.1, NaN]) {
    assertThrows(() => normalQuantile(p), RangeError, "expected a probability from 0 to 1");
  }
});
