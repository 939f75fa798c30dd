/**
 * Questions and paragraphs as windows of tokens: what a network reads that finds the span of an answer.
 *
 * @module
 */
import type { DatasetFacts, ExampleGroups, TokenExamples } from "./dataset.ts";

/** Windows of tokens, `[CLS] question [SEP] part of the paragraph [SEP]`. */
export interface SpanExamples extends TokenExamples {
  /** Question that each window belongs to. */
  readonly questions: Int32Array;
  /** Position of the answer's first token in each window; 0, the place of `[CLS]`, if the answer is not in the window. */
  readonly starts: Int32Array;
  /** Position of the answer's last token. */
  readonly ends: Int32Array;
}

/** Questions to be answered, with what turns positions back into text. */
export interface SpanQuestions {
  /** The published ids. */
  readonly ids: readonly string[];
  /** Answers of people, for the score. */
  readonly answers: readonly (readonly { readonly text: string }[])[];
  /** Text of each question's paragraph. */
  readonly contexts: readonly string[];
  /** Where each token of the paragraph begins and ends in it, in turn, for each question. */
  readonly offsets: readonly Int32Array[];
  /** Sub-populations of the questions. */
  readonly groups: readonly ExampleGroups[];
}

/** Which part of its paragraph each window shows. */
export interface WindowPlaces {
  /** Position in the window of the first token of the paragraph. */
  readonly contextStarts: Int32Array;
  /** Number in the paragraph of that token. */
  readonly firstTokens: Int32Array;
}

/** A data set of questions, ready to train on. */
export interface SpanDataset extends DatasetFacts {
  /** Tells it from data sets that are classified. */
  readonly kind: "spans";
  /** Metric of the task, after the official score. */
  readonly metric: "f1";
  /** Training windows. */
  readonly train: SpanExamples;
  /** Evaluation windows. */
  readonly dev: SpanExamples & WindowPlaces;
  /** The questions of the evaluation windows. */
  readonly questions: SpanQuestions;
  /** Number of token ids. */
  readonly vocabulary: number;
}
