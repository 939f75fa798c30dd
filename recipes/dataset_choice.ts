/**
 * Types of a recipe's data: which set, how much of it, and how it is read.
 *
 * @module
 */

/** Texts to classify. */
export const TEXT_SETS = ["sst2", "mrpc", "synthetic-sentiment", "synthetic-paraphrase"] as const;
/** Questions whose answers are spans of a text. */
export const SPAN_SETS = ["squad", "synthetic-spans"] as const;
/** Images and spectrograms to classify. */
export const PLANE_SETS = [
  "mnist",
  "cifar10",
  "speech-commands",
  "imagenet",
  "synthetic-digits",
  "synthetic-photographs",
  "synthetic-commands",
] as const;
/** Advertisements that are clicked or not. */
export const CLICK_SETS = ["criteo-kaggle", "criteo-terabyte", "synthetic-clicks"] as const;
/** Images with objects to find. */
export const BOX_SETS = ["coco", "synthetic-boxes"] as const;

/** A published set, or a generated stand-in, whose name begins with `synthetic-`. */
export type DatasetName = DatasetChoice["name"];

/** Which data set, and how much of it; the name says what else there is to choose. */
export type DatasetChoice = TextChoice | SpanChoice | PlaneChoice | ClickChoice | BoxChoice;

/** How much of a data set. */
export interface Amount {
  /** Cap on training examples, or how many are generated. */
  readonly trainExamples?: number;
  /** Cap on evaluation examples, or how many are generated. */
  readonly devExamples?: number;
}

/** Texts to classify. */
export interface TextChoice extends Amount {
  /** Name. */
  readonly name: typeof TEXT_SETS[number];
  /** Longest sequence in tokens; longer ones are cut. */
  readonly sequence: number;
}

/** Questions to answer from a text. */
export interface SpanChoice extends Amount {
  /** Name. */
  readonly name: typeof SPAN_SETS[number];
  /** Longest sequence in tokens; longer texts become several windows. */
  readonly sequence: number;
  /** Tokens that neighbouring windows share; 128 as published, of generated texts a third of `sequence`. */
  readonly stride?: number;
}

/** Images or spectrograms to classify. */
export interface PlaneChoice extends Amount {
  /** Name. */
  readonly name: typeof PLANE_SETS[number];
  /** Pixels of a side, where images come in any size (`imagenet`, `synthetic-photographs`). */
  readonly side?: number;
  /** Whether training changes examples by chance, as is usual for the set; default true. */
  readonly augment?: boolean;
  /** Whether finished models are tested under eleven levels of noise as well (`mnist`, `synthetic-digits`, `speech-commands`). */
  readonly noise?: boolean;
  /**
   * Of the test-set archive of `speech-commands`: which of five parts, divided by speaker, is held out. `each`: that of the seed, the first
   * part for seed 1. Default 0.
   */
  readonly fold?: number | "each";
  /** Ten words of `speech-commands` to tell apart; default `commands`. The test-set archive has no others. */
  readonly words?: "commands" | "digits";
}

/** Advertisements that are clicked or not. */
export interface ClickChoice extends Amount {
  /** Name. */
  readonly name: typeof CLICK_SETS[number];
}

/** Images with objects to find. */
export interface BoxChoice extends Amount {
  /** Name. */
  readonly name: typeof BOX_SETS[number];
  /** Pixels of a side; that of the network unless given. */
  readonly side?: number;
}

/** Whether a data set is of texts to classify. */
export function isTextChoice(choice: DatasetChoice): choice is TextChoice {
  return includes(TEXT_SETS, choice.name);
}

/** Whether a data set is of questions to answer from a text. */
export function isSpanChoice(choice: DatasetChoice): choice is SpanChoice {
  return includes(SPAN_SETS, choice.name);
}

/** Whether a data set is of images or spectrograms to classify. */
export function isPlaneChoice(choice: DatasetChoice): choice is PlaneChoice {
  return includes(PLANE_SETS, choice.name);
}

/** Whether a data set is of clicks. */
export function isClickChoice(choice: DatasetChoice): choice is ClickChoice {
  return includes(CLICK_SETS, choice.name);
}

/** Whether a data set is of images with objects to find. */
export function isBoxChoice(choice: DatasetChoice): choice is BoxChoice {
  return includes(BOX_SETS, choice.name);
}

function includes(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
