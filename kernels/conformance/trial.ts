/**
 * What conformance trials are made of.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Random } from "../../core/mod.ts";
import type { Step } from "../backend.ts";
import type { Target } from "../machine.ts";
import type { GuardedArena } from "../reference/mod.ts";

export { callStep as call } from "../ops/mod.ts";

/** Error allowed for each summand of a sum, as a fraction of the magnitudes that were added up. */
export const SUM_TOLERANCE = 1e-6;

/** Error allowed for an approximated function beside that of its input. */
export const FUNCTION_TOLERANCE = 1e-6;

/** Lanes of a panel where a trial does not say otherwise. */
export const P = 64;

/** One or more calls of a kernel and the proof that they computed what they should. */
export interface Trial {
  /** The calls. */
  readonly steps: readonly Step[];
  /** Compares the results with the reference. @throws {Error} If one is off. */
  prove(): void;
}

/** What a trial is made with. */
export interface Bench {
  /** Target of the kernels. */
  readonly target: Target;
  /** Where the arrays go. */
  readonly arena: GuardedArena;
  /** Where the values come from. */
  readonly random: Random;
}

/** Values from -1 to 1. */
export function uniform(random: Random, length: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, () => 2 * random.next() - 1);
}

/** Fails at the first value that is off by more than its tolerance, or not a number. */
export function assertClose(
  actual: Float32Array,
  expected: Float64Array,
  tolerance: Float64Array,
  what: string,
): void {
  const at = expected.findIndex((value, i) => !(Math.abs(actual[i]! - value) <= tolerance[i]!));
  assert(
    at < 0,
    `${what}: value ${at} is ${actual[at]}, expected ${expected[at]} within ${tolerance[at]}`,
  );
}
