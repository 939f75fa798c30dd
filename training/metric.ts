/**
 * How good predictions are.
 *
 * @module
 */
import { type ExampleFacts, type ExampleGroups, matthewsCorrelation } from "../datasets/mod.ts";

/** A metric over one sub-population. */
export interface GroupMetric {
  /** What divides the examples. */
  readonly by: string;
  /** Name of the bucket. */
  readonly bucket: string;
  /** Examples in it. */
  readonly count: number;
  /** Share of them that is right. */
  readonly accuracy: number;
}

/** Metrics of predicted classes. */
export type ClassMetric = "accuracy" | "f1" | "matthews";

/** Share of right predictions or the F1 of class 1, 0 to 1; or Matthews' correlation, -1 to 1. */
export function metricOf(
  metric: ClassMetric,
  predictions: ArrayLike<number>,
  labels: Int32Array,
): number {
  if (metric === "accuracy") {
    const right = labels.filter((label, i) => label === predictions[i]).length;
    return labels.length === 0 ? 0 : right / labels.length;
  }
  if (metric === "matthews") return matthewsCorrelation(predictions, labels);
  let [hits, claimed, present] = [0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    if (predictions[i] === 1) claimed++;
    if (labels[i] === 1) present++;
    if (predictions[i] === 1 && labels[i] === 1) hits++;
  }
  return claimed + present === 0 ? 0 : 2 * hits / (claimed + present);
}

/** What stands beside the metric: accuracy, where that is another figure, as GLUE reports for MRPC and QQP. */
export function otherMetrics(
  metric: ClassMetric,
  predictions: ArrayLike<number>,
  labels: Int32Array,
): Readonly<Record<string, number>> {
  return metric === "accuracy" ? {} : { accuracy: metricOf("accuracy", predictions, labels) };
}

/** Accuracy in every bucket that has examples. */
export function groupMetrics(
  examples: ExampleFacts,
  predictions: ArrayLike<number>,
): GroupMetric[] {
  const correct = examples.labels.map((label, i) => label === predictions[i] ? 1 : 0);
  return shareByGroup(examples.groups, correct);
}

/**
 * Share of right examples in every bucket that has examples.
 *
 * @param correct 1 for every example that is right, 0 for the others.
 */
export function shareByGroup(
  groups: readonly ExampleGroups[],
  correct: ArrayLike<number>,
): GroupMetric[] {
  return groups.flatMap(({ by, buckets, of }) => {
    const counts = buckets.map(() => ({ count: 0, right: 0 }));
    of.forEach((number, i) => {
      const bucket = counts[number]!;
      bucket.count++;
      bucket.right += correct[i]!;
    });
    return counts.flatMap(({ count, right }, i) =>
      count === 0 ? [] : [{ by, bucket: buckets[i]!, count, accuracy: right / count }]
    );
  });
}
