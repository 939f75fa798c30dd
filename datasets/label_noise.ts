/**
 * Label noise of a known share, which is what gives generated data a known ceiling.
 *
 * @module
 */
import type { Random } from "../core/mod.ts";

/** Share of generated examples, in training and evaluation alike, whose label is turned. */
export const TURNED_SHARE = 0.04;
/** Examples of which one is turned. */
const BLOCK = 1 / TURNED_SHARE;

/**
 * Which examples are turned: one of every 25, wherever chance says. More examples leave the choice among the first ones alone.
 *
 * @returns 1 for those that are turned.
 */
export function chooseTurned(count: number, random: Random): Uint8Array {
  const turned = new Uint8Array(count);
  for (let start = 0; start < count; start += BLOCK) {
    const at = start + random.integer(BLOCK);
    if (at < count) turned[at] = 1;
  }
  return turned;
}

/** Best accuracy on examples of which these are turned: a model that knows the generator errs exactly there. */
export function ceilingOf(turned: Uint8Array): number {
  return 1 - turned.reduce((sum, one) => sum + one, 0) / Math.max(1, turned.length);
}

/** Another class than the true one, each equally likely. */
export function otherClass(label: number, classes: number, random: Random): number {
  return (label + 1 + random.integer(classes - 1)) % classes;
}
