/**
 * Weights named on the command line.
 *
 * @module
 */
import { fileFailure, sha256File, UsageError } from "../core/mod.ts";

/** A weight file and its content. */
export interface WeightFile {
  /** Where it is. */
  readonly path: string;
  /** Its content. */
  readonly sha256: string;
}

/**
 * The weight file of a recipe, by the recipe's name; empty if none is given.
 *
 * @throws {UsageError} If there is a file and no recipe.
 * @throws {EnvironmentError} If it cannot be read.
 */
export async function weightsOf(
  recipe: string | null,
  path: string | null,
): Promise<ReadonlyMap<string, WeightFile>> {
  if (path === null) return new Map();
  if (recipe === null) throw new UsageError("Cannot bench: --weights without --recipe");
  try {
    return new Map([[recipe, { path, sha256: await sha256File(path) }]]);
  } catch (error) {
    throw fileFailure("read weights", path, error);
  }
}
