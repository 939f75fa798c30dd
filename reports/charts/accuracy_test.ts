import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Accuracy } from "../../results/mod.ts";
import { sampleResult } from "../sample_result.ts";
import { accuracyRows, accuracySpec, accuracyTitle, gapRows, metricName } from "./accuracy.ts";
import { WIDE } from "./theme.ts";

const ACCURACY = sampleResult().accuracy!;

function withValues(dense: readonly number[], sparse: readonly number[]): Accuracy {
  const figures = (values: readonly number[]): Accuracy["dense"] => ({ mean: 0, sd: 0, values });
  return { ...ACCURACY, dense: figures(dense), sparse: figures(sparse) };
}

Deno.test("accuracyRows() sets measured beside published, in per cent", () => {
  const [sparse, dense] = accuracyRows(ACCURACY);
  assertEquals([sparse!.label, dense!.label], ["sparse model", "dense model"]);
  assertEquals([sparse!.published, dense!.published], [[86.92], [87.61]]);
  assertAlmostEquals(sparse!.value!, 93.11, 1e-9);
  assertEquals(sparse!.seeds!.map((seed) => Math.round(seed * 100)), [9302, 9322, 9309]);
  assertEquals(sparse!.ceiling, 95.5);
});

Deno.test("accuracyRows() cuts intervals where accuracy ends", () => {
  const [sparse] = accuracyRows(withValues([1, 1], [1, 0.98]));
  assertEquals(sparse!.interval![1], 100);
});

Deno.test("accuracyRows() has no whisker for a single seed, and no mark for none", () => {
  const [single] = accuracyRows(withValues([0.9], [0.9]));
  assertEquals([single!.value, single!.interval], [90, null]);
  const [none] = accuracyRows(withValues([], []));
  assertEquals([none!.value, none!.interval, none!.published], [null, null, [86.92]]);
});

Deno.test("gapRows() pairs the seeds", () => {
  const [row] = gapRows(withValues([0.9, 0.8], [0.89, 0.79]));
  assertAlmostEquals(row!.value!, -1, 1e-9);
  assertAlmostEquals(row!.interval![0], -1, 1e-9, "no spread where every seed loses the same");
  assertEquals(row!.figure, "−1.00");
  assertAlmostEquals(row!.published![0]!, -0.69, 1e-9);
});

Deno.test("accuracySpec() names the metric and its unit", () => {
  const text = JSON.stringify(accuracySpec({ ...ACCURACY, metric: "f1" }, WIDE));
  assertEquals(text.includes('"F1 (%)"'), true);
  assertEquals(metricName("accuracy"), "accuracy");
});

Deno.test("accuracyTitle() says which side of dense, and what was claimed", () => {
  const plain = (accuracy: Accuracy): string => accuracyTitle(accuracy).replaceAll("\u00a0", " ");
  assertEquals(
    plain(ACCURACY),
    "Sparse reaches 93.1 %, 0.53 points below dense; the claim is 0.69 points below",
  );
  const published = { dense: 0.8, sparse: 0.81, kind: "max" };
  assertEquals(
    plain({ ...withValues([0.9], [0.9]), published }),
    "Sparse reaches 90.0 %, level with dense; the claim is 1.00 points above",
  );
  assertEquals(plain(withValues([], [])), "No accuracy was measured");
});

Deno.test("metricName() knows the metrics of every task, and leaves others as they are", () => {
  const names = ["accuracy", "f1", "matthews", "auc", "map", "top1", "exact match"];
  assertEquals(names.map(metricName), [
    "accuracy",
    "F1",
    "Matthews correlation",
    "ROC AUC",
    "mAP",
    "top-1 accuracy",
    "exact match",
  ]);
});
