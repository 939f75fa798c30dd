/**
 * SQuAD v1.1: from the published files to windows of tokens.
 *
 * @module
 */
import { chooseCapped } from "./cap.ts";
import { checkMemory } from "./preflight.ts";
import { identityOf, readNeeded } from "./published_file.ts";
import { allowSkips } from "./skips.ts";
import { createWindower } from "./span_examples.ts";
import type { WindowOptions } from "./span_windows.ts";
import type { SpanDataset, SpanQuestions } from "./spans.ts";
import { countQuestions, type Paragraph, parseSquad, withFoundAnswers } from "./squad.ts";
import { scoreSquad } from "./squad_score.ts";
import { createWordPiece } from "./wordpiece.ts";

const FILES = { train: "squad/train-v1.1.json", dev: "squad/dev-v1.1.json" } as const;
const PUBLISHED = { train: 87_599, dev: 10_570 } as const;

/** Bytes of memory for every byte of the files: windows of 384 tokens of all of SQuAD took 965 MB for 35 MB. */
const MEMORY_FACTOR = 28;

/** How windows are cut, and how many questions are taken. */
export interface SquadOptions extends WindowOptions {
  /** Cap on training questions. */
  readonly trainExamples?: number;
  /** Cap on evaluation questions. */
  readonly devExamples?: number;
  /** Chooses the capped questions; default 0. */
  readonly seed?: number;
}

/**
 * Reads SQuAD v1.1. A cap takes a seeded choice of questions. Takes some ten seconds for all of it.
 *
 * @throws {EnvironmentError} If a file is missing, or more than one answer of a hundred does not stand where the file says.
 * @throws {SyntaxError} If a file is broken.
 */
export async function openSquad(directory: string, options: SquadOptions): Promise<SpanDataset> {
  const files = [
    await readNeeded("squad", directory, FILES.train),
    await readNeeded("squad", directory, FILES.dev),
    await readNeeded("squad", directory, "bert/vocab.txt"),
  ] as const;
  // The text, the objects that it becomes, and the windows of tokens.
  checkMemory("squad", MEMORY_FACTOR * (files[0].bytes.length + files[1].bytes.length));
  const [train, dev, vocabulary] = files.map(({ bytes }) => new TextDecoder().decode(bytes)) as [
    string,
    string,
    string,
  ]; // three files
  const wordpiece = await createWordPiece(vocabulary, files[2].shown);
  const { seed = 0 } = options;
  const trained = chosen(parseSquad(train, files[0].shown), options.trainExamples, "train", seed);
  const asked = chosen(parseSquad(dev, files[1].shown), options.devExamples, "dev", seed);
  const skips = allowSkips({ kind: "answers of squad", total: countQuestions(trained.paragraphs) });
  const found = withFoundAnswers(trained.paragraphs, skips);
  const windows = createWindower(wordpiece, options);
  const [trainWindows, devWindows] = [windows(found), windows(asked.paragraphs)];
  const { contextStarts: _, firstTokens: __, ...trainExamples } = trainWindows.examples;
  const notes = [...trained.notes, ...asked.notes, ...skips.notes()];
  return {
    kind: "spans",
    name: "squad",
    metric: "f1",
    train: trainExamples,
    dev: devWindows.examples,
    questions: devWindows.questions,
    vocabulary: wordpiece.vocabulary,
    ceiling: null,
    majority: bestConstantAnswer(devWindows.questions),
    origin: { kind: "files", files: files.map(identityOf) },
    ...notes.length > 0 ? { notes } : {},
  };
}

/** A seeded choice of questions in the order of the file, and what that is instead of. */
function chosen(
  paragraphs: readonly Paragraph[],
  most: number | undefined,
  split: "train" | "dev",
  seed: number,
): { readonly paragraphs: readonly Paragraph[]; readonly notes: readonly string[] } {
  const count = countQuestions(paragraphs);
  const notes = count === PUBLISHED[split]
    ? []
    : [`${split} set: ${count} questions, published are ${PUBLISHED[split]}`];
  const choice = chooseCapped(count, most, `squad ${split} ${seed}`, `${split} questions`);
  if (choice.notes.length === 0) return { paragraphs, notes };
  const kept = new Set(choice.positions);
  let number = 0;
  const rest = paragraphs.map(({ context, questions }) => ({
    context,
    questions: questions.filter(() => kept.has(number++)),
  }));
  return { paragraphs: rest, notes: [...notes, ...choice.notes] };
}

/** F1 of always giving the same answer, the best of the most frequent ones. */
function bestConstantAnswer({ ids, answers }: SpanQuestions): number {
  const counts = new Map<string, number>();
  for (const { text } of answers.flat()) counts.set(text, (counts.get(text) ?? 0) + 1);
  const frequent = [...counts].sort(([, a], [, b]) => b - a).slice(0, 3);
  const questions = ids.map((id, i) => ({ id, answers: answers[i]! }));
  const scores = frequent.map(([text]) =>
    scoreSquad(questions, new Map(ids.map((id) => [id, text]))).f1
  );
  return Math.max(0, ...scores);
}
