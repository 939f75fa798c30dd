/**
 * Generated sentences that praise or blame: a stand-in for SST-2.
 *
 * A clause judges a subject: `the french film was not very good`. Its score is the word's sign times its strength (plain 2,
 * `very` 3, `slightly` 1), turned round by a negator. Two clauses joined by `and` add up; of two joined by `but`, or led by
 * `although`, the second decides. So words alone tell little: a bag of them is right in three of five cases.
 *
 * @module
 */
import type { Random } from "../core/mod.ts";
import { drawEvenly, drawFrequent } from "./draw.ts";
import type { CleanExample, Generator } from "./generated.ts";
import * as words from "./words.ts";

interface Clause {
  readonly words: readonly string[];
  readonly score: number;
  readonly negated: boolean;
  readonly graded: boolean;
}

const PLAIN = 2;

/** Draws sentences of 6 to 12 words. */
export const SENTIMENT: Generator = {
  name: "synthetic-sentiment",
  version: 1,
  classes: ["negative", "positive"],
  metric: "accuracy",
  words: [
    ...new Set([
      ...["the", "was", "but", "and", "although", ","],
      ...words.NEGATORS,
      ...words.INTENSIFIERS.map(([word]) => word),
      ...[...words.OPENINGS, ...words.TAILS].flat(),
      ...words.SUBJECTS,
      ...words.NEUTRAL,
      ...words.POSITIVE,
      ...words.NEGATIVE,
    ]),
  ],
  constructions: ["plain", "graded", "negated", "contrast", "sum"],
  draw(random: Random, label: 0 | 1): CleanExample {
    for (;;) {
      const drawn = random.next() < 0.5 ? drawSingle(random) : drawDouble(random);
      const count = drawn.first.length;
      if (count < 6 || count > 12 || drawn.score === 0) continue;
      if ((drawn.score > 0 ? 1 : 0) === label) return { ...drawn, label };
    }
  },
};

type Drawn = Omit<CleanExample, "label"> & { readonly score: number };

function drawSingle(random: Random): Drawn {
  const clause = drawClause(random, true);
  const before = random.next() < 0.3 ? drawEvenly(random, words.OPENINGS) : [];
  const after = random.next() < 0.3 ? drawEvenly(random, words.TAILS) : [];
  const construction = clause.negated ? "negated" : clause.graded ? "graded" : "plain";
  return { first: [...before, ...clause.words, ...after], score: clause.score, construction };
}

function drawDouble(random: Random): Drawn {
  const a = drawClause(random, false);
  const b = drawClause(random, false);
  // Sums are the hardest to learn and say least about words in context, so they are the rarest.
  const joint = random.next();
  if (joint < 0.2) {
    const score = a.score + b.score;
    return { first: [...a.words, "and", ...b.words], score, construction: "sum" };
  }
  const first = joint < 0.6
    ? [...a.words, "but", ...b.words]
    : ["although", ...a.words, ",", ...b.words];
  return { first, score: b.score, construction: "contrast" };
}

function drawClause(random: Random, long: boolean): Clause {
  const sign = random.next() < 0.5 ? 1 : -1;
  const judgement = drawFrequent(random, sign > 0 ? words.POSITIVE : words.NEGATIVE);
  const neutral = long && random.next() < 0.6 ? [drawFrequent(random, words.NEUTRAL)] : [];
  const negated = random.next() < 0.35;
  const negator = negated ? [drawEvenly(random, words.NEGATORS)] : [];
  const graded = random.next() < (long ? 0.5 : 0.3);
  const [grade, strength] = graded ? drawEvenly(random, words.INTENSIFIERS) : [null, PLAIN];
  return {
    words: [
      "the",
      ...neutral,
      drawFrequent(random, words.SUBJECTS),
      "was",
      ...negator,
      ...grade === null ? [] : [grade],
      judgement,
    ],
    score: sign * strength * (negated ? -1 : 1),
    negated,
    graded,
  };
}
