/**
 * The nearest known word to a mistyped one.
 *
 * @module
 */

/**
 * The candidate that `word` was most likely meant to be, or `null` if none is near.
 *
 * Near means at most a third of the longer word's letters inserted, deleted, replaced or swapped with their
 * neighbour, or that `word` is the beginning of exactly one candidate. The first of equally near candidates wins.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(didYouMean("reprodcue", ["report", "reproduce"]), "reproduce");
 * ```
 */
export function didYouMean(word: string, candidates: readonly string[]): string | null {
  const asked = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const distance = editDistance(asked, candidate.toLowerCase());
    const most = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
    if (distance <= most && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== null || word.length < 2) return best;
  const begun = candidates.filter((candidate) => candidate.toLowerCase().startsWith(asked));
  return begun.length === 1 ? begun[0]! : null;
}

/** Optimal string alignment: insertions, deletions, replacements and swaps of neighbours, each costing 1. */
function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(replace, last[j]! + 1, row[j - 1]! + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, older[j - 2]! + 1);
      row.push(cost);
    }
    older = last;
    last = row;
  }
  return last[b.length]!;
}
