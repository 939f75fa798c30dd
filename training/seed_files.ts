/**
 * The files of one seed in the cache entry.
 *
 * @module
 */
import { EnvironmentError, fileFailure, readJson } from "../core/mod.ts";

/** Files of a seed. */
export interface SeedPaths {
  /** Lines of the log, as they come. */
  readonly log: string;
  /** Where an interrupted run goes on; gone when the seed is done. */
  readonly checkpoint: string;
  /** The dense model. */
  readonly dense: string;
  /** Result of the first stage; gone when the seed is done. */
  readonly denseRecord: string;
  /** The sparse model. */
  readonly sparse: string;
  /** Result of the seed. */
  readonly record: string;
}

/** Where the files of a seed are. */
export function seedPathsOf(directory: string, seed: number): SeedPaths {
  const path = (name: string) => `${directory}/${name}`;
  return {
    log: path(`log-${seed}.jsonl`),
    checkpoint: path(`checkpoint-${seed}.safetensors`),
    dense: path(`dense-${seed}.safetensors`),
    denseRecord: path(`dense-${seed}.json`),
    sparse: path(`sparse-${seed}.safetensors`),
    record: path(`seed-${seed}.json`),
  };
}

/**
 * Reads a file that an earlier run left.
 *
 * @throws {EnvironmentError} If it is broken.
 */
export async function readLeft<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const remedy = "the same command with --fresh, which trains from the start";
    throw new EnvironmentError(error.message, { remedy, cause: error });
  }
}

/**
 * A record, or `null` if there is none or it belongs to another training.
 *
 * @throws {EnvironmentError} If it cannot be read, or is broken.
 */
export async function readRecord<T extends { readonly key: string }>(
  path: string,
  key: string,
): Promise<T | null> {
  try {
    await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw fileFailure("read", path, error);
  }
  const record = await readLeft(() => readJson(path)) as T | null; // written by trainSeed; told by its key
  return record?.key === key ? record : null;
}

/** Removes a file that may not be there. */
export async function removeIfPresent(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw fileFailure("remove", path, error);
  }
}
