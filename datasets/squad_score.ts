/**
 * The official score of SQuAD v1.1: exact match and F1, over answers without case, punctuation and articles.
 *
 * @module
 */

/** Answers of people to a question, all of them right. */
export interface AnsweredQuestion {
  /** The published id. */
  readonly id: string;
  /** Texts of the answers, at least one. */
  readonly answers: readonly { readonly text: string }[];
}

/** How good answers are. */
export interface SquadScore {
  /** Share of questions whose answer is one of those given, 0 to 1. */
  readonly exactMatch: number;
  /** Mean over the questions of the best F1 of words in common with an answer, 0 to 1. */
  readonly f1: number;
  /** Questions without a prediction; they count as wrong. */
  readonly missing: readonly string[];
}

/** Scores predicted texts, by the id of their question. */
export function scoreSquad(
  questions: readonly AnsweredQuestion[],
  predictions: ReadonlyMap<string, string>,
): SquadScore {
  let [exact, f1] = [0, 0];
  const missing: string[] = [];
  for (const { id, answers } of questions) {
    const predicted = predictions.get(id);
    if (predicted === undefined) missing.push(id);
    else {
      exact += Math.max(...answers.map(({ text }) => exactMatch(predicted, text)));
      f1 += Math.max(...answers.map(({ text }) => wordF1(predicted, text)));
    }
  }
  const count = Math.max(1, questions.length);
  return { exactMatch: exact / count, f1: f1 / count, missing };
}

/** 1 if both answers are the same once normalised, else 0. */
export function exactMatch(predicted: string, answer: string): 0 | 1 {
  return normaliseAnswer(predicted) === normaliseAnswer(answer) ? 1 : 0;
}

/** F1 of the words of two answers, each word counted as often as it stands. */
export function wordF1(predicted: string, answer: string): number {
  const [ours, theirs] = [wordsOf(predicted), wordsOf(answer)];
  const left = new Map<string, number>();
  for (const word of theirs) left.set(word, (left.get(word) ?? 0) + 1);
  let same = 0;
  for (const word of ours) {
    const count = left.get(word) ?? 0;
    if (count > 0) same++;
    left.set(word, count - 1);
  }
  return same === 0 ? 0 : 2 * same / (ours.length + theirs.length);
}

function wordsOf(text: string): string[] {
  const normal = normaliseAnswer(text);
  return normal === "" ? [] : normal.split(" ");
}

/** `string.punctuation` of Python, which the official scorer is written in. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;
/** Python's `\b` knows letters and digits of all scripts. */
const ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
/** What Python's `split()` splits at. */
// deno-lint-ignore no-control-regex -- Python counts these as white space
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

/** Lower case, without punctuation, then without articles, one space between words. */
export function normaliseAnswer(text: string): string {
  return text.toLowerCase().replace(PUNCTUATION, "").replace(ARTICLES, " ").replace(SPACE, " ")
    .replace(/^ | $/g, "");
}
