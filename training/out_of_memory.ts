/**
 * What to say of a step that ran out of the memory of its tensors: tfjs itself gives tensors without a place, or ends without a reason.
 *
 * @module
 */
import { EnvironmentError } from "../core/mod.ts";

const REMEDY = "a recipe with smaller batches, or the quick profile";

/** The error of tensors that have no place. */
export function noPlace(shape: readonly number[]): EnvironmentError {
  return new EnvironmentError(
    `Cannot hold a tensor of [${shape}]: the memory of WebAssembly is full, expected room for all of a step`,
    { remedy: REMEDY },
  );
}

/** An error of a step as it came, unless WebAssembly ended by itself, which lack of memory brings about. */
export function explained(error: unknown, step: number): unknown {
  if (!(error instanceof WebAssembly.RuntimeError)) return error;
  return new EnvironmentError(
    `Cannot do step ${step}: WebAssembly ended with "${error.message}", as it does when its memory is full`,
    { remedy: REMEDY, cause: error },
  );
}
