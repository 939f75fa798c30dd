/**
 * The door to images and spectrograms: a name becomes streams of batches.
 *
 * @module
 */
import { openCifar10 } from "./cifar.ts";
import type { CommandOptions } from "./command_splits.ts";
import { openCommands } from "./commands.ts";
import { chooseCapped } from "./cap.ts";
import { generatePlanes, type PlaneGenerator } from "./generated_planes.ts";
import { gratings } from "./gratings.ts";
import { type ImageNetOptions, openImageNet } from "./image_folders.ts";
import { bestConstantMetric } from "./metric.ts";
import { openMnist } from "./mnist.ts";
import { flipHalf, replacePixels, shiftCrop } from "./plane_changes.ts";
import { type PlaneStreams, streamPlanes } from "./plane_streams.ts";
import { pickPlanes, type PlaneDataset, type PlaneExamples } from "./planes.ts";
import { TONE_WORDS } from "./tone_words.ts";

/** Which data set, and how much of it. Plain data, so that another thread can open the same. */
export type PlanesSpec =
  | (SizedSpec & { readonly name: "mnist" })
  | (SizedSpec & { readonly name: "cifar10" })
  | (CommandOptions & { readonly name: "speech-commands" })
  | (ImageNetOptions & { readonly name: "imagenet" })
  | (SizedSpec & { readonly name: "synthetic-digits" })
  | (SizedSpec & {
    readonly name: "synthetic-photographs";
    /** Pixels of a side; default 32. */
    readonly side?: number;
  })
  | (SizedSpec & { readonly name: "synthetic-commands" });

/** How much of a data set. */
export interface SizedSpec {
  /** Cap on training examples, or how many are generated. */
  readonly trainExamples?: number;
  /** Cap on evaluation examples, or how many are generated. */
  readonly devExamples?: number;
  /** Seed of generated data and of the choice of capped examples; default 0. */
  readonly seed?: number;
  /** Whether training changes images by chance, as is usual for the set; default true. */
  readonly augment?: boolean;
}

/**
 * Opens images or spectrograms. Training on CIFAR-10 moves and mirrors images, on digits nothing, on commands sounds are changed.
 *
 * @param directory Root of the published data sets; not read for generated ones.
 * @throws {EnvironmentError} If files are missing; names what is there, and the expected tree.
 * @throws {SyntaxError} If a file is broken.
 */
export async function openPlanes(spec: PlanesSpec, directory: string): Promise<PlaneStreams> {
  switch (spec.name) {
    case "mnist":
      return streamPlanes(capped(await openMnist(directory), spec), {
        train: [],
        noise: replacePixels,
      });
    case "cifar10":
      return streamPlanes(capped(await openCifar10(directory), spec), {
        train: spec.augment === false ? [] : [shiftCrop(4), flipHalf],
      });
    case "speech-commands":
      return await openCommands(directory, spec);
    case "imagenet":
      return await openImageNet(directory, spec);
    default:
      return streamPlanes(generatePlanes(generatorOf(spec), spec), generatedChanges(spec.name));
  }
}

type GeneratedSpec = Extract<PlanesSpec, { readonly name: `synthetic-${string}` }>;

function generatorOf(spec: GeneratedSpec): PlaneGenerator {
  if (spec.name === "synthetic-commands") return TONE_WORDS;
  if (spec.name === "synthetic-digits") {
    return gratings(spec.name, { channels: 1, height: 28, width: 28 });
  }
  const { side = 32 } = spec;
  return gratings(spec.name, { channels: 3, height: side, width: side });
}

/** Stripes may not be mirrored: their direction is the class. */
function generatedChanges(name: GeneratedSpec["name"]): Parameters<typeof streamPlanes>[1] {
  return name === "synthetic-digits" ? { train: [], noise: replacePixels } : { train: [] };
}

function capped(
  dataset: PlaneDataset,
  { trainExamples, devExamples, seed = 0 }: SizedSpec,
): PlaneDataset {
  const choose = (
    examples: PlaneExamples,
    most: number | undefined,
    split: string,
  ): { readonly examples: PlaneExamples; readonly notes: readonly string[] } => {
    const { positions, notes } = chooseCapped(
      examples.count,
      most,
      `${dataset.name} ${split} ${seed}`,
      `${split} examples`,
    );
    return { examples: notes.length === 0 ? examples : pickPlanes(examples, positions), notes };
  };
  const train = choose(dataset.train, trainExamples, "training");
  const dev = choose(dataset.dev, devExamples, "evaluation");
  const notes = [...dataset.notes ?? [], ...train.notes, ...dev.notes];
  return {
    ...dataset,
    train: train.examples,
    dev: dev.examples,
    majority: bestConstantMetric("accuracy", dev.examples.labels),
    ...notes.length > 0 ? { notes } : {},
  };
}
