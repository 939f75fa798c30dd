/**
 * The metrics of the tasks, on labels alone.
 *
 * @module
 */

/** Best metric of giving one answer always: the share of the larger class, F1 of always answering class 1, or no correlation. */
export function bestConstantMetric(
  metric: "accuracy" | "f1" | "matthews",
  labels: Int32Array,
): number {
  if (labels.length === 0 || metric === "matthews") return 0;
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  if (metric === "accuracy") return Math.max(...counts.values()) / labels.length;
  const positives = counts.get(1) ?? 0;
  return 2 * positives / (labels.length + positives);
}
