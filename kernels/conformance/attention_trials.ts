/**
 * Trials of the two attention products: numbers of keys around tiles and panels, heads inside a larger panel.
 *
 * @module
 */
import { attentionContext, attentionScores } from "../ops/mod.ts";
import { referenceContext, referenceScores } from "../reference/mod.ts";
import { assertClose, type Bench, call, P, SUM_TOLERANCE, type Trial, uniform } from "./trial.ts";

/** Trials of `attentionScores`. */
export function scoresTrials(bench: Bench): Trial[] {
  return SIZES.map(([keys, features]) => scoresTrial(bench, keys, features));
}

/** Trials of `attentionContext`. */
export function contextTrials(bench: Bench): Trial[] {
  return SIZES.map(([keys, features]) => contextTrial(bench, keys, features));
}

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

/** `[features][tokens]` in panels of P, with `ROWS_BEFORE` rows more on each side. */
function panelsOfHead(values: Float32Array, features: number, tokens: number): Float32Array {
  const stride = (features + 2 * ROWS_BEFORE) * P;
  const panels = new Float32Array(Math.ceil(tokens / P) * stride).fill(0.5);
  values.forEach((value, i) => {
    const [feature, token] = [Math.floor(i / tokens), i % tokens];
    panels[Math.floor(token / P) * stride + (ROWS_BEFORE + feature) * P + token % P] = value;
  });
  return panels;
}

function scoresTrial({ target, arena, random }: Bench, keys: number, features: number): Trial {
  const key = uniform(random, features * keys);
  const query = uniform(random, features * P);
  const bias = uniform(random, keys).map((value) => value > 0 ? 0 : -10000);
  const scale = 1 / Math.sqrt(features);
  const scores = arena.output(keys * P);
  const step = call(attentionScores({ target, scale }), {
    keys: arena.input(panelsOfHead(key, features, keys)) + ROWS_BEFORE * P * 4,
    keyPanelStride: (features + 2 * ROWS_BEFORE) * P * 4,
    queries: arena.input(query),
    bias: arena.input(bias),
    scores,
    keyCount: keys,
    features,
  });
  const problem = { features, keys, queries: P };
  return {
    steps: [step],
    prove: () => {
      const expected = referenceScores(problem, key, query, scale, bias);
      const tolerance = expected.map((sum) => SUM_TOLERANCE * (features + Math.abs(sum)));
      assertClose(arena.read(scores, keys * P), expected, tolerance, `${keys} keys x ${features}`);
    },
  };
}

function contextTrial({ target, arena, random }: Bench, keys: number, features: number): Trial {
  const value = uniform(random, features * keys);
  const probability = uniform(random, keys * P).map(Math.abs);
  const context = arena.output(features * P);
  const step = call(attentionContext({ target }), {
    values: arena.input(panelsOfHead(value, features, keys)) + ROWS_BEFORE * P * 4,
    valuePanelStride: (features + 2 * ROWS_BEFORE) * P * 4,
    probabilities: arena.input(probability),
    context,
    keyCount: keys,
    features,
  });
  return {
    steps: [step],
    prove: () => {
      const expected = referenceContext({ features, keys, queries: P }, value, probability);
      const tolerance = expected.map(() => SUM_TOLERANCE * keys);
      const actual = arena.read(context, features * P);
      assertClose(actual, expected, tolerance, `${keys} keys x ${features}`);
    },
  };
}
