import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  pruneCount,
  pruneIndex,
  pruneWindow,
  sparsityAt,
  type SparsityCurve,
} from "./sparsity_schedule.ts";

// Computed apart from this code, in Python, for target 0.9 and n = 4.
const CURVES: Readonly<Record<SparsityCurve, readonly number[]>> = {
  exp: [0, 0.43765867481, 0.683772233983, 0.822172058996, 0.9],
  linear: [0, 0.225, 0.45, 0.675, 0.9],
  cos: [0, 0.06850842074, 0.263603896932, 0.555584910871, 0.9],
  cube: [0, 0.0140625, 0.1125, 0.3796875, 0.9],
  gmp_cubic: [0, 0.5203125, 0.7875, 0.8859375, 0.9],
  one_shot: [0.9, 0.9, 0.9, 0.9, 0.9],
};

for (const [curve, values] of Object.entries(CURVES) as [SparsityCurve, number[]][]) {
  Deno.test(`sparsityAt() follows ${curve}`, () => {
    values.forEach((value, i) => assertAlmostEquals(sparsityAt(curve, 0.9, i, 4), value, 1e-11));
  });
}

Deno.test("sparsityAt() reaches the target at once if there is one change only", () => {
  assertEquals(sparsityAt("exp", 0.9, 0, 0), 0.9);
});

Deno.test("pruneWindow() lies between warm epochs and cooldown", () => {
  // SST-2 as published: 15 epochs of 4,209 steps, 1 warm, cooldown 5, frequency 500.
  const plan = { epochs: 15, warmEpochs: 1, cooldownEpochs: 5, frequency: 500 };
  const window = pruneWindow(plan, 4209);
  assertEquals(window, { start: 4209, end: 42_090, frequency: 500 });
  assertEquals(pruneCount(window), 75);
});

Deno.test("pruneWindow() refuses a cooldown that starts before the warm epochs end", () => {
  const plan = { epochs: 4, warmEpochs: 2, cooldownEpochs: 3, frequency: 1 };
  assertThrows(() => pruneWindow(plan, 10), RangeError, "Cannot prune from step 20 to 10");
});

Deno.test("pruneIndex() counts the changes, both ends included", () => {
  const window = { start: 3, end: 10, frequency: 3 };
  const indexes = Array.from({ length: 13 }, (_, step) => pruneIndex(window, step));
  const none = null;
  assertEquals(indexes, [none, none, none, 0, none, none, 1, none, none, 2, none, none, none]);
  assertEquals(pruneCount(window), 2);
});
