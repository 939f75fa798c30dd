/**
 * Speech Commands: spoken words as spectrograms, from the test-set archive or the training archive.
 *
 * @module
 */
import { fileFailure, hashOf, type Random } from "../core/mod.ts";
import { chooseCapped } from "./cap.ts";
import { changeMoments, changeSound, mixNoise, oneSecond } from "./clip_changes.ts";
import {
  type ClipExample,
  type ClipExamples,
  COMMAND_WORDS,
  type CommandOptions,
  readClips,
  SILENCE,
  UNKNOWN,
} from "./command_splits.ts";
import { divideBoth } from "./groups.ts";
import { fileOf } from "./layout.ts";
import { bestConstantMetric } from "./metric.ts";
import {
  type LoadedPlanes,
  loadEvaluation,
  loadTraining,
  type PlaneStreams,
} from "./plane_streams.ts";
import type { PlaneBatch } from "./planes.ts";
import { allowSkips } from "./skips.ts";
import { BANDS, fillSpectrogram, magnitudesOf, MOMENTS } from "./spectrogram.ts";
import { decodeWav, SAMPLE_RATE } from "./wav.ts";

const SHAPE = { channels: 1, height: BANDS, width: MOMENTS } as const;
/** About the mean and deviation of spectrograms, in decibels. */
const NORMALISATION = { mean: [-48], deviation: [23] } as const;

/**
 * Opens Speech Commands. The training archive is used if it is there; else the test-set archive in five parts by speaker, one of which is
 * held out.
 *
 * @throws {EnvironmentError} If neither is there; names what is, and the tree that is expected.
 * @throws {EnvironmentError} If there are no clips of a word.
 * @throws {RangeError} If there is no such part.
 */
export async function openCommands(
  directory: string,
  options: CommandOptions = {},
): Promise<PlaneStreams> {
  const { words = "commands", seed = 0, augment = true } = options;
  const classes = [...COMMAND_WORDS[words], SILENCE, UNKNOWN];
  const splits = await readClips(directory, classes, options);
  const { trainExamples, devExamples } = options;
  const train = capped(splits.train, trainExamples, `train ${seed}`, "training examples");
  const dev = capped(splits.dev, devExamples, `dev ${seed}`, "evaluation examples");
  const [trainLabels, devLabels] = [train, dev].map(({ examples }) =>
    Int32Array.from(examples, ({ label }) => label)
  ) as [Int32Array, Int32Array]; // two splits
  const [trainGroup, devGroup] = divideBoth(
    ...["class", classes, Uint8Array.from(trainLabels), Uint8Array.from(devLabels)] as const,
  );
  const skips = allowSkips({
    kind: "clips of speech-commands",
    total: train.examples.length + dev.examples.length,
    ...options.brokenShare === undefined ? {} : { share: options.brokenShare },
  });
  const clips = (split: typeof train, labels: Int32Array, load: Load): LoadedPlanes => ({
    ...{ count: labels.length, labels, groups: [] },
    nameOf: (example) => split.examples[example]!.clip.path,
    load: async (example, random) =>
      load(await soundOf(directory, split.examples[example]!), random),
  });
  const common = { shape: SHAPE, normalisation: NORMALISATION, skips };
  const notes = [...splits.notes, ...train.notes, ...dev.notes];
  return {
    kind: "planes",
    name: "speech-commands",
    classes,
    metric: "accuracy",
    shape: SHAPE,
    train: { count: trainLabels.length, labels: trainLabels, groups: [trainGroup] },
    dev: { count: devLabels.length, labels: devLabels, groups: [devGroup] },
    trainBatches: (batches) =>
      loadTraining(clips(train, trainLabels, augment ? changed : plain), { ...batches, ...common }),
    devBatches({ size, noise = 0 }): AsyncGenerator<PlaneBatch> {
      const examples = clips(
        dev,
        devLabels,
        (sound, random) => plain(mixNoise(oneSecond(sound), noise, random)),
      );
      return loadEvaluation(examples, { size, label: `noise ${noise}`, ...common });
    },
    skipped: () => skips.notes(),
    ceiling: null,
    majority: bestConstantMetric("accuracy", devLabels),
    origin: { kind: "files", files: [namesOf(splits)] },
    ...notes.length > 0 ? { notes } : {},
  };
}

type Load = (sound: Float32Array, random: Random) => Float32Array;

const plain = (sound: Float32Array): Float32Array => spectrogramOf(magnitudesOf(oneSecond(sound)));

const changed: Load = (sound, random) =>
  spectrogramOf(changeMoments(magnitudesOf(changeSound(sound, random)), random));

function spectrogramOf(magnitudes: Float32Array): Float32Array {
  const decibels = new Float32Array(BANDS * MOMENTS);
  fillSpectrogram(magnitudes, decibels);
  return decibels;
}

async function soundOf(directory: string, { clip, piece }: ClipExample): Promise<Float32Array> {
  const shown = fileOf(directory, clip.path);
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(shown);
  } catch (error) {
    throw fileFailure("read", shown, error);
  }
  const sound = decodeWav(bytes, shown);
  if (piece === undefined) return sound;
  const start = Math.floor(piece.at * Math.max(0, sound.length - SAMPLE_RATE));
  return sound.subarray(start, start + SAMPLE_RATE).map((sample) => sample * piece.volume);
}

function capped(
  examples: readonly ClipExample[],
  most: number | undefined,
  seed: string,
  what: string,
): { readonly examples: readonly ClipExample[]; readonly notes: readonly string[] } {
  const { positions, notes } = chooseCapped(examples.length, most, `speech-commands ${seed}`, what);
  return { examples: positions.map((i) => examples[i]!), notes };
}

/** So many files are told by their names; each is checked as it is read. */
function namesOf(
  { train, dev, folder }: ClipExamples,
): { readonly path: string; readonly sha256: string } {
  const paths = [...train, ...dev].map(({ clip }) => clip.path).sort();
  return { path: `${folder}/ (names of ${paths.length} clips)`, sha256: hashOf(paths) };
}
