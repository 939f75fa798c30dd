import { assertEquals } from "@std/assert";
import type { SeedResult } from "../training/mod.ts";
import { furtherTests, otherMetrics } from "./other_metrics.ts";

function result(last: number, more: Partial<SeedResult> = {}): SeedResult {
  return { seed: 1, last, best: last, groups: [], ...more };
}

Deno.test("otherMetrics() gathers metrics over seeds, with what the claim publishes of them", () => {
  const models = {
    dense: [result(0.9, { others: { "noise score": 70_000 } })],
    sparse: [0, 1].map((i) => result(0.9, { others: { "noise score": 100_000 + i, top5: 0.99 } })),
  };
  const says = "eleven levels";
  const [score, top5] = otherMetrics(models, {
    others: [{ metric: "noise-score", sparse: 103_764, says }],
  });
  assertEquals([score!.name, score!.dense.values, score!.sparse.mean], ["noise score", [
    70_000,
  ], 100_000.5]);
  assertEquals(score!.published, { says, sparse: 103_764 });
  assertEquals([top5!.name, top5!.dense.values, top5!.published], ["top5", [], undefined]);
  assertEquals(otherMetrics({ dense: [result(0.9)], sparse: [] }, {}), []);
});

Deno.test("furtherTests() begin a noise test without noise", () => {
  const trials = [{ name: "noise 0.05", metric: 0.8 }, { name: "noise 0.5", metric: 0.4 }];
  const tests = furtherTests({
    dense: [result(0.9, { trials })],
    sparse: [result(0.85, { trials })],
  });
  assertEquals(tests.map(({ name, dense, sparse }) => [name, dense.mean, sparse.mean]), [
    ["noise 0", 0.9, 0.85],
    ["noise 0.05", 0.8, 0.8],
    ["noise 0.5", 0.4, 0.4],
  ]);
  assertEquals(furtherTests({ dense: [result(0.9)], sparse: [result(0.9)] }), []);
});
