/**
 * A network without dropout: predictions, metrics, and what a teacher says.
 *
 * @module
 */
import { type Floats, tidied } from "../engines/tfjs/mod.ts";
import type { Dataset, Examples } from "../datasets/mod.ts";
import { type BatchTokens, evaluationBatches, tokensOf } from "./batches.ts";
import { type GroupMetric, groupMetrics, metricOf } from "./metric.ts";
import { forward, type Network } from "./network.ts";
import { bringUpTo, copyRows, type TableSteps } from "./word_table.ts";

/** Sequences per evaluation batch. */
const EVALUATION_BATCH = 32;

/** Where a network stands in its training, so that its word embeddings can be brought up to date. */
export interface Position {
  /** Steps done. */
  readonly step: number;
  /** The numbers of the steps. */
  readonly steps: TableSteps;
}

/** A finished or frozen network's position: its word embeddings are as they are. */
export const AT_REST: Position = {
  step: 0,
  steps: {
    at(step): never {
      throw new RangeError(`Cannot do step ${step} of a network at rest`);
    },
    keepBetween: () => 1,
  },
};

/** How good a network is. */
export interface Evaluation {
  /** The task's metric, 0 to 1. */
  readonly metric: number;
  /** Accuracy of every sub-population. */
  readonly groups: readonly GroupMetric[];
}

/** Evaluates a network on the evaluation examples. */
export function evaluate(network: Network, dataset: Dataset, position: Position): Evaluation {
  const predictions = predict(network, dataset.dev, position);
  return {
    metric: metricOf(dataset.metric, predictions, dataset.dev.labels),
    groups: groupMetrics(dataset.dev, predictions),
  };
}

/** The most likely class of every example. */
export function predict(network: Network, examples: Examples, position: Position): Int32Array {
  const predictions = new Int32Array(examples.count);
  for (const batch of evaluationBatches(examples.lengths, EVALUATION_BATCH)) {
    const tokens = tokensOf(examples, batch);
    observe(network, tokens, position, (logits) => {
      const classes = logits.length / tokens.batch;
      batch.examples.forEach((example, row) => {
        const scores = logits.subarray(row * classes, (row + 1) * classes);
        predictions[example] = scores.indexOf(Math.max(...scores));
      });
    });
  }
  return predictions;
}

/** Runs a batch without dropout and shows the outputs, which are valid during the call. */
export function observe(
  network: Network,
  tokens: BatchTokens,
  position: Position,
  look: (logits: Floats, hidden: Floats) => void,
): void {
  const { machine, words } = network;
  const { tf } = machine.ops;
  bringUpTo(words, tokens.words, position.step, position.steps);
  tidied(tf, () => {
    const rows = tf.zeros([tokens.words.length, words.hidden]);
    copyRows(words, tokens.words, machine.heap.float32(rows));
    const { logits, hidden } = forward(network, tokens, rows);
    look(machine.heap.float32(logits), machine.heap.float32(hidden));
  });
}
