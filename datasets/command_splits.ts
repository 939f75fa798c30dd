/**
 * Which clips of Speech Commands are which examples, in the training archive and in the test-set archive.
 *
 * @module
 */
import { createRandom, EnvironmentError, type Random } from "../core/mod.ts";
import { type Clip, foldsBySpeaker, listClips, NOISE_FOLDER, splitClips } from "./command_files.ts";
import { hasFolder, missingData } from "./layout.ts";

/** Words that are told apart. */
export const COMMAND_WORDS = {
  /** Those of the published task. */
  commands: ["yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"],
  /** Those of Numenta's experiments. */
  digits: ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
} as const;

/** Which clips to use. */
export interface CommandOptions {
  /** Ten words to tell apart; default `commands`. The test-set archive has no others. */
  readonly words?: keyof typeof COMMAND_WORDS;
  /** Of the test-set archive: which of the five parts is held out, 0 to 4; default 0. */
  readonly fold?: number;
  /** Whether other seeds of a training hold out other parts, which the notes say then; default false. */
  readonly foldBySeed?: boolean;
  /** Of the training archive: what to evaluate on; default `test`. */
  readonly evaluate?: "validation" | "test";
  /** Cap on training examples. */
  readonly trainExamples?: number;
  /** Cap on evaluation examples. */
  readonly devExamples?: number;
  /** Chooses silence, other words and capped examples; default 0. */
  readonly seed?: number;
  /** Whether training changes the sound by chance; default true. */
  readonly augment?: boolean;
  /** Largest share of clips that may be broken; default 0.01. */
  readonly brokenShare?: number;
}

/** A clip, or a piece of background noise that stands for silence. */
export interface ClipExample {
  /** The recording. */
  readonly clip: Clip;
  /** Class. */
  readonly label: number;
  /** Where the piece begins, 0 to 1 of what there is, and how loud it is. */
  readonly piece?: { readonly at: number; readonly volume: number };
}

/** Examples to train on and to evaluate on. */
export interface ClipExamples {
  /** Training examples. */
  readonly train: readonly ClipExample[];
  /** Evaluation examples. */
  readonly dev: readonly ClipExample[];
  /** Folder of the archive. */
  readonly folder: string;
  /** What differs from the published split, in words. */
  readonly notes: readonly string[];
}

const TEST_SETS = ["speech_commands_test_set_v0.02", "speech_commands_test_set_v0.01"] as const;
const ARCHIVES = ["speech_commands_v0.02", "speech_commands_v0.01", "speech_commands"] as const;
/** The class of no word. */
export const SILENCE = "_silence_";
/** The class of other words. */
export const UNKNOWN = "_unknown_";
/** Parts of the test-set archive, by speaker. */
export const FOLDS = 5;
/** Silence and other words, as a share of the words that are told apart, as the authors' training code has them. */
const EXTRA_SHARE = 0.1;
/**
 * Finds the examples of the archive that is there, the training archive before the test set.
 *
 * @throws {EnvironmentError} If neither is there, or a class has no clips.
 * @throws {RangeError} If there is no such part.
 */
export async function readClips(
  directory: string,
  classes: readonly string[],
  options: CommandOptions,
): Promise<ClipExamples> {
  for (const folder of ARCHIVES) {
    if (await hasFolder(directory, folder)) {
      return await openArchive(directory, folder, classes, options);
    }
  }
  for (const folder of TEST_SETS) {
    if (await hasFolder(directory, folder)) {
      return await openTestSet(directory, folder, classes, options);
    }
  }
  throw await missingData("speech-commands", directory, `${TEST_SETS[0]}/yes`);
}

async function openTestSet(
  directory: string,
  folder: string,
  classes: readonly string[],
  { fold = 0, foldBySeed = false }: CommandOptions,
): Promise<ClipExamples> {
  if (!Number.isInteger(fold) || fold < 0 || fold >= FOLDS) {
    throw new RangeError(`Cannot hold out part ${fold} of ${folder}: expected 0 to ${FOLDS - 1}`);
  }
  const clips = await listClips(directory, folder);
  const examples = clips.map((clip): ClipExample => ({ clip, label: classes.indexOf(clip.word) }));
  checkClasses(classes, examples, folder);
  const known = examples.filter(({ label }) => label >= 0);
  const folds = foldsBySpeaker(known.map(({ clip }) => clip), FOLDS);
  return {
    train: known.filter((_, i) => folds[i] !== fold),
    dev: known.filter((_, i) => folds[i] === fold),
    folder,
    notes: [
      `clips of the test set alone, ${
        foldBySeed ? `one of ${FOLDS} parts` : `part ${fold + 1} of ${FOLDS}`
      } by speaker held out${foldBySeed ? ", another for each seed" : ""}`,
    ],
  };
}

async function openArchive(
  directory: string,
  folder: string,
  classes: readonly string[],
  { evaluate = "test", seed = 0 }: CommandOptions,
): Promise<ClipExamples> {
  const clips = await listClips(directory, folder);
  const noises = clips.filter(({ word }) => word === NOISE_FOLDER);
  const spoken = clips.filter(({ word }) => word !== NOISE_FOLDER);
  const { splits, listed } = await splitClips(directory, folder, spoken);
  const random = createRandom(`${folder} ${seed}`);
  const build = (split: readonly Clip[], name: string): ClipExample[] =>
    withExtras(split, noises, classes, random.fork(name));
  const [train, dev] = [build(splits.train, "train"), build(splits[evaluate], evaluate)];
  checkClasses(classes, [...train, ...dev], folder);
  return {
    ...{ train, dev, folder },
    notes: listed ? [] : ["validation and test sets by the hash of speakers: there are no lists"],
  };
}

/** The words asked for, and for every ten of them one other word and one piece of background noise. */
function withExtras(
  clips: readonly Clip[],
  noises: readonly Clip[],
  classes: readonly string[],
  random: Random,
): ClipExample[] {
  const known = clips.filter(({ word }) => classes.includes(word));
  const others = clips.filter(({ word }) => !classes.includes(word));
  random.shuffle(others);
  const extras = Math.ceil(EXTRA_SHARE * known.length);
  const silence = Array.from({ length: noises.length === 0 ? 0 : extras }, (): ClipExample => ({
    clip: noises[random.integer(noises.length)]!,
    label: classes.indexOf(SILENCE),
    piece: { at: random.next(), volume: random.next() },
  }));
  return [
    ...known.map((clip) => ({ clip, label: classes.indexOf(clip.word) })),
    ...others.slice(0, extras).map((clip) => ({ clip, label: classes.indexOf(UNKNOWN) })),
    ...silence,
  ];
}

/** A word without any clip would make a class that nothing can be learnt about. */
function checkClasses(
  classes: readonly string[],
  examples: readonly ClipExample[],
  folder: string,
): void {
  const missing = classes.filter((_, label) =>
    examples.every((example) => example.label !== label)
  );
  if (missing.length === 0) return;
  const found = [...new Set(examples.map(({ clip }) => clip.word))].sort().join(", ");
  throw new EnvironmentError(
    `Cannot open ${folder}: no clips of ${missing.join(", ")} (there are ${
      found || "none at all"
    }), expected some of all ${classes.length} classes`,
    {
      remedy: TEST_SETS.some((name) => name === folder)
        ? "deno task fetch speech-commands, which has the training archive with all words"
        : "deno task fetch speech-commands, or unpack the archive anew",
    },
  );
}
