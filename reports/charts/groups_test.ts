import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { GroupFigures } from "../../results/mod.ts";
import { sampleResult } from "../sample_result.ts";
import { groupGaps, groupRows, groupTitle } from "./groups.ts";

function group(bucket: string, gaps: readonly number[]): GroupFigures {
  const dense = { mean: 0.9, sd: 0, values: gaps.map(() => 0.9) };
  const sparse = { mean: 0.9, sd: 0, values: gaps.map((gap) => 0.9 + gap) };
  return { by: "class", bucket, count: 10, dense, sparse };
}

Deno.test("groupRows() gives each part its gap in points, under what divides the examples", () => {
  const [row] = groupRows(groupGaps([group("rare", [-0.02, -0.04])]));
  assertEquals([row!.group, row!.label], ["by class", "rare (10\u00a0examples)"]);
  assertAlmostEquals(row!.value!, -3, 1e-9);
  assertEquals(row!.figure, "−3.00");
});

Deno.test("groupRows() has no whisker for a single seed", () => {
  assertEquals(groupRows(groupGaps([group("rare", [-0.02])]))[0]!.interval, null);
});

Deno.test("groupGaps() leaves out what was not measured", () => {
  assertEquals(groupGaps([group("empty", [])]), []);
});

Deno.test("groupTitle() names the part that clearly loses more than the others", () => {
  assertEquals(
    groupTitle(groupGaps(sampleResult().training!.groups)),
    "Sparsity costs most in length “17 words and more”: −2.00 points",
  );
});

Deno.test("groupTitle() accuses nobody where the intervals do not", () => {
  const none = "No part of the examples clearly loses more than the others";
  assertEquals(groupTitle(groupGaps([group("a", [-0.1, 0.1]), group("b", [0, 0.01])])), none);
  assertEquals(groupTitle(groupGaps([group("a", [-0.5]), group("b", [0])])), none);
});
