/**
 * Classifying texts: batches of like length, cross-entropy, accuracy or F1 and who pays for it.
 *
 * @module
 */
import type { Dataset, DatasetFacts, Examples } from "../../datasets/mod.ts";
import type { Graph } from "../../models/mod.ts";
import { type Batch, evaluationBatches, trainingBatches } from "../batches.ts";
import { crossEntropy } from "../loss.ts";
import { groupMetrics, metricOf, otherMetrics } from "../metric.ts";
import { shareOfExamples, weighted } from "../parts.ts";
import type { BatchLoss, Evaluation, Scorer, Task } from "../task.ts";
import { requireOutputs, requireRows } from "./network_checks.ts";
import { textDistiller } from "./text_distiller.ts";
import { partOfTokens, type TokenBatch, tokenInputs } from "./token_inputs.ts";

/** A batch of texts. */
export interface TextBatch extends TokenBatch {
  /** Numbers of the examples in their split. */
  readonly examples: Int32Array;
  /** Class of each example. */
  readonly labels: Int32Array;
}

/** How texts are learnt. */
export interface TextOptions {
  /** Share of the target that is spread over all classes; default 0. */
  readonly labelSmoothing?: number;
}

/** What a network is asked on texts that belong to classes. */
export function textTask(
  dataset: Dataset,
  { labelSmoothing = 0 }: TextOptions = {},
): Task<TextBatch> {
  const { train, dev, classes, vocabulary, metric } = dataset;
  const facts = factsOf(dataset);
  return {
    facts,
    metric,
    counts: { train: train.count, dev: dev.count },
    longest: train.sequence,
    check(graph): void {
      requireOutputs(graph, facts.name, ["logits"]);
      requireRows(graph, facts.name, "word_embeddings.weight", vocabulary, "token ids");
      requireRows(graph, facts.name, "classifier.weight", classes.length, "classes");
      const longest = Math.max(train.sequence, dev.sequence);
      requireRows(graph, facts.name, "position_embeddings.weight", longest, "tokens a sequence");
    },
    async *trainBatches({ size, label, from }): AsyncGenerator<TextBatch> {
      for (const batch of trainingBatches(train.lengths, size, label).slice(from)) {
        yield await Promise.resolve(tokensOf(train, batch));
      }
    },
    async *devBatches(size): AsyncGenerator<TextBatch> {
      for (const batch of evaluationBatches(dev.lengths, size)) {
        yield await Promise.resolve(tokensOf(dev, batch));
      }
    },
    part(batch, range): TextBatch {
      const { from, to } = range;
      return {
        ...partOfTokens(batch, range),
        examples: batch.examples.subarray(from, to),
        labels: batch.labels.subarray(from, to),
      };
    },
    loss(batch, { logits }): BatchLoss {
      const { value, gradient } = crossEntropy(logits!, batch.labels, labelSmoothing);
      return weighted(shareOfExamples(batch), { value, gradients: { logits: gradient } });
    },
    scorer: () => textScorer(dataset),
    distiller: (weights, graph: Graph) => textDistiller(train, weights, graph),
  };
}

function factsOf({ name, ceiling, majority, origin, notes }: Dataset): DatasetFacts {
  return { name, ceiling, majority, origin, ...notes && { notes } };
}

function textScorer({ dev, metric }: Dataset): Scorer<TextBatch> {
  const predictions = new Int32Array(dev.count);
  return {
    add({ examples }, { logits }): void {
      const classes = logits!.length / examples.length;
      examples.forEach((example, row) => {
        const scores = logits!.subarray(row * classes, (row + 1) * classes);
        predictions[example] = scores.indexOf(Math.max(...scores));
      });
    },
    finish: (): Evaluation => ({
      metric: metricOf(metric, predictions, dev.labels),
      others: otherMetrics(metric, predictions, dev.labels),
      groups: groupMetrics(dev, predictions),
      correct: Uint8Array.from(predictions, (guess, i) => guess === dev.labels[i] ? 1 : 0),
    }),
  };
}

/** Gathers the texts of a batch. A sequence longer than the examples' own is padded further. */
export function tokensOf(data: Examples, batch: Batch): TextBatch {
  const { examples } = batch;
  const labels = examples.map((example) => data.labels[example]!);
  return { ...tokenInputs(data, batch), examples, labels };
}
