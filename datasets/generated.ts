/**
 * Generated data sets: a stand-in for a published one, with a known ceiling and no download.
 *
 * A generator makes clean examples; here they get their label noise, are kept apart and become arrays. The ceiling is what a
 * model reaches that knows the generator: it errs exactly where the label was turned, a known share of the examples.
 *
 * @module
 */
import { createRandom, type Random } from "../core/mod.ts";
import type { Dataset } from "./dataset.ts";
import { frameTokens, packExamples, type TokenList } from "./examples.ts";
import { divideBoth, groupExamples } from "./groups.ts";
import { bestConstantMetric } from "./metric.ts";

/** Share of examples, in training and evaluation alike, whose label is turned. */
export const LABEL_NOISE = 0.04;
/** Token ids of every generated set; those past its words are never used. Fixed, so that recipes can name it. */
export const GENERATED_VOCABULARY = 512;

const DEFAULT_TRAIN = 4096;
const DEFAULT_DEV = 2000;
/** Examples with two turned labels among them, one of each class. */
const NOISE_BLOCK = 2 / LABEL_NOISE;
const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] as const;

/** An example before noise, in words. */
export interface CleanExample {
  /** Words of the first text. */
  readonly first: readonly string[];
  /** Words of the second text of a pair. */
  readonly second?: readonly string[];
  /** True class. */
  readonly label: 0 | 1;
  /** How it is built; one of the generator's constructions. */
  readonly construction: string;
}

/** A grammar that makes examples. */
export interface Generator {
  /** Name of the data set. */
  readonly name: string;
  /** Raised whenever the same seed would give other examples. */
  readonly version: number;
  /** Names of the classes. */
  readonly classes: readonly [string, string];
  /** Metric of the task. */
  readonly metric: "accuracy" | "f1";
  /** Every word it may use, each once. */
  readonly words: readonly string[];
  /** Ways in which examples are built. */
  readonly constructions: readonly string[];
  /** Draws an example of the given class. */
  draw(random: Random, label: 0 | 1): CleanExample;
}

/** How much to generate. */
export interface GenerateOptions {
  /** Longest sequence in tokens. */
  readonly sequence: number;
  /** Seed of the data, not of a training; default 0. */
  readonly seed?: number;
  /** Training examples; default 4,096. The first ones stay the same whatever their number. */
  readonly trainExamples?: number;
  /** Evaluation examples; default 2,000. */
  readonly devExamples?: number;
}

interface Split {
  readonly lists: readonly TokenList[];
  readonly constructions: Uint8Array;
}

/**
 * Generates a data set: classes even before noise, no evaluation text among the training texts.
 *
 * Takes about 10 µs per example.
 */
export function generateDataset(generator: Generator, options: GenerateOptions): Dataset {
  const { seed = 0, sequence } = options;
  const random = createRandom(`${generator.name}/${generator.version} ${seed}`);
  const taken = new Set<string>();
  const devSplit = drawSplit(
    generator,
    random.fork("dev"),
    options.devExamples ?? DEFAULT_DEV,
    taken,
  );
  const trainSplit = drawSplit(
    generator,
    random.fork("train"),
    options.trainExamples ?? DEFAULT_TRAIN,
    taken,
  );
  const frame = { cls: SPECIAL.indexOf("[CLS]"), sep: SPECIAL.indexOf("[SEP]") };
  const train = frameTokens(trainSplit.lists, frame, sequence);
  const dev = frameTokens(devSplit.lists, frame, sequence);
  const groups = groupExamples(train, dev, generator.classes);
  const [trainBuilt, devBuilt] = divideBoth(
    "construction",
    generator.constructions,
    trainSplit.constructions,
    devSplit.constructions,
  );
  return {
    kind: "text",
    name: generator.name,
    classes: generator.classes,
    metric: generator.metric,
    train: packExamples(train, sequence, [...groups.train, trainBuilt]),
    dev: packExamples(dev, sequence, [...groups.dev, devBuilt]),
    vocabulary: GENERATED_VOCABULARY,
    // Classes are even, so precision and recall of the knowing model are both 1 - noise, and so is F1.
    ceiling: 1 - LABEL_NOISE,
    majority: bestConstantMetric(generator.metric, dev.labels),
    origin: { kind: "generated", generator: `${generator.name}/${generator.version}`, seed },
  };
}

/** The words behind token ids, for people and tests. */
export function generatedWords(generator: Generator): readonly string[] {
  return [...SPECIAL, ...generator.words];
}

function drawSplit(
  generator: Generator,
  random: Random,
  count: number,
  taken: Set<string>,
): Split {
  const ids = new Map(generatedWords(generator).map((word, id) => [word, id]));
  if (ids.size > GENERATED_VOCABULARY) {
    throw new RangeError(
      `Cannot generate ${generator.name}: ${ids.size} words, expected at most ${GENERATED_VOCABULARY}`,
    );
  }
  const noise = random.fork("noise");
  const lists: TokenList[] = [];
  const constructions = new Uint8Array(count);
  while (lists.length < count) {
    const clean = generator.draw(random, lists.length % 2 === 0 ? 1 : 0);
    const text = [...clean.first, "|", ...clean.second ?? []].join(" ");
    if (taken.has(text)) continue;
    taken.add(text);
    constructions[lists.length] = generator.constructions.indexOf(clean.construction);
    lists.push(toTokens(clean, ids));
  }
  return { lists: turnLabels(lists, noise), constructions };
}

/** Turns one label of each class in every block, so that the share is exact and no later example changes an earlier. */
function turnLabels(lists: readonly TokenList[], random: Random): TokenList[] {
  const turned = new Set<number>();
  for (let start = 0; start < lists.length; start += NOISE_BLOCK) {
    // Classes alternate: even positions hold one, odd positions the other.
    for (const parity of [0, 1]) turned.add(start + 2 * random.integer(NOISE_BLOCK / 2) + parity);
  }
  return lists.map((list, i) => turned.has(i) ? { ...list, label: 1 - list.label } : list);
}

function toTokens(
  { first, second, label }: CleanExample,
  ids: ReadonlyMap<string, number>,
): TokenList {
  const tokens = (words: readonly string[]): number[] => words.map((word) => idOf(word, ids));
  const list = { first: tokens(first), label };
  return second ? { ...list, second: tokens(second) } : list;
}

function idOf(word: string, ids: ReadonlyMap<string, number>): number {
  const id = ids.get(word);
  if (id === undefined) throw new RangeError(`Cannot encode "${word}": not in the word list`);
  return id;
}
