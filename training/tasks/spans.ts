/**
 * Finding the answer to a question in a text: batches of windows, the loss of two positions, and the official score.
 *
 * @module
 */
import type { SpanDataset, SpanExamples } from "../../datasets/mod.ts";
import type { Graph } from "../../models/mod.ts";
import type { Distillation } from "../../recipes/mod.ts";
import { type Batch, evaluationBatches, trainingBatches } from "../batches.ts";
import { shareOf } from "../parts.ts";
import type { BatchLoss, OutputViews, Task, TrainRequest } from "../task.ts";
import { requireOutputs, requireRows } from "./network_checks.ts";
import { spanDistiller } from "./span_distiller.ts";
import { countedWindows, positionLoss } from "./span_loss.ts";
import { createSpanScorer, type SpanScorer } from "./span_score.ts";
import { partOfTokens, type TokenBatch, tokenInputs } from "./token_inputs.ts";

/** A batch of windows. */
export interface SpanBatch extends TokenBatch {
  /** Numbers of the windows in their split. */
  readonly windows: Int32Array;
  /** Where each answer starts; 0 if it is not in the window. */
  readonly starts: Int32Array;
  /** Where each answer ends. */
  readonly ends: Int32Array;
}

/** {@linkcode spanTask}. */
export interface SpanTask extends Task<SpanBatch> {
  /** Starts a score, which also knows the answers. */
  scorer(): SpanScorer;
}

/** What a network is asked on questions whose answers stand in a text. */
export function spanTask(dataset: SpanDataset): SpanTask {
  const { train, dev, questions, vocabulary, ...rest } = dataset;
  const { kind: _, metric, ...facts } = rest;
  return {
    facts,
    metric,
    counts: { train: train.count, dev: dev.count },
    longest: train.sequence,
    check(graph: Graph): void {
      requireOutputs(graph, facts.name, ["start_logits", "end_logits"]);
      requireRows(graph, facts.name, "word_embeddings.weight", vocabulary, "token ids");
      const longest = Math.max(train.sequence, dev.sequence);
      requireRows(graph, facts.name, "position_embeddings.weight", longest, "tokens a window");
    },
    async *trainBatches({ size, label, from }: TrainRequest): AsyncGenerator<SpanBatch> {
      for (const batch of trainingBatches(train.lengths, size, label).slice(from)) {
        yield await Promise.resolve(windowsOf(train, batch));
      }
    },
    async *devBatches(size: number): AsyncGenerator<SpanBatch> {
      for (const batch of evaluationBatches(dev.lengths, size)) {
        yield await Promise.resolve(windowsOf(dev, batch));
      }
    },
    part(batch, range): SpanBatch {
      const { from, to } = range;
      return {
        ...partOfTokens(batch, range),
        windows: batch.windows.subarray(from, to),
        starts: batch.starts.subarray(from, to),
        ends: batch.ends.subarray(from, to),
      };
    },
    loss: spanLoss,
    scorer: () => createSpanScorer(dev, questions),
    distiller: (weights: Distillation, graph: Graph) => spanDistiller(weights, graph),
  };
}

/** The mean of the losses of the two positions. */
export function spanLoss(batch: SpanBatch, { start_logits, end_logits }: OutputViews): BatchLoss {
  const { lengths, starts, ends } = batch;
  const start = positionLoss(start_logits!, lengths, starts);
  const end = positionLoss(end_logits!, lengths, ends);
  // Windows that count differ between the positions.
  const [ofStarts, ofEnds] = (["starts", "ends"] as const).map((name) =>
    shareOf(batch, (of) => countedWindows(of.lengths, of[name]).length)
  ) as [number, number]; // of two names
  return {
    value: (ofStarts * start.value + ofEnds * end.value) / 2,
    gradients: {
      start_logits: start.gradient.map((part) => ofStarts * part / 2),
      end_logits: end.gradient.map((part) => ofEnds * part / 2),
    },
  };
}

/** Gathers windows. A sequence longer than the windows' own is padded further. */
function windowsOf(data: SpanExamples, batch: Batch): SpanBatch {
  const { examples } = batch;
  return {
    ...tokenInputs(data, batch),
    windows: examples,
    starts: examples.map((example) => data.starts[example]!),
    ends: examples.map((example) => data.ends[example]!),
  };
}
