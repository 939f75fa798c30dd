/**
 * Generated questions about a person: where she lives, what she plays, what she keeps. A stand-in for SQuAD.
 *
 * A text says all three in random order, the question asks for one. The answer is one or two words of the kind that is asked for, so that a
 * network has to hold question and text against each other, which small ones learn within some hundred steps.
 *
 * @module
 */
import { createRandom, type Random } from "../core/mod.ts";
import { drawEvenly } from "./draw.ts";
import { ceilingOf, chooseTurned } from "./label_noise.ts";
import { createWindower } from "./span_examples.ts";
import type { SpanDataset } from "./spans.ts";
import type { Paragraph } from "./squad.ts";
import type { WordPiece } from "./wordpiece.ts";

/** How much to generate. */
export interface GeneratedSpansOptions {
  /** Most tokens; longer texts become windows. */
  readonly sequence: number;
  /** Seed of the data; default 0. */
  readonly seed?: number;
  /** Training questions; default 4,000. */
  readonly trainExamples?: number;
  /** Evaluation questions; default 1,000. */
  readonly devExamples?: number;
}

const NAME = "synthetic-spans";
const VERSION = 2;
const NAMES = "ada ben cora dan eva finn gina hugo ida jan kira leo mia nils olga paul".split(" ");
const PLACES =
  "oslo paris rome cairo lima delhi kyoto accra quito sofia new_york cape_town san_marino hong_kong"
    .split(" ").map((place) => place.replace("_", " "));
const INSTRUMENTS = "piano violin guitar drums harp flute double_bass grand_organ".split(" ")
  .map((instrument) => instrument.replace("_", " "));
const ANIMALS = "cats hens goats bees horses parrots white_mice old_tortoises".split(" ")
  .map((animal) => animal.replace("_", " "));
/** What is said and asked: a verb, the kinds of answers, and the question before the name. */
const FACTS = [
  { verb: "lives in", answers: PLACES, question: ["where does", "live ?"] },
  { verb: "plays", answers: INSTRUMENTS, question: ["what does", "play ?"] },
  { verb: "keeps", answers: ANIMALS, question: ["what does", "keep ?"] },
] as const;

/** The words behind token ids. */
export const SPAN_WORDS: readonly string[] = [
  ...new Set(
    [
      ...["[PAD]", "[UNK]", "[CLS]", "[SEP]", "."],
      ...NAMES,
      ...FACTS.flatMap(({ verb, answers, question }) => [verb, ...answers, ...question]),
    ].flatMap((text) => text.split(" ")),
  ),
];

/** One token a word. */
const WORDS: WordPiece = {
  encode: (text) =>
    text.split(/\s+/).filter((word) => word !== "").map((word) =>
      Math.max(1, SPAN_WORDS.indexOf(word))
    ),
  vocabulary: SPAN_WORDS.length,
  cls: SPAN_WORDS.indexOf("[CLS]"),
  sep: SPAN_WORDS.indexOf("[SEP]"),
  unk: SPAN_WORDS.indexOf("[UNK]"),
  tokens: SPAN_WORDS,
};

/** Generates questions; one answer in 25 is that of another question, and no word of it is right. */
export function generateSpans(options: GeneratedSpansOptions): SpanDataset {
  const { sequence, seed = 0, trainExamples = 4000, devExamples = 1000 } = options;
  const random = createRandom(`${NAME}/${VERSION} ${seed}`);
  const windows = createWindower(WORDS, { sequence, stride: Math.floor(sequence / 3) });
  const [train, dev] = [
    drawSplit(trainExamples, random.fork("train")),
    drawSplit(devExamples, random.fork("dev")),
  ];
  const { contextStarts: _, firstTokens: __, ...trainWindows } = windows(train.paragraphs).examples;
  const { examples, questions } = windows(dev.paragraphs);
  return {
    kind: "spans",
    name: NAME,
    metric: "f1",
    train: trainWindows,
    dev: examples,
    questions,
    vocabulary: SPAN_WORDS.length,
    ceiling: ceilingOf(dev.turned),
    majority: 1 / PLACES.length,
    origin: { kind: "generated", generator: `${NAME}/${VERSION}`, seed },
  };
}

function drawSplit(
  count: number,
  random: Random,
): { readonly paragraphs: readonly Paragraph[]; readonly turned: Uint8Array } {
  const turned = chooseTurned(count, random.fork("noise"));
  const paragraphs = Array.from(
    turned,
    (wrong, i) => drawParagraph(i, wrong === 1, random.fork(`${i}`)),
  );
  return { paragraphs, turned };
}

function drawParagraph(number: number, wrong: boolean, random: Random): Paragraph {
  const name = drawEvenly(random, NAMES);
  const facts = FACTS.map(({ verb, answers, question }) => ({
    verb,
    answer: drawEvenly(random, answers),
    question,
  }));
  random.shuffle(facts);
  const asked = drawEvenly(random, facts);
  const others = facts.filter((fact) => fact !== asked);
  const { verb, answer } = wrong ? drawEvenly(random, others) : asked;
  const context = facts.map((fact) => `${name} ${fact.verb} ${fact.answer} .`).join(" ");
  const start = context.indexOf(`${name} ${verb} ${answer} .`) + name.length + verb.length + 2;
  return {
    context,
    questions: [{
      id: `${number}`,
      question: `${asked.question[0]} ${name} ${asked.question[1]}`,
      answers: [{ text: answer, start }],
    }],
  };
}
