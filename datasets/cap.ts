/**
 * Caps on the number of examples.
 *
 * @module
 */
import { createRandom } from "../core/mod.ts";

/** A choice of examples. */
export interface Capped {
  /** Positions of the chosen ones, in order. */
  readonly positions: readonly number[];
  /** That there was a choice, in words; empty if all are taken. */
  readonly notes: readonly string[];
}

/**
 * Chooses as many examples as wanted at random, or takes all.
 *
 * @param most Cap; absent = none.
 * @param seed Names the choice, such as `sst2 train 0`.
 * @param what For the note, e.g. `training examples`.
 */
export function chooseCapped(
  count: number,
  most: number | undefined,
  seed: string,
  what: string,
): Capped {
  const positions = Array.from({ length: count }, (_, i) => i);
  if (most === undefined || most >= count) return { positions, notes: [] };
  createRandom(seed).shuffle(positions);
  return {
    positions: positions.slice(0, most).sort((a, b) => a - b),
    notes: [`${what}: ${most} of ${count}, chosen at random`],
  };
}
