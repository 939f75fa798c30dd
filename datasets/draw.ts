/**
 * Draws from lists.
 *
 * @module
 */
import type { Random } from "../core/mod.ts";

/** Any item, each equally likely. */
export function drawEvenly<T>(random: Random, items: readonly T[]): T {
  return items[random.integer(items.length)]!;
}

/** Any item, the first ones more often: the one at rank r has weight 1/(r + 2), much as words have in texts. */
export function drawFrequent<T>(random: Random, items: readonly T[]): T {
  let total = 0;
  for (let rank = 0; rank < items.length; rank++) total += 1 / (rank + 2);
  let at = random.next() * total;
  for (let rank = 0; rank < items.length; rank++) {
    at -= 1 / (rank + 2);
    if (at < 0) return items[rank]!;
  }
  return items.at(-1)!;
}
