/**
 * What a training starts from: where published data lies, and pretrained weights.
 *
 * @module
 */
import { join } from "@std/path";
import { createRandom, sha256File } from "../core/mod.ts";
import { type BertParameters, loadBertCheckpoint } from "../models/mod.ts";
import { asBert, type ProfileName, type Recipe, trainedModel } from "../recipes/mod.ts";
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

/** The checkpoint that a profile starts from, or `null` if it starts from scratch or the file is not there. */
export async function findInitialFile(
  recipe: Recipe,
  profile: ProfileName,
  data: string | null,
): Promise<InitialFile | null> {
  const { init = "scratch" } = trainedModel(recipe, profile);
  if (init === "scratch") return null;
  const path = join(data ?? FETCHED, init.file);
  try {
    return { path, sha256: await sha256File(path) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Weights to start a seed from; the head, which checkpoints lack, is drawn from the seed. */
export async function readInitial(
  recipe: Recipe,
  profile: ProfileName,
  { path }: InitialFile,
  seed: number,
): Promise<{ readonly initial: BertParameters; readonly deviations: readonly string[] }> {
  const { architecture: _, init: __, ...sizes } = asBert(trainedModel(recipe, profile));
  const config = { ...sizes, typeVocabulary: 2, layerNormEpsilon: 1e-12 };
  const random = createRandom(`seed ${seed} weights`);
  const { parameters, unexpected } = await loadBertCheckpoint(path, config, random);
  const unused = unexpected.length === 0 ? [] : [`init: not used: ${unexpected.join(", ")}`];
  return { initial: parameters, deviations: unused };
}
