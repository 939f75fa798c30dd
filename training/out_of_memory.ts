/**
 * What to say of a step that ran out of the memory of its tensors inside of a kernel, which ends without a reason.
 *
 * @module
 */
import { EnvironmentError } from "../core/mod.ts";

/** An error of a step as it came, unless WebAssembly ended by itself, which lack of memory brings about. */
export function explained(error: unknown, step: number): unknown {
  if (!(error instanceof WebAssembly.RuntimeError)) return error;
  return new EnvironmentError(
    `Cannot do step ${step}: WebAssembly ended with "${error.message}", as it does when its memory is full`,
    { remedy: "a recipe with smaller batches, or the quick profile", cause: error },
  );
}
