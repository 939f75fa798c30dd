/**
 * What a training starts from: where published data lies, and pretrained weights.
 *
 * @module
 */
import { join } from "@std/path";
import { createRandom, sha256File } from "../core/mod.ts";
import {
  bertNames,
  fitParameters,
  loadBertCheckpoint,
  moduleNames,
  readCheckpoint,
} from "../models/mod.ts";
import { denseModel, type ProfileName, type TrainingRecipe } from "../recipes/mod.ts";
import { architecturesOf, bertConfigOf, type Parameters } from "../training/mod.ts";
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
    throw error;
  }
}

/**
 * Weights to start a seed from: safetensors or what PyTorch saved. What the file lacks, such as the head of a BERT, is drawn from the seed.
 *
 * @throws {RangeError} If parameters have other shapes, or the encoder of a BERT is incomplete.
 */
export async function readInitial(
  recipe: TrainingRecipe,
  profile: ProfileName,
  { path }: InitialFile,
  seed: number,
): Promise<InitialWeights> {
  const { model, draw } = architecturesOf(recipe, profile).dense;
  const label = `seed ${seed} weights`;
  if (model.architecture === "bert") {
    const config = bertConfigOf(model);
    const read = await loadBertCheckpoint(path, config, createRandom(label));
    return { initial: read.parameters, deviations: deviationsOf([], read.unexpected, []) };
  }
  const drawn = draw(label);
  const { tensors, notes } = await readCheckpoint(path);
  const shapes = new Map([...drawn].map(([name, { shape }]) => [name, shape]));
  const rename = model.name.startsWith("bert") ? bertNames : moduleNames;
  const { parameters, missing, unexpected } = fitParameters(tensors, shapes, rename, path);
  return {
    initial: new Map([...drawn].map(([name, own]) => [name, parameters.get(name) ?? own])),
    deviations: deviationsOf(missing, unexpected, notes),
  };
}

function deviationsOf(
  missing: readonly string[],
  unexpected: readonly string[],
  notes: readonly string[],
): readonly string[] {
  return [
    ...missing.length === 0
      ? []
      : [`init: not in the checkpoint and drawn at random: ${missing.join(", ")}`],
    ...unexpected.length === 0 ? [] : [`init: not used: ${unexpected.join(", ")}`],
    ...notes.map((note) => `init: ${note}`),
  ];
}
