import { assertEquals } from "@std/assert";
import {
  byteSize,
  count,
  decimal,
  duration,
  list,
  moment,
  percent,
  points,
  pointsWithin,
  scientific,
  sentence,
  significant,
  times,
  timesWithin,
  timeUnit,
} from "./wording.ts";

/** Ordinary spaces, so that the tests can be read. */
function plain(text: string): string {
  return text.replaceAll("\u00a0", " ");
}

Deno.test("decimal() has a real minus sign, and none before zero", () => {
  assertEquals(decimal(-1.25, 1), "−1.3");
  assertEquals(decimal(-0.001, 2), "0.00");
});

Deno.test("percent() and points() take fractions", () => {
  assertEquals(plain(percent(0.9)), "90.0 %");
  assertEquals(plain(percent(0.86921, 2)), "86.92 %");
  assertEquals(points(-0.0069), "−0.69");
  assertEquals(points(0.0012), "+0.12");
  assertEquals(points(0.00001), "0.00");
  assertEquals(
    pointsWithin({ estimate: -0.005, low: -0.01, high: 0.002 }),
    "−0.50 [−1.00, +0.20]",
  );
});

Deno.test("percent() joins number and unit by a no-break space", () => {
  assertEquals(percent(0.5), "50.0\u00a0%");
});

Deno.test("times() has two digits below 2", () => {
  assertEquals(times(5.16), "5.2x");
  assertEquals(times(1.056), "1.06x");
  assertEquals(timesWithin({ estimate: 5.16, low: 5.04, high: 5.31 }), "5.2x [5.0, 5.3]");
  assertEquals(timesWithin({ estimate: 1.5, low: 1.41, high: 2.04 }), "1.50x [1.41, 2.04]");
});

Deno.test("duration() chooses the unit in which the time is at least 1", () => {
  assertEquals(plain(duration(12_345_678)), "12.3 ms");
  assertEquals(plain(duration(999)), "999 ns");
  assertEquals(plain(duration(1000)), "1.00 µs");
  assertEquals(plain(duration(2.5e9)), "2.50 s");
  assertEquals(timeUnit(0.2).symbol, "ns");
});

Deno.test("duration() keeps to the unit it is given", () => {
  assertEquals(plain(duration(1_234_567, timeUnit(1e9))), "0.00123 s");
});

Deno.test("significant() keeps three digits without exponent", () => {
  assertEquals([2412.7, 12.345, 0.04567, 0].map(significant), ["2413", "12.3", "0.0457", "0"]);
  assertEquals(significant(-12.345), "−12.3");
  assertEquals(significant(Infinity), "Infinity");
});

Deno.test("scientific() is for small numbers", () => {
  assertEquals([3.14e-6, 0, 2000].map(scientific), ["3.1e−6", "0", "2.0e3"]);
});

Deno.test("count() minds the plural", () => {
  assertEquals(plain(count(1, "seed")), "1 seed");
  assertEquals(plain(count(0, "seed")), "0 seeds");
});

Deno.test("moment() is told in UTC wherever it is read", () => {
  assertEquals(moment("2026-01-31T09:05:59.000Z"), "31 Jan 2026, 09:05 UTC");
  assertEquals(moment("2026-01-31T00:30:00+01:00"), "30 Jan 2026, 23:30 UTC");
  assertEquals(moment("yesterday"), "yesterday");
});

Deno.test("byteSize() counts in powers of 1024", () => {
  assertEquals([0, 1023, 1024, 17179869184].map(byteSize).map(plain), [
    "0 B",
    "1023 B",
    "1.0 KiB",
    "16.0 GiB",
  ]);
});

Deno.test("sentence() adds a capital and a full stop if there is none", () => {
  assertEquals(sentence("speed holds"), "Speed holds.");
  assertEquals(sentence("Is it so?"), "Is it so?");
  assertEquals(sentence(""), "");
});

Deno.test("list() joins words", () => {
  assertEquals([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(list), [
    "",
    "a",
    "a and b",
    "a, b and c",
  ]);
});
