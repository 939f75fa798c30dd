/**
 * Whether an advertisement is clicked: batches of numbers and categories, binary cross-entropy, and the area under the ROC curve.
 *
 * @module
 */
import {
  areaUnderRoc,
  type ClickBatch,
  type ClickStreams,
  DENSE_FEATURES,
  TABLES,
  thresholdAccuracy,
} from "../../datasets/mod.ts";
import { float32 } from "../../core/mod.ts";
import type { Graph } from "../../models/mod.ts";
import { binaryCrossEntropy } from "../loss.ts";
import { partOf, shareOfExamples, weighted } from "../parts.ts";
import type {
  BatchLoss,
  Evaluation,
  OutputViews,
  Scorer,
  Task,
  TaskBatch,
  TrainRequest,
} from "../task.ts";
import { requireInput, requireOutputs, requireRows } from "./network_checks.ts";

/** A batch of rows of a log. */
export interface ClickTaskBatch extends TaskBatch {
  /** 1 for a click. */
  readonly labels: Int32Array;
}

/** Rows an evaluation batch; they are small. */
const EVALUATION_BATCH = 1024;

/**
 * What a network is asked on a log of clicks. Rows are trained on in the order of time, as published, so that the label of an epoch
 * changes nothing. Takes the time of reading the log once.
 */
export async function clickTask(streams: ClickStreams): Promise<Task<ClickTaskBatch>> {
  const { name, ceiling, majority, origin, notes, metric, tableRows } = streams;
  return {
    facts: { name, ceiling, majority, origin, ...notes && { notes } },
    metric,
    counts: await streams.counts(),
    evaluationBatch: EVALUATION_BATCH,
    check(graph: Graph): void {
      requireOutputs(graph, name, ["probabilities"]);
      requireInput(graph, name, "dense", [DENSE_FEATURES]);
      requireInput(graph, name, "indices", [TABLES], 1);
      tableRows.forEach((rows, i) =>
        requireRows(graph, name, `emb_l.${i}.weight`, rows, `rows of table ${i}`)
      );
    },
    async *trainBatches({ size, from }: TrainRequest): AsyncGenerator<ClickTaskBatch> {
      for await (const batch of streams.trainBatches({ size, from })) yield toTaskBatch(batch);
    },
    async *devBatches(size: number): AsyncGenerator<ClickTaskBatch> {
      for await (const batch of streams.devBatches({ size })) yield toTaskBatch(batch);
    },
    part(batch, range): ClickTaskBatch {
      const { from, to } = range;
      return {
        ...partOf(batch, range, { indices: 1 }),
        labels: batch.labels.subarray(from, to),
      };
    },
    loss(batch: ClickTaskBatch, { probabilities }: OutputViews): BatchLoss {
      const { value, gradient } = binaryCrossEntropy(probabilities!, batch.labels);
      return weighted(shareOfExamples(batch), { value, gradients: { probabilities: gradient } });
    },
    scorer: createClickScorer,
    skipped: () => streams.skipped(),
  };
}

function toTaskBatch({ count, dense, indices, labels }: ClickBatch): ClickTaskBatch {
  return {
    shape: { batch: count },
    inputs: {
      dense: float32([count, DENSE_FEATURES], dense),
      indices: { dtype: "int32", shape: [TABLES, count], data: indices },
    },
    labels,
  };
}

/** Starts a score. The metric is the area under the curve; accuracy, at a probability of a half, stands beside it. */
export function createClickScorer(): Scorer<ClickTaskBatch> {
  const scores: Float32Array[] = [];
  const labels: Int32Array[] = [];
  return {
    add(batch, { probabilities }: OutputViews): void {
      scores.push(probabilities!.slice());
      labels.push(batch.labels);
    },
    finish(): Evaluation {
      const [all, truth] = [joined(scores, Float32Array), joined(labels, Int32Array)];
      const area = areaUnderRoc(all, truth);
      if (Number.isNaN(area)) {
        throw new RangeError(
          `Cannot score clicks: all ${truth.length} evaluation rows have the same label, expected both kinds`,
        );
      }
      return {
        metric: area,
        others: { accuracy: thresholdAccuracy(all, truth) },
        groups: [],
        correct: Uint8Array.from(all, (score, i) => Number(Number(score >= 0.5) === truth[i])),
      };
    },
  };
}

function joined<T extends Float32Array | Int32Array>(
  parts: readonly T[],
  type: new (length: number) => T,
): T {
  const all = new type(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
