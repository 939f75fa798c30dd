import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { EdgeBox } from "../../datasets/mod.ts";
import { boxTargets, encodeBox } from "./box_targets.ts";

/** Quarters of the image, and a small box in the middle. */
const DEFAULTS = Float32Array.of(
  ...[0.25, 0.25, 0.5, 0.5],
  ...[0.75, 0.25, 0.5, 0.5],
  ...[0.25, 0.75, 0.5, 0.5],
  ...[0.5, 0.5, 0.2, 0.1],
);

Deno.test("encodeBox() gives moves in tenths of the default box, and logarithms in fifths", () => {
  // Centre (0.3, 0.2), a quarter wider, half as high.
  const offsets = encodeBox([-0.0125, 0.075, 0.6125, 0.325], [0.25, 0.25, 0.5, 0.5]);
  const wanted = [0.05 / 0.5 * 10, -0.05 / 0.5 * 10, Math.log(1.25) * 5, Math.log(0.5) * 5];
  wanted.forEach((one, i) => assertAlmostEquals(offsets[i]!, one, 1e-12));
  assertEquals([...encodeBox([0, 0, 0.5, 0.5], [0.25, 0.25, 0.5, 0.5])], [0, 0, 0, 0]);
});

Deno.test("boxTargets() gives an object every default box that it overlaps by more than a half", () => {
  // Overlap with the first box: 0.5 x 0.4 of 0.25, which is 0.8; with the others nothing much.
  const { labels, offsets, matches } = boxTargets(DEFAULTS, [{ box: [0, 0, 0.5, 0.4], label: 7 }]);
  assertEquals([[...labels], matches], [[7, 0, 0, 0], 1]);
  // Parts come one after the other, four boxes each: x, y, width, height.
  const first = [0, 4, 8, 12].map((i) => offsets[i]!);
  [0, -0.05 / 0.5 * 10, 0, Math.log(0.8) * 5].forEach((one, i) =>
    assertAlmostEquals(first[i]!, one, 1e-6)
  );
  assertEquals([...offsets].filter((offset) => offset !== 0).length, 2);
});

Deno.test("boxTargets() gives an object its best default box even if they hardly overlap", () => {
  const small: EdgeBox = [0.9, 0.4, 0.95, 0.45];
  const { labels, matches } = boxTargets(DEFAULTS, [{ box: small, label: 2 }]);
  assertEquals([[...labels], matches], [[0, 2, 0, 0], 1]);
});

Deno.test("boxTargets() takes an overlap of just a half for the background", () => {
  // Half of the first default box: another default box is the best for nobody else, so only the best rule gives it one.
  const half: EdgeBox = [0, 0, 0.5, 0.25];
  const whole: EdgeBox = [0, 0, 0.5, 0.5];
  const alone = boxTargets(DEFAULTS.subarray(0, 8), [{ box: half, label: 1 }]);
  assertEquals([...alone.labels], [1, 0]); // its best, by an overlap of 0.5
  const both = boxTargets(DEFAULTS.subarray(0, 8), [
    { box: half, label: 1 },
    { box: whole, label: 2 },
  ]);
  assertEquals([...both.labels], [2, 0]); // the later of two objects with the same best box
});

Deno.test("boxTargets() has neither labels nor offsets without objects", () => {
  const { labels, offsets, matches } = boxTargets(DEFAULTS, []);
  assertEquals([matches, labels.some((label) => label !== 0), offsets.some((x) => x !== 0)], [
    0,
    false,
    false,
  ]);
});
