/**
 * Masks from scores: which units fall to reach a given sparsity.
 *
 * A *unit* is a block, a weight (`unstructured`), or a group of M weights of which the lowest M - N fall together (`N:M`). As in Intel
 * Neural Compressor, masks are made anew from the scores each time, so that a pruned unit can come back, and a layer that reached
 * the cap keeps its mask from then on.
 *
 * Partitioned and complementary patterns decide how many units every part of a layer keeps, so that all layers have the same
 * sparsity and `scope` decides nothing. On the way to their target each partition, or column of a set, keeps as few units as
 * the sparsity asks for, rounded up.
 *
 * Source: Intel Neural Compressor 2.6, `compression/pruner/patterns/{nxm,ninm}.py`.
 *
 * @module
 */
import {
  blockScores,
  type Mask,
  maskOfBlocks,
  parsePattern,
  type Pattern,
  projectMask,
  sparsityOfPattern,
  unitOf,
} from "../core/mod.ts";
import type { Sparsity } from "../recipes/mod.ts";
import type { Layer } from "./layers.ts";
import { keepLargest } from "./units.ts";

/** What decides between units. */
export type MaskRule = Pick<Sparsity, "pattern" | "scope" | "maxPerLayer" | "reduce">;

/** Masks of all pruned layers. */
export interface Masks {
  /** Mask of each layer by name. */
  readonly of: ReadonlyMap<string, Mask>;
  /** Layers that reached the cap. */
  readonly frozen: ReadonlySet<string>;
}

/** Masks that keep everything. */
export function fullMasks(layers: readonly Layer[]): Masks {
  const of = new Map(layers.map(({ name, rows, cols }) => [
    name,
    { rows, cols, kept: new Uint8Array(rows * cols).fill(1) },
  ]));
  return { of, frozen: new Set() };
}

/** Fraction of zeros over all layers. */
export function sparsityOfMasks({ of }: Masks): number {
  let [kept, total] = [0, 0];
  for (const mask of of.values()) {
    total += mask.kept.length;
    for (let i = 0; i < mask.kept.length; i++) kept += mask.kept[i]!;
  }
  return total === 0 ? 0 : 1 - kept / total;
}

/**
 * The masks at a sparsity, from the scores of all weights.
 *
 * With scope `global` one threshold cuts through all layers; a layer that would get more zeros than the cap gets as many as the
 * cap allows, and the threshold is found anew among the others. Of equal scores the later unit falls first.
 *
 * @param scores Scores of the weights of each layer, row-major.
 * @param sparsity Fraction of zeros over all layers, 0 to 1.
 */
export function masksAt(
  before: Masks,
  layers: readonly Layer[],
  scores: ReadonlyMap<string, Float32Array>,
  sparsity: number,
  rule: MaskRule,
): Masks {
  const pattern = parsePattern(rule.pattern);
  if (pattern.kind === "partitioned" || pattern.kind === "complementary") {
    const step = stepTowards(pattern, sparsity);
    const masks = layers.map((layer): [string, Mask] => [
      layer.name,
      evenMask(layer, scores.get(layer.name)!, step, rule),
    ]);
    return { of: new Map([...before.of, ...masks]), frozen: before.frozen };
  }
  const candidates = layers.map((layer) =>
    candidate(layer, scores.get(layer.name)!, pattern, rule)
  );
  const perUnit = zerosPerUnit(pattern);
  const share = Math.min(1, sparsity / perUnit);
  const cap = Math.min(1, rule.maxPerLayer / perUnit);
  const sets = rule.scope === "global" ? [candidates] : candidates.map((one) => [one]);
  const cuts = sets.map((set) => cutSet(before, set, share, cap, pattern));
  return {
    of: new Map([...before.of, ...cuts.flatMap(({ masks }) => masks)]),
    frozen: new Set([...before.frozen, ...cuts.flatMap(({ frozen }) => frozen)]),
  };
}

type EvenPattern = Extract<Pattern, { kind: "partitioned" | "complementary" }>;

/** The pattern that keeps as much as the sparsity asks for, and at least as much as the wanted one. */
function stepTowards(pattern: EvenPattern, sparsity: number): EvenPattern {
  const partition = pattern.kind === "partitioned" ? pattern.partition : pattern.kernels;
  const last = pattern.kind === "partitioned" ? pattern.keep : 1;
  // A little under the product, whose rounding may fall just above an integer.
  const keep = Math.max(last, Math.ceil(partition * (1 - sparsity) - 1e-6));
  if (keep === last) return pattern;
  const block = unitOf(pattern);
  const axis = pattern.kind === "partitioned" ? pattern.axis : "y";
  return { kind: "partitioned", axis, partition, keep, block };
}

/** The best mask of a layer by the scores of its units. */
function evenMask(
  { rows, cols }: Layer,
  scores: Float32Array,
  pattern: EvenPattern,
  { reduce }: MaskRule,
): Mask {
  const units = blockScores(scores, rows, cols, pattern, reduce);
  const { rows: R, cols: C } = unitOf(pattern);
  const ofUnits = { ...pattern, block: { rows: 1, cols: 1 } };
  const { kept } = projectMask(units, rows / R, cols / C, ofUnits, sparsityOfPattern(pattern)!);
  return maskOfBlocks(kept, rows, cols, pattern);
}

interface Candidate {
  readonly layer: Layer;
  /** Scores of the weights. */
  readonly scores: Float32Array;
  /** Scores of the units. */
  readonly units: Float32Array;
}

function candidate(
  layer: Layer,
  scores: Float32Array,
  pattern: Pattern,
  rule: MaskRule,
): Candidate {
  const { rows, cols } = layer;
  const units = pattern.kind === "n_of_m"
    ? groupScores(scores, pattern, rule.reduce)
    : blockScores(scores, rows, cols, pattern, rule.reduce);
  return { layer, scores, units };
}

/** Fraction of a pruned unit that is zero. */
function zerosPerUnit(pattern: Pattern): number {
  return pattern.kind === "n_of_m" ? 1 - pattern.n / pattern.m : 1;
}

/** Score of each group: of the M - N lowest weights, those that would fall. */
function groupScores(
  scores: Float32Array,
  { n, m }: Extract<Pattern, { kind: "n_of_m" }>,
  reduce: MaskRule["reduce"],
): Float32Array {
  const groups = new Float32Array(scores.length / m);
  const sorted = new Float32Array(m);
  for (let group = 0; group < groups.length; group++) {
    sortInto(sorted, scores, group * m);
    let sum = 0;
    for (let i = 0; i < m - n; i++) sum += sorted[i]!;
    // The mean counts the kept weights as zeros, as the published code does; it only scales all groups alike.
    groups[group] = reduce === "max" ? sorted[m - n - 1]! : reduce === "mean" ? sum / m : sum;
  }
  return groups;
}

/** Sorts as many scores as fit, from `start` on, lowest first: by insertion, since groups are small and many. */
function sortInto(sorted: Float32Array, scores: Float32Array, start: number): void {
  for (let i = 0; i < sorted.length; i++) {
    const score = scores[start + i]!;
    let at = i;
    for (; at > 0 && sorted[at - 1]! > score; at--) sorted[at] = sorted[at - 1]!;
    sorted[at] = score;
  }
}

/** New masks of a set of layers under one threshold, and the layers that now reached the cap. */
function cutSet(
  before: Masks,
  set: readonly Candidate[],
  share: number,
  cap: number,
  pattern: Pattern,
): { masks: [string, Mask][]; frozen: string[] } {
  const total = set.reduce((sum, { units }) => sum + units.length, 0);
  const isFrozen = ({ layer }: Candidate) => before.frozen.has(layer.name);
  let active = set.filter((one) => !isFrozen(one));
  // A little over the product, whose rounding may fall just below an integer.
  let left = Math.floor(total * share + 1e-6) -
    set.filter(isFrozen).reduce((sum, one) => sum + prunedUnits(before, one), 0);
  const masks: [string, Mask][] = [];
  const frozen: string[] = [];
  while (active.length > 0 && left > 0) {
    const cuts = cutTogether(active, left);
    const limit = ({ units }: Candidate) => Math.floor(cap * units.length + 1e-6);
    const over = new Set(active.filter((one, i) => zerosIn(cuts[i]!) > limit(one)));
    if (over.size === 0) {
      active.forEach((one, i) => masks.push([one.layer.name, maskOf(one, cuts[i]!, pattern)]));
      break;
    }
    for (const one of over) {
      const kept = keepMost(one.units, limit(one));
      masks.push([one.layer.name, maskOf(one, kept, pattern)]);
      frozen.push(one.layer.name);
      left -= limit(one);
    }
    active = active.filter((one) => !over.has(one));
  }
  return { masks, frozen };
}

/** Units of a frozen layer that are pruned, from its mask. */
function prunedUnits(before: Masks, { layer, units }: Candidate): number {
  const { kept } = before.of.get(layer.name)!;
  const perUnit = kept.length / units.length;
  let zeros = 0;
  for (let i = 0; i < kept.length; i++) zeros += 1 - kept[i]!;
  return Math.round(zeros / perUnit);
}

/** Cuts the `zeros` lowest units of all layers together. */
function cutTogether(active: readonly Candidate[], zeros: number): Uint8Array[] {
  const all = new Float32Array(active.reduce((sum, { units }) => sum + units.length, 0));
  let at = 0;
  const starts = active.map(({ units }) => {
    all.set(units, at);
    return (at += units.length) - units.length;
  });
  const kept = keepMost(all, zeros);
  return active.map(({ units }, i) => kept.subarray(starts[i]!, starts[i]! + units.length));
}

/** 0 for the `zeros` lowest scores, 1 for the others. */
function keepMost(scores: Float32Array, zeros: number): Uint8Array {
  return keepLargest(scores, scores.length - zeros);
}

function zerosIn(kept: Uint8Array): number {
  let zeros = 0;
  for (let i = 0; i < kept.length; i++) zeros += 1 - kept[i]!;
  return zeros;
}

function maskOf({ layer, scores }: Candidate, kept: Uint8Array, pattern: Pattern): Mask {
  const { rows, cols } = layer;
  if (pattern.kind !== "n_of_m") return maskOfBlocks(kept, rows, cols, pattern);
  const mask = projectMask(scores, rows, cols, pattern, 0);
  // Groups that are kept whole.
  kept.forEach((whole, group) => {
    if (whole === 1) mask.kept.fill(1, group * pattern.m, (group + 1) * pattern.m);
  });
  return mask;
}
