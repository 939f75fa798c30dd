/**
 * Trials of the two attention products: numbers of keys around tiles and panels, heads inside a larger panel.
 *
 * @module
 */
import { assert } from "@std/assert";
import { attentionContext, attentionScores } from "../ops/mod.ts";
import { referenceContext, referenceScores } from "../reference/mod.ts";
import { assertClose, type Bench, call, P, SUM_TOLERANCE, type Trial, uniform } from "./trial.ts";

/** Trials of `attentionScores`. */
export function scoresTrials(bench: Bench): Trial[] {
  return [
    ...SIZES.map(([keys, features]) => scoresTrial(bench, keys, features, WHOLE)),
    ...SLOTS.map((slot) => scoresTrial(bench, slot.lanes - 3, 8, slot)),
  ];
}

/** Trials of `attentionContext`. */
export function contextTrials(bench: Bench): Trial[] {
  return [
    ...SIZES.map(([keys, features]) => contextTrial(bench, keys, features, WHOLE)),
    ...SLOTS.map((slot) => contextTrial(bench, slot.lanes - 3, 8, slot)),
  ];
}

/** Lanes of a panel that a sequence has. */
interface Slot {
  readonly first: number;
  readonly lanes: number;
}

const WHOLE: Slot = { first: 0, lanes: P };
const SLOTS: readonly Slot[] = [{ first: 16, lanes: 16 }, { first: 32, lanes: 32 }];

/** Keys and features. */
const SIZES: readonly [number, number][] = [
  [1, 1],
  [3, 4],
  [4, 3],
  [5, 5],
  [63, 16],
  [64, 8],
  [65, 8],
  [100, 16],
  [131, 7],
];

// another head's rows before and behind the head's own
const ROWS_BEFORE = 2;

/** `[features][tokens]` in panels of P from lane `first` on, with `ROWS_BEFORE` rows more on each side. */
function panelsOfHead(
  values: Float32Array,
  features: number,
  tokens: number,
  first: number,
): Float32Array {
  const stride = (features + 2 * ROWS_BEFORE) * P;
  const panels = new Float32Array(Math.ceil((first + tokens) / P) * stride).fill(0.5);
  values.forEach((value, i) => {
    const [feature, token] = [Math.floor(i / tokens), first + i % tokens];
    panels[Math.floor(token / P) * stride + (ROWS_BEFORE + feature) * P + token % P] = value;
  });
  return panels;
}

function scoresTrial(
  { target, arena, random }: Bench,
  keys: number,
  features: number,
  { first, lanes }: Slot,
): Trial {
  const key = uniform(random, features * keys);
  const query = uniform(random, features * P);
  const bias = uniform(random, keys).map((value) => value > 0 ? 0 : -10000);
  const scale = 1 / Math.sqrt(features);
  const scores = arena.output(keys * P);
  const step = call(attentionScores({ target, scale, lanes }), {
    keys: arena.input(panelsOfHead(key, features, keys, first)) + 4 * (ROWS_BEFORE * P + first),
    keyPanelStride: (features + 2 * ROWS_BEFORE) * P * 4,
    queries: arena.input(query) + 4 * first,
    bias: arena.input(bias),
    scores: scores + 4 * first,
    keyCount: keys,
    features,
  });
  const problem = { features, keys, queries: P };
  return {
    steps: [step],
    prove: () => {
      const expected = referenceScores(problem, key, query, scale, bias);
      const tolerance = expected.map((sum) => SUM_TOLERANCE * (features + Math.abs(sum)));
      const actual = arena.read(scores, keys * P);
      assertOnly({ first, lanes }, actual, expected, tolerance, `${keys} keys x ${features}`);
    },
  };
}

function contextTrial(
  { target, arena, random }: Bench,
  keys: number,
  features: number,
  { first, lanes }: Slot,
): Trial {
  const value = uniform(random, features * keys);
  const probability = uniform(random, keys * P).map(Math.abs);
  const context = arena.output(features * P);
  const step = call(attentionContext({ target, lanes }), {
    values: arena.input(panelsOfHead(value, features, keys, first)) + 4 * (ROWS_BEFORE * P + first),
    valuePanelStride: (features + 2 * ROWS_BEFORE) * P * 4,
    probabilities: arena.input(probability) + 4 * first,
    context: context + 4 * first,
    keyCount: keys,
    features,
  });
  return {
    steps: [step],
    prove: () => {
      const expected = referenceContext({ features, keys, queries: P }, value, probability);
      const tolerance = expected.map(() => SUM_TOLERANCE * keys);
      const actual = arena.read(context, features * P);
      assertOnly({ first, lanes }, actual, expected, tolerance, `${keys} keys x ${features}`);
    },
  };
}

/** Compares the lanes of the slot, and proves that no other was written. */
function assertOnly(
  { first, lanes }: Slot,
  actual: Float32Array,
  expected: Float64Array,
  tolerance: Float64Array,
  what: string,
): void {
  const inSlot = (i: number): boolean => i % P >= first && i % P < first + lanes;
  assert(actual.every((value, i) => inSlot(i) || Number.isNaN(value)), `${what}: beyond its lanes`);
  assertClose(
    actual.filter((_, i) => inSlot(i)),
    expected.filter((_, i) => inSlot(i)),
    tolerance.filter((_, i) => inSlot(i)),
    what,
  );
}
