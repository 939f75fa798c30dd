import { assertAlmostEquals, assertEquals } from "@std/assert";
import { groupMetrics, metricOf, otherMetrics } from "./metric.ts";
import { tinyDataset } from "./tiny_data.ts";

const LABELS = Int32Array.of(1, 1, 1, 0, 0, 0, 0, 0);
const PREDICTIONS = [1, 0, 0, 1, 0, 0, 0, 0];

Deno.test("metricOf() counts right predictions", () => {
  assertEquals(metricOf("accuracy", PREDICTIONS, LABELS), 5 / 8);
});

Deno.test("metricOf() gives the F1 of class 1", () => {
  // Precision 1/2, recall 1/3.
  assertAlmostEquals(metricOf("f1", PREDICTIONS, LABELS), 0.4, 1e-12);
  assertEquals(metricOf("f1", [0, 0], Int32Array.of(0, 0)), 0);
});

Deno.test("groupMetrics() gives accuracy and size of every bucket that has examples", () => {
  const { dev } = tinyDataset(1, 50);
  const bad = dev.labels.filter((label) => label === 0).length;
  const groups = { by: "class", buckets: ["bad", "good", "none"], of: Uint8Array.from(dev.labels) };
  assertEquals(groupMetrics({ ...dev, groups: [groups] }, new Int32Array(50)), [
    { by: "class", bucket: "bad", count: bad, accuracy: 1 },
    { by: "class", bucket: "good", count: 50 - bad, accuracy: 0 },
  ]);
});

Deno.test("metricOf() is Matthews' correlation if asked, and otherMetrics() has accuracy beside it", () => {
  const [predictions, labels] = [[1, 1, 1, 0], Int32Array.of(1, 0, 1, 1)];
  assertAlmostEquals(metricOf("matthews", predictions, labels), -1 / 3, 1e-12);
  assertEquals(otherMetrics("matthews", predictions, labels), { accuracy: 0.5 });
  assertEquals(otherMetrics("f1", predictions, labels), { accuracy: 0.5 });
  assertEquals(otherMetrics("accuracy", predictions, labels), {});
});
