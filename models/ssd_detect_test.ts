import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { float32 } from "../core/mod.ts";
import { selectDetections } from "./ssd_detect.ts";

/** Two images of four boxes: the first three overlap in one place. */
const sides = [0, 0, 1, 1, 0, 0, 1, 0.9, 0, 0, 1, 0.4, 2, 2, 3, 3];
const boxes = float32([2, 4, 4], Float32Array.from([...sides, ...sides]));

/** Scores of class 1; class 2 has 0.06 everywhere if `also`. */
function scores(values: readonly number[], also = 0): ReturnType<typeof float32> {
  const all = values.flatMap((score) => [1 - score - also, score, also]);
  return float32([2, 4, 3], Float32Array.from([...new Array<number>(12).fill(0), ...all]));
}

function kept(found: ReturnType<typeof selectDetections>): [label: number, score: number][] {
  return found.map(({ label, score }) => [label, Math.round(score * 100) / 100]);
}

Deno.test("selectDetections() keeps the best of boxes that overlap, best first", () => {
  const found = selectDetections(boxes, scores([0.3, 0.9, 0.5, 0.7]), 1);
  // 0.9 has 0.9 in common with the first box, and 0.4 / 0.9 with the third.
  assertEquals(kept(found), [[1, 0.9], [1, 0.7], [1, 0.5]]);
  found[0]!.box.forEach((side, i) => assertAlmostEquals(side, [0, 0, 1, 0.9][i]!, 1e-6));
  const strict = selectDetections(boxes, scores([0.3, 0.9, 0.5, 0.7]), 1, { overlap: 0.4 });
  assertEquals(kept(strict), [[1, 0.9], [1, 0.7]]);
});

Deno.test("selectDetections() judges classes apart, and never reports the background", () => {
  const found = selectDetections(boxes, scores([0.3, 0.02, 0.02, 0.02], 0.06), 1);
  assertEquals(kept(found).map(([label]) => label), [1, 2, 2, 2]);
  assertEquals(selectDetections(boxes, scores([0.3, 0.9, 0.5, 0.7]), 0), []);
});

Deno.test("selectDetections() obeys its limits", () => {
  const all = scores([0.3, 0.9, 0.5, 0.7]);
  assertEquals(kept(selectDetections(boxes, all, 1, { most: 1 })), [[1, 0.9]]);
  assertEquals(kept(selectDetections(boxes, all, 1, { leastScore: 0.6 })), [[1, 0.9], [1, 0.7]]);
  assertEquals(kept(selectDetections(boxes, all, 1, { mostCandidates: 2 })).length, 2);
});

Deno.test("selectDetections() refuses shapes that do not belong together, and images that are not there", () => {
  const all = scores([0, 0, 0, 0]);
  assertThrows(() => selectDetections(float32([2, 3, 4]), all, 0), RangeError, "boxes [2,3,4]");
  assertThrows(
    () => selectDetections(boxes, all, 2),
    RangeError,
    "image 2, expected one from 0 to 1",
  );
});
