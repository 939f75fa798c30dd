/**
 * Trials of the kernels that work down the rows of a panel.
 *
 * @module
 */
import { layerNorm, softmax } from "../ops/mod.ts";
import { referenceLayerNorm, referenceSoftmax } from "../reference/mod.ts";
import { assertClose, type Bench, call, P, type Trial, uniform } from "./trial.ts";

/** Trials of `softmax`. */
export function softmaxTrials(bench: Bench): Trial[] {
  return [1, 7, 64, 129].map((rows) => softmaxTrial(bench, rows));
}

/** Trials of `layerNorm`. */
export function layerNormTrials(bench: Bench, residual: boolean): Trial[] {
  return [1, 2, 7, 64].map((rows) => layerNormTrial(bench, rows, residual));
}

function softmaxTrial({ target, arena, random }: Bench, rows: number): Trial {
  // some lanes far apart, some masked, some shifted
  const values = uniform(random, rows * P).map((value, i) =>
    value * (i % 3 === 0 ? 50 : 3) + (i % 7 === 0 ? -10000 : 0) + (i % P === 5 ? 1000 : 0)
  );
  const x = arena.inout(values);
  return {
    steps: [call(softmax({ target }), { x, rows })],
    prove: () => {
      const expected = referenceSoftmax(values, rows, P);
      // the difference from the maximum is rounded before the exponential magnifies it
      const tolerance = expected.map((value) =>
        value === 0 ? 1e-37 : value * (5e-7 + 1.2e-7 * Math.abs(Math.log(value))) + 1e-37
      );
      assertClose(arena.read(x, rows * P), expected, tolerance, `${rows} rows`);
    },
  };
}

function layerNormTrial({ target, arena, random }: Bench, rows: number, added: boolean): Trial {
  // a mean far from 0 would ruin a variance computed in one pass
  const x = uniform(random, rows * P).map((value, i) => value + (i % P === 1 ? 100 : 0));
  const residual = added ? uniform(random, rows * P) : null;
  const affine = { gamma: uniform(random, rows), beta: uniform(random, rows), epsilon: 1e-5 };
  const y = arena.output(rows * P);
  const kernel = layerNorm({ target, rows, epsilon: affine.epsilon, residual: added });
  const step = call(kernel, {
    x: arena.input(x),
    y,
    gamma: arena.input(affine.gamma),
    beta: arena.input(affine.beta),
    ...(residual && { residual: arena.input(residual) }),
  });
  return {
    steps: [step],
    prove: () => {
      const sums = x.map((value, i) => value + (residual?.[i] ?? 0));
      const expected = referenceLayerNorm(sums, null, rows, P, affine);
      const tolerance = expected.map((_, i) => i % P === 1 ? 1e-4 : 3e-6);
      assertClose(arena.read(y, rows * P), expected, tolerance, `${rows} rows`);
    },
  };
}
