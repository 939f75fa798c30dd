/**
 * From the scores of positions to the text of an answer.
 *
 * @module
 */
import type { SpanExamples, SpanQuestions, WindowPlaces } from "./spans.ts";

/** Scores of every position of every window, as a network gives them. */
export interface SpanScores {
  /** `windows × sequence`: how likely an answer starts there. */
  readonly starts: Float32Array;
  /** `windows × sequence`: how likely an answer ends there. */
  readonly ends: Float32Array;
}

/** Which spans are considered. */
export interface DecodeOptions {
  /** Best starts and best ends of a window that are paired; default 20. */
  readonly best?: number;
  /** Most tokens of an answer; default 30. */
  readonly longest?: number;
}

/** An answer that the scores suggest. */
export interface SpanAnswer {
  /** As it stands in the paragraph. */
  readonly text: string;
  /** Sum of the two scores. */
  readonly score: number;
}

interface Span {
  readonly window: number;
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

/**
 * The best answers to each question, best first, at most `best`: pairs of a likely start and a likely end in the same window, the end not
 * before the start. Empty where no pair is allowed.
 *
 * @throws {RangeError} If there are not as many scores as positions.
 */
export function decodeAnswers(
  dev: SpanExamples & WindowPlaces,
  questions: SpanQuestions,
  scores: SpanScores,
  options: DecodeOptions = {},
): readonly (readonly SpanAnswer[])[] {
  for (const found of [scores.starts.length, scores.ends.length]) {
    if (found === dev.count * dev.sequence) continue;
    throw new RangeError(
      `Cannot decode answers: ${found} scores, expected ${dev.count} windows of ${dev.sequence}`,
    );
  }
  const { best = 20, longest = 30 } = options;
  const spans: Span[][] = questions.ids.map(() => []);
  for (let window = 0; window < dev.count; window++) {
    spans[dev.questions[window]!]!.push(...spansOf(dev, scores, window, best, longest));
  }
  return spans.map((found, question) =>
    found.sort((a, b) => b.score - a.score).slice(0, best).map((span) => ({
      text: textOf(span, dev, questions, question),
      score: span.score,
    }))
  );
}

/** The best answer to each question by its id; no answer is the empty text. */
export function bestAnswers(
  dev: SpanExamples & WindowPlaces,
  questions: SpanQuestions,
  scores: SpanScores,
  options: DecodeOptions = {},
): ReadonlyMap<string, string> {
  const answers = decodeAnswers(dev, questions, scores, options);
  return new Map(questions.ids.map((id, i) => [id, answers[i]![0]?.text ?? ""]));
}

function spansOf(
  dev: SpanExamples & WindowPlaces,
  scores: SpanScores,
  window: number,
  best: number,
  longest: number,
): Span[] {
  const at = window * dev.sequence;
  const from = dev.contextStarts[window]!;
  const to = dev.lengths[window]! - 1; // the last token is [SEP]
  const starts = bestPositions(scores.starts.subarray(at + from, at + to), best);
  const ends = bestPositions(scores.ends.subarray(at + from, at + to), best);
  const spans: Span[] = [];
  for (const start of starts) {
    for (const end of ends) {
      if (end < start || end - start >= longest) continue;
      const score = scores.starts[at + from + start]! + scores.ends[at + from + end]!;
      spans.push({ window, start, end, score });
    }
  }
  return spans;
}

/** Positions of the highest scores, best first; of equal ones the first. */
function bestPositions(scores: Float32Array, count: number): readonly number[] {
  const order = Array.from(scores.keys());
  return order.sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, count);
}

function textOf(
  { window, start, end }: Span,
  dev: WindowPlaces,
  questions: SpanQuestions,
  question: number,
): string {
  const first = dev.firstTokens[window]!;
  const offsets = questions.offsets[question]!;
  const begin = offsets[2 * (first + start)]!;
  return questions.contexts[question]!.slice(begin, offsets[2 * (first + end) + 1]!);
}
