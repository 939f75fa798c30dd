/**
 * Sub-populations: the divisions by which a model's corner cases show.
 *
 * @module
 */
import type { ExampleGroups } from "./dataset.ts";
import { startsOf, type TokenLists } from "./examples.ts";

/** Last length of each bucket but the open one. */
const LENGTHS: readonly number[] = [8, 12, 16, 24, 32, 64];
/** Last count of each bucket but the open one; 0 is what training never shows. */
const COUNTS: readonly number[] = [0, 9, 99, 999];

/** Training and evaluation examples, divided alike. */
export interface GroupedSplits {
  /** Divisions of the training examples. */
  readonly train: readonly ExampleGroups[];
  /** Divisions of the evaluation examples. */
  readonly dev: readonly ExampleGroups[];
}

/**
 * Divides examples by class, by length, and by how often training shows their rarest token.
 *
 * Both splits have the same buckets in the same order; buckets that are empty in both are left out.
 */
export function groupExamples(
  train: TokenLists,
  dev: TokenLists,
  classes: readonly string[],
): GroupedSplits {
  const counts = countTokens(train);
  const divisions: readonly [string, readonly string[], (lists: TokenLists) => Uint8Array][] = [
    ["class", classes, ({ labels }) => Uint8Array.from(labels)],
    ["length", rangeNames(LENGTHS, "tokens"), ({ lengths }) => bucketsOf(lengths, LENGTHS)],
    [
      "rarest token",
      ["never in training", ...rangeNames(COUNTS, "times").slice(1)],
      (lists) => bucketsOf(rarestCounts(lists, counts), COUNTS),
    ],
  ];
  const pairs = divisions.map(([by, buckets, assign]) =>
    divideBoth(by, buckets, assign(train), assign(dev))
  );
  return { train: pairs.map(([group]) => group), dev: pairs.map(([, group]) => group) };
}

/** One division of both splits, without the buckets that are empty in both. */
export function divideBoth(
  by: string,
  buckets: readonly string[],
  train: Uint8Array,
  dev: Uint8Array,
): readonly [ExampleGroups, ExampleGroups] {
  const used = buckets.map((_, bucket) => train.includes(bucket) || dev.includes(bucket));
  const names = buckets.filter((_, bucket) => used[bucket]);
  const renumbered = used.map((_, bucket) => used.slice(0, bucket).filter(Boolean).length);
  const group = (of: Uint8Array): ExampleGroups => ({
    by,
    buckets: names,
    of: of.map((bucket) => renumbered[bucket]!),
  });
  return [group(train), group(dev)];
}

function bucketsOf(values: Int32Array, edges: readonly number[]): Uint8Array {
  return Uint8Array.from(values, (value) => {
    const bucket = edges.findIndex((edge) => value <= edge);
    return bucket < 0 ? edges.length : bucket;
  });
}

function rangeNames(edges: readonly number[], unit: string): string[] {
  const names = edges.map((edge, i) => `${i === 0 ? 1 : edges[i - 1]! + 1}-${edge} ${unit}`);
  return [...names, `${edges.at(-1)! + 1} ${unit} or more`];
}

function countTokens({ tokens }: TokenLists): Map<number, number> {
  const counts = new Map<number, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

/** The frame's tokens are in every training example, so they are never the rarest where it matters. */
function rarestCounts(lists: TokenLists, counts: ReadonlyMap<number, number>): Int32Array {
  const starts = startsOf(lists.lengths);
  return lists.lengths.map((length, i) => {
    let rarest = Infinity;
    for (let at = starts[i]!; at < starts[i]! + length; at++) {
      rarest = Math.min(rarest, counts.get(lists.tokens[at]!) ?? 0);
    }
    return rarest;
  });
}
