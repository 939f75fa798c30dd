/**
 * Questions and their paragraphs, made into windows of tokens.
 *
 * @module
 */
import type { ExampleGroups } from "./dataset.ts";
import { divideBoth } from "./groups.ts";
import {
  cutWindows,
  spanIn,
  type SpanWindow,
  tokensBetween,
  type WindowOptions,
} from "./span_windows.ts";
import type { SpanExamples, SpanQuestions, WindowPlaces } from "./spans.ts";
import type { Answer, Paragraph, Question } from "./squad.ts";
import { normaliseAnswer } from "./squad_score.ts";
import { createOffsetEncoder, type OffsetTokens } from "./token_offsets.ts";
import type { WordPiece } from "./wordpiece.ts";

/** Questions as windows. */
export interface Windowed {
  /** The windows. */
  readonly examples: SpanExamples & WindowPlaces;
  /** The questions. */
  readonly questions: SpanQuestions;
}

/** A window and the question that it belongs to. */
interface Placed {
  readonly window: SpanWindow;
  readonly question: number;
  readonly start: number;
  readonly end: number;
}

/** Makes a function that cuts paragraphs into windows, all padded to the longest. */
export function createWindower(
  wordpiece: WordPiece,
  options: WindowOptions,
): (paragraphs: readonly Paragraph[]) => Windowed {
  const encode = createOffsetEncoder(wordpiece);
  return (paragraphs) => {
    const placed: Placed[] = [];
    const questions: Question[] = [];
    const contexts: string[] = [];
    const offsets: Int32Array[] = [];
    for (const { context, questions: asked } of paragraphs) {
      if (asked.length === 0) continue;
      const tokens = encode(context);
      const places = interleave(tokens);
      for (const question of asked) {
        placed.push(...place(question, questions.length, tokens, wordpiece, options));
        questions.push(question);
        contexts.push(context);
        offsets.push(places);
      }
    }
    return {
      examples: pack(placed),
      questions: {
        ids: questions.map(({ id }) => id),
        answers: questions.map(({ answers }) => answers),
        contexts,
        offsets,
        groups: groupsOf(questions),
      },
    };
  };
}

function interleave({ begins, ends }: OffsetTokens): Int32Array {
  return Int32Array.from({ length: 2 * begins.length }, (_, i) => (i % 2 ? ends : begins)[i >> 1]!);
}

function place(
  { question: text, answers }: Question,
  question: number,
  tokens: OffsetTokens,
  wordpiece: WordPiece,
  options: WindowOptions,
): Placed[] {
  const answer: Answer = answers[0]!; // there is at least one
  const span = tokensBetween(tokens, answer.start, answer.start + answer.text.length);
  return cutWindows(wordpiece.encode(text), tokens.ids, wordpiece, options).map((window) => {
    const [start, end] = spanIn(window, span);
    return { window, question, start, end };
  });
}

function pack(placed: readonly Placed[]): SpanExamples & WindowPlaces {
  const count = placed.length;
  const lengths = Int32Array.from(placed, ({ window }) => window.tokens.length);
  const sequence = lengths.reduce((longest, length) => Math.max(longest, length), 0);
  const inputIds = new Int32Array(count * sequence);
  const tokenTypes = new Int32Array(count * sequence);
  placed.forEach(({ window: { tokens, contextStart } }, i) => {
    inputIds.set(tokens, i * sequence);
    tokenTypes.fill(1, i * sequence + contextStart, i * sequence + tokens.length);
  });
  const each = (value: (one: Placed) => number): Int32Array => Int32Array.from(placed, value);
  return {
    ...{ count, sequence, inputIds, tokenTypes, lengths },
    questions: each(({ question }) => question),
    starts: each(({ start }) => start),
    ends: each(({ end }) => end),
    contextStarts: each(({ window }) => window.contextStart),
    firstTokens: each(({ window }) => window.firstToken),
    groups: [],
  };
}

const QUESTION_WORDS = [
  ...["what", "who", "when", "where", "which", "why", "how many", "how much", "how", "other"],
] as const;
const ANSWER_LENGTHS = ["1 word", "2-3 words", "4-6 words", "7 words or more"] as const;

/** Questions by what they ask for, and by how long the answer is. */
function groupsOf(questions: readonly Question[]): ExampleGroups[] {
  const words = Uint8Array.from(questions, ({ question }) => {
    const lower = question.toLowerCase();
    const found = QUESTION_WORDS.findIndex((word) => new RegExp(`\\b${word}\\b`).test(lower));
    return found < 0 ? QUESTION_WORDS.length - 1 : found;
  });
  const lengths = Uint8Array.from(questions, ({ answers }) => {
    const count = normaliseAnswer(answers[0]!.text).split(" ").length;
    return [1, 3, 6].findLastIndex((most) => count > most) + 1;
  });
  const divide = (by: string, names: readonly string[], of: Uint8Array): ExampleGroups =>
    divideBoth(by, names, of, of)[0];
  return [
    divide("question word", QUESTION_WORDS, words),
    divide("answer length", ANSWER_LENGTHS, lengths),
  ];
}
