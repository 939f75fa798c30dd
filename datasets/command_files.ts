/**
 * Where the clips of Speech Commands lie, who spoke them, and which ones are for training.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { fileFailure } from "../core/mod.ts";
import { fileOf } from "./layout.ts";

/** A recording. */
export interface Clip {
  /** Path below the data directory. */
  readonly path: string;
  /** Word, which is the folder. */
  readonly word: string;
  /** Who spoke it; the file's name for recordings of noise. */
  readonly speaker: string;
}

/** Clips of the training archive by what they are for. */
export interface ClipSplits {
  /** To train on. */
  readonly train: readonly Clip[];
  /** To choose by. */
  readonly validation: readonly Clip[];
  /** To test on. */
  readonly test: readonly Clip[];
}

/** Folder of the background noise in the training archive. */
export const NOISE_FOLDER = "_background_noise_";

/** Folders of words with their recordings, in the order of the alphabet. */
export async function listClips(directory: string, folder: string): Promise<Clip[]> {
  const words = await namesIn(fileOf(directory, folder), true);
  const clips: Clip[] = [];
  for (const word of words) {
    const files = await namesIn(fileOf(directory, `${folder}/${word}`), false);
    for (const file of files.filter((name) => name.endsWith(".wav"))) {
      clips.push({ path: `${folder}/${word}/${file}`, word, speaker: speakerOf(file) });
    }
  }
  return clips;
}

async function namesIn(path: string, folders: boolean): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (isDirectory === folders) names.push(name);
    }
  } catch (error) {
    throw fileFailure("read", path, error);
  }
  return names.sort();
}

/**
 * Who spoke a recording: `0c40e715` in `0c40e715_nohash_1.wav`, and in `bed_0c40e715_nohash_1.wav.wav`, as the test set names words that
 * are not asked for.
 */
export function speakerOf(file: string): string {
  const before = file.replace(/_nohash_.*$/, "");
  return /^[a-z]+_[0-9a-f]{8}$/.test(before) ? before.split("_")[1]! : before;
}

/** Speakers of one recording in ten are for validation, and as many for testing. */
const PERCENT = 10;
const MOST_CLIPS = 2 ** 27 - 1;

/**
 * Which split a speaker belongs to, by the rule of the data set's authors: a hash of the name, so that speakers stay where they are when
 * recordings are added.
 */
export function splitOf(speaker: string): keyof ClipSplits {
  const digest = BigInt(`0x${createHash("sha1").update(speaker).digest("hex")}`);
  const percent = Number(digest % BigInt(MOST_CLIPS + 1)) * (100 / MOST_CLIPS);
  if (percent < PERCENT) return "validation";
  return percent < 2 * PERCENT ? "test" : "train";
}

/**
 * Splits the clips of the training archive by its lists, or by the rule behind them if there are none.
 *
 * @returns The splits, and whether there were lists.
 */
export async function splitClips(
  directory: string,
  folder: string,
  clips: readonly Clip[],
): Promise<{ readonly splits: ClipSplits; readonly listed: boolean }> {
  const [validation, test] = [
    await readList(fileOf(directory, `${folder}/validation_list.txt`)),
    await readList(fileOf(directory, `${folder}/testing_list.txt`)),
  ];
  const listed = validation !== null && test !== null;
  const whereIs = ({ path, speaker }: Clip): keyof ClipSplits => {
    if (!listed) return splitOf(speaker);
    const inFolder = path.slice(folder.length + 1);
    if (validation.has(inFolder)) return "validation";
    return test.has(inFolder) ? "test" : "train";
  };
  const pick = (split: keyof ClipSplits): Clip[] => clips.filter((clip) => whereIs(clip) === split);
  const splits = { train: pick("train"), validation: pick("validation"), test: pick("test") };
  return { splits, listed };
}

async function readList(path: string): Promise<ReadonlySet<string> | null> {
  try {
    return new Set((await Deno.readTextFile(path)).split(/\r?\n/));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw fileFailure("read", path, error);
  }
}

/**
 * Deals clips into parts so that all clips of a speaker are in one, and parts are about as large: speakers with many clips first, each to
 * the part that has the fewest.
 *
 * @returns Part of each clip.
 */
export function foldsBySpeaker(clips: readonly Clip[], folds: number): Uint8Array {
  const counts = new Map<string, number>();
  for (const { speaker } of clips) counts.set(speaker, (counts.get(speaker) ?? 0) + 1);
  const speakers = [...counts].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
  const sizes = new Array<number>(folds).fill(0);
  const foldOf = new Map<string, number>();
  for (const [speaker, count] of speakers) {
    const fold = sizes.indexOf(Math.min(...sizes));
    foldOf.set(speaker, fold);
    sizes[fold]! += count;
  }
  return Uint8Array.from(clips, ({ speaker }) => foldOf.get(speaker)!);
}
