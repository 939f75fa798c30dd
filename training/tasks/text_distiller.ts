/**
 * Classifying texts as a teacher does: its classes, its last hidden states, its attention.
 *
 * @module
 */
import type { Examples } from "../../datasets/mod.ts";
import type { Floats } from "../../engines/tfjs/mod.ts";
import type { Graph } from "../../models/mod.ts";
import type { Distillation } from "../../recipes/mod.ts";
import { evaluationBatches } from "../batches.ts";
import {
  attentionError,
  hiddenError,
  type Loss,
  pairCount,
  softTargets,
  tokenCount,
} from "../loss.ts";
import { shareOf } from "../parts.ts";
import type { Ask, BatchLoss, Distiller, OutputViews } from "../task.ts";
import { type Difference, lastHidden, sumOfDifferences } from "./distilled.ts";
import { type TextBatch, tokensOf } from "./text.ts";

/** Most bytes of hidden states that are kept. */
const MEMORY_BYTES = 768 * 2 ** 20;

/**
 * What a student of texts is compared in. Where it is not attention, a teacher's answers are kept if they fit into `memoryBytes`.
 *
 * @throws {RangeError} If the graph has no hidden states or attention that are to be compared.
 */
export function textDistiller(
  train: Examples,
  weights: Distillation,
  graph: Graph,
  memoryBytes: number = MEMORY_BYTES,
): Distiller<TextBatch> {
  const hidden = weights.hidden > 0 ? lastHidden(graph) : null;
  const attentions = weights.attention > 0 ? attentionsOf(graph) : [];
  return {
    values: [...hidden === null ? [] : [hidden], ...attentions],
    loss(batch, student, teacher): BatchLoss {
      const { lengths } = batch;
      const terms: Difference[] = [];
      const compare = (
        name: string,
        weight: number,
        count: (batch: TextBatch) => number,
        error: (ours: Floats, theirs: Floats) => Loss,
      ): unknown =>
        terms.push({
          name,
          weight: weight * shareOf(batch, count),
          loss: error(student[name]!, teacher[name]!),
        });
      if (weights.logits > 0) {
        compare(
          "logits",
          weights.logits,
          ({ shape }) => shape.batch,
          (ours, theirs) => softTargets(ours, theirs, lengths.length, weights.temperature),
        );
      }
      if (hidden !== null) {
        compare(
          hidden,
          weights.hidden,
          ({ lengths }) => tokenCount(lengths),
          (ours, theirs) => hiddenError(ours, theirs, lengths, ours.length / tokensIn(batch)),
        );
      }
      for (const name of attentions) {
        const weight = weights.attention / attentions.length;
        compare(name, weight, ({ lengths }) => pairCount(lengths), (ours, theirs) => {
          const heads = ours.length / (tokensIn(batch) * batch.shape.sequence!);
          return attentionError(ours, theirs, lengths, heads);
        });
      }
      return sumOfDifferences(terms);
    },
    remember: (ask) => attentions.length > 0 ? null : remember(train, hidden, ask, memoryBytes),
  };
}

function tokensIn({ shape }: TextBatch): number {
  return shape.batch * shape.sequence!;
}

/** Names of the attention probabilities of all layers. */
function attentionsOf(graph: Graph): readonly string[] {
  const names = graph.nodes.flatMap(({ op, outputs }) => op === "Softmax" ? [outputs[0]!] : []);
  if (names.length > 0) return names;
  throw new RangeError(`Cannot distil ${graph.name}: it has no attention, expected a BERT`);
}

/** The answers to all examples, asked for once; `null` if they do not fit. */
function remember(
  train: Examples,
  hidden: string | null,
  ask: Ask<TextBatch>,
  memoryBytes: number,
): Ask<TextBatch> | null {
  const tokens = train.lengths.reduce((sum, length) => sum + length, 0);
  const starts = new Float64Array(train.count);
  let end = 0;
  train.lengths.forEach((length, example) => {
    starts[example] = end;
    end += length;
  });
  let [width, classes] = [0, 0];
  let states: Floats = new Float32Array(0);
  let logits: Floats = new Float32Array(0);
  for (const batch of evaluationBatches(train.lengths, 32)) {
    const asked = tokensOf(train, batch);
    const said = ask(asked);
    if (logits.length === 0) {
      width = hidden === null ? 0 : said[hidden]!.length / tokensIn(asked);
      classes = said.logits!.length / asked.lengths.length;
      if (tokens * width * 4 > memoryBytes) return null;
      states = new Float32Array(tokens * width);
      logits = new Float32Array(train.count * classes);
    }
    const perExample = batch.sequence * width;
    batch.examples.forEach((example, row) => {
      const size = train.lengths[example]! * width;
      if (hidden !== null) {
        const state = said[hidden]!.subarray(row * perExample, row * perExample + size);
        states.set(state, starts[example]! * width);
      }
      logits.set(said.logits!.subarray(row * classes, (row + 1) * classes), example * classes);
    });
  }
  return (batch): OutputViews => {
    const answers: Record<string, Floats> = {
      logits: new Float32Array(batch.lengths.length * classes),
    };
    if (hidden !== null) answers[hidden] = new Float32Array(tokensIn(batch) * width);
    batch.examples.forEach((example, row) => {
      const from = example * classes;
      answers.logits!.set(logits.subarray(from, from + classes), row * classes);
      if (hidden === null) return;
      const start = starts[example]! * width;
      const state = states.subarray(start, start + batch.lengths[row]! * width);
      answers[hidden]!.set(state, row * batch.shape.sequence! * width);
    });
    return answers;
  };
}
