/**
 * Published data sets: files to tokens to examples.
 *
 * @module
 */
import { hashOf } from "../core/mod.ts";
import { chooseCapped } from "./cap.ts";
import type { Dataset } from "./dataset.ts";
import {
  frameTokens,
  longestOf,
  packExamples,
  pickExamples,
  type TokenList,
  type TokenLists,
} from "./examples.ts";
import { type GlueName, readGlue, type TextDataset, type TextExample } from "./glue.ts";
import { groupExamples } from "./groups.ts";
import { bestConstantMetric } from "./metric.ts";
import { identityOf, readNeeded } from "./published_file.ts";
import { cachedTokens, type TokenSplits } from "./token_cache.ts";
import { createWordPiece, type WordPiece } from "./wordpiece.ts";

/** Raised whenever the same files would give other tokens. */
const VERSION = 1;
const VOCABULARY = "bert/vocab.txt";

/** Which set, how much of it, and where. */
export interface PublishedOptions {
  /** Name of the data set. */
  readonly name: GlueName;
  /** Longest sequence in tokens. */
  readonly sequence: number;
  /** Cap on training examples. */
  readonly trainExamples: number | undefined;
  /** Cap on evaluation examples. */
  readonly devExamples: number | undefined;
  /** Chooses the capped examples. */
  readonly seed: number;
  /** Root of the data. */
  readonly dataDirectory: string;
  /** Root of the stage cache. */
  readonly cacheDirectory: string;
}

interface Capped {
  readonly lists: TokenLists;
  readonly notes: readonly string[];
}

/**
 * Opens a published data set. Examples are padded to the longest there is, at most `sequence` tokens.
 *
 * A cap takes a seeded choice of examples, kept in the order of the file.
 */
export async function openPublished(options: PublishedOptions): Promise<Dataset> {
  const { name, dataDirectory, cacheDirectory, sequence, seed } = options;
  const texts = await readGlue(name, dataDirectory);
  const { metric } = texts;
  if (metric === "pearson") {
    throw new RangeError(
      `Cannot open ${name} to classify: its labels are scores, expected classes`,
    );
  }
  const vocabulary = await readNeeded(name, dataDirectory, VOCABULARY);
  const files = [...texts.files, identityOf(vocabulary)];
  const key = hashOf({ version: VERSION, name, sequence, files });
  const wordpiece = await createWordPiece(
    new TextDecoder().decode(vocabulary.bytes),
    vocabulary.shown,
  );
  const splits = await cachedTokens(
    cacheDirectory,
    key,
    () => tokenise(texts, wordpiece, sequence),
  );
  const train = cap(
    splits.train,
    options.trainExamples,
    `${name} train ${seed}`,
    "training examples",
  );
  const dev = cap(splits.dev, options.devExamples, `${name} dev ${seed}`, "evaluation examples");
  const longest = Math.max(longestOf(train.lists), longestOf(dev.lists));
  const groups = groupExamples(train.lists, dev.lists, texts.classes);
  const notes = [...texts.notes, ...train.notes, ...dev.notes];
  return {
    kind: "text",
    name,
    classes: texts.classes,
    metric,
    train: packExamples(train.lists, longest, groups.train),
    dev: packExamples(dev.lists, longest, groups.dev),
    vocabulary: wordpiece.vocabulary,
    ceiling: null,
    majority: bestConstantMetric(metric, dev.lists.labels),
    origin: { kind: "files", files },
    ...notes.length > 0 ? { notes } : {},
  };
}

function tokenise(
  texts: TextDataset,
  wordpiece: WordPiece,
  sequence: number,
): TokenSplits {
  const encode = ({ first, second, label }: TextExample): TokenList => {
    const list = { first: wordpiece.encode(first), label };
    return second === undefined ? list : { ...list, second: wordpiece.encode(second) };
  };
  return {
    train: frameTokens(texts.train.map(encode), wordpiece, sequence),
    dev: frameTokens(texts.dev.map(encode), wordpiece, sequence),
  };
}

function cap(lists: TokenLists, most: number | undefined, seed: string, what: string): Capped {
  const { positions, notes } = chooseCapped(lists.lengths.length, most, seed, what);
  return { lists: notes.length === 0 ? lists : pickExamples(lists, positions), notes };
}
