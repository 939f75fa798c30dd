/**
 * From scores of positions to answers, and how good those are.
 *
 * @module
 */
import {
  bestAnswers,
  type DecodeOptions,
  exactMatch,
  scoreSquad,
  type SpanExamples,
  type SpanQuestions,
  type WindowPlaces,
} from "../../datasets/mod.ts";
import { shareByGroup } from "../metric.ts";
import type { Evaluation, OutputViews, Scorer } from "../task.ts";
import type { SpanBatch } from "./spans.ts";

/** Collects scores of positions; when all windows are in, answers can be read off. */
export interface SpanScorer extends Scorer<SpanBatch> {
  /** The best answer to each question by its id; no answer is the empty text. */
  answers(): ReadonlyMap<string, string>;
}

/** Starts a score of the evaluation windows. F1 is the metric, exact match stands beside it and decides which questions are right. */
export function createSpanScorer(
  dev: SpanExamples & WindowPlaces,
  questions: SpanQuestions,
  options: DecodeOptions = {},
): SpanScorer {
  const size = dev.count * dev.sequence;
  const scores = {
    starts: new Float32Array(size).fill(-Infinity),
    ends: new Float32Array(size).fill(-Infinity),
  };
  const answers = (): ReadonlyMap<string, string> => bestAnswers(dev, questions, scores, options);
  return {
    add({ windows, lengths }: SpanBatch, { start_logits, end_logits }: OutputViews): void {
      const sequence = start_logits!.length / windows.length;
      windows.forEach((window, row) => {
        const [from, to] = [row * sequence, row * sequence + lengths[row]!];
        scores.starts.set(start_logits!.subarray(from, to), window * dev.sequence);
        scores.ends.set(end_logits!.subarray(from, to), window * dev.sequence);
      });
    },
    answers,
    finish: () => evaluateAnswers(questions, answers()),
  };
}

/** The official score of answers by the ids of their questions. */
export function evaluateAnswers(
  { ids, answers, groups }: SpanQuestions,
  given: ReadonlyMap<string, string>,
): Evaluation {
  const { f1, exactMatch: exact } = scoreSquad(
    ids.map((id, i) => ({ id, answers: answers[i]! })),
    given,
  );
  const correct = Uint8Array.from(ids, (id, i) => {
    const answer = given.get(id);
    return answer === undefined
      ? 0
      : Math.max(...answers[i]!.map(({ text }) => exactMatch(answer, text)));
  });
  return {
    metric: f1,
    others: { "exact match": exact },
    groups: shareByGroup(groups, correct),
    correct,
  };
}

/** Answers in the form of the official scorer's prediction file: one JSON object, a text for each id. */
export function answersFile(answers: ReadonlyMap<string, string>): string {
  return JSON.stringify(Object.fromEntries(answers), null, 2) + "\n";
}
