/**
 * What a training starts from: where published data lies, and pretrained weights.
 *
 * @module
 */
import { join } from "@std/path";
import { createRandom, EnvironmentError, fileFailure, sha256File } from "../core/mod.ts";
import {
  bertNames,
  fitParameters,
  listed,
  loadBertCheckpoint,
  moduleNames,
  readCheckpoint,
  type Renaming,
  ssdNames,
} from "../models/mod.ts";
import { denseModel, type ProfileName, type TrainingRecipe } from "../recipes/mod.ts";
import {
  architecturesOf,
  bertConfigOf,
  type Parameters,
  type TrainedArchitecture,
} from "../training/mod.ts";
import { CACHE } from "./stages.ts";

/** Where `fetch` puts data sets and checkpoints. */
export const FETCHED: string = join(CACHE, "data");

/** Pretrained weights on disk. */
export interface InitialFile {
  /** Where they are. */
  readonly path: string;
  /** Their content. */
  readonly sha256: string;
}

/** Weights to start from, and what did not fit. */
export interface InitialWeights {
  /** Every parameter of the dense network. */
  readonly initial: Parameters;
  /** What was missing, not used or renamed, in words. */
  readonly deviations: readonly string[];
}

/** The checkpoint that a profile starts from, or `null` if it starts from scratch or the file is not there. */
export async function findInitialFile(
  recipe: TrainingRecipe,
  profile: ProfileName,
  data: string | null,
): Promise<InitialFile | null> {
  const { init = "scratch" } = denseModel(recipe, profile);
  if (init === "scratch") return null;
  const path = join(data ?? FETCHED, init.file);
  try {
    return { path, sha256: await sha256File(path) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw fileFailure("read", path, error);
  }
}

/**
 * Weights to start a seed from: safetensors or what PyTorch saved. What the file lacks, such as the head of a BERT, is drawn from the seed.
 *
 * @throws {EnvironmentError} If the file is broken or of another network: most names do not fit, the encoder of a BERT is incomplete,
 * or parameters have other shapes. Names what is missing and what is unexpected.
 */
export async function readInitial(
  recipe: TrainingRecipe,
  profile: ProfileName,
  file: InitialFile,
  seed: number,
): Promise<InitialWeights> {
  try {
    return await readWeights(architecturesOf(recipe, profile).dense, file, `seed ${seed} weights`);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    const { init = "scratch" } = denseModel(recipe, profile);
    const from = init !== "scratch" && init.url !== undefined ? ` from ${init.url}` : "";
    throw new EnvironmentError(error.message, {
      remedy:
        `put the recipe's checkpoint${from} to ${file.path}, or remove it to start from random weights`,
      cause: error,
    });
  }
}

async function readWeights(
  { model, draw }: TrainedArchitecture,
  { path }: InitialFile,
  label: string,
): Promise<InitialWeights> {
  if (model.architecture === "bert") {
    const config = bertConfigOf(model);
    const read = await loadBertCheckpoint(path, config, createRandom(label));
    return { initial: read.parameters, deviations: deviationsOf([], read.unexpected, []) };
  }
  const drawn = draw(label);
  const { tensors, notes } = await readCheckpoint(path);
  const shapes = new Map([...drawn].map(([name, { shape }]) => [name, shape]));
  const rename = renamingOf(model.name);
  const { parameters, missing, unexpected } = fitParameters(tensors, shapes, rename, path);
  const isOther = missing.length > MOST_UNFIT * shapes.size ||
    unexpected.length > MOST_UNFIT * tensors.size;
  if (isOther) {
    throw new RangeError(
      `Cannot start ${model.name} from ${path}: ${missing.length} of ${shapes.size} parameters are missing (${
        listed(missing)
      }), ${unexpected.length} tensors are unexpected (${
        listed(unexpected)
      }), expected a checkpoint of this network`,
    );
  }
  return {
    initial: new Map([...drawn].map(([name, own]) => [name, parameters.get(name) ?? own])),
    deviations: deviationsOf(missing, unexpected, notes),
  };
}

function renamingOf(network: string): Renaming {
  if (network.startsWith("bert")) return bertNames;
  return network.startsWith("ssd") ? ssdNames : moduleNames;
}

/** Share of names, of the network or of the file, that need not fit: a detector starts from a backbone without its heads. */
const MOST_UNFIT = 0.5;

function deviationsOf(
  missing: readonly string[],
  unexpected: readonly string[],
  notes: readonly string[],
): readonly string[] {
  return [
    ...missing.length === 0
      ? []
      : [`init: not in the checkpoint and drawn at random: ${listed(missing)}`],
    ...unexpected.length === 0 ? [] : [`init: not used: ${listed(unexpected)}`],
    ...notes.map((note) => `init: ${note}`),
  ];
}
