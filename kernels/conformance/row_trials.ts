/**
 * Trials of the kernels that work down the rows of a panel.
 *
 * @module
 */
import {
  evaluateRows,
  layerNorm,
  type RowExpression,
  softmax,
  SOFTMAX_SLACK_LANES,
  softmaxRows,
} from "../ops/mod.ts";
import { referenceLayerNorm, referenceSoftmax } from "../reference/mod.ts";
import { assertClose, type Bench, call, P, type Trial, uniform } from "./trial.ts";

/** Trials of `softmax`. */
export function softmaxTrials(bench: Bench): Trial[] {
  return [
    ...[1, 7, 64, 129].map((rows) => softmaxTrial(bench, rows, 0, P)),
    softmaxTrial(bench, 7, 32, 16),
  ];
}

/** Trials of `layerNorm`. */
export function layerNormTrials(bench: Bench, residual: boolean): Trial[] {
  return [1, 2, 7, 64].map((rows) => layerNormTrial(bench, rows, residual));
}

/** Trials of `softmaxRows`: rows of a few lanes, of whole columns, and of more. */
export function softmaxRowsTrials(bench: Bench): Trial[] {
  return ([[1, 5], [7, 64], [81, 130]] as const).map(([rows, lanes]) => {
    const { target, arena, random } = bench;
    const rowLanes = SOFTMAX_SLACK_LANES * Math.ceil(lanes / SOFTMAX_SLACK_LANES);
    const values = uniform(random, rows * rowLanes).map((value) => 20 * value);
    const x = arena.inout(values);
    const named = { x, rowBytes: 4 * rowLanes, rows, lanes };
    return {
      steps: [call(softmaxRows({ target }), named)],
      prove: () => {
        const expected = referenceSoftmax(values, rows, rowLanes);
        const tolerance = expected.map((value) =>
          value * (5e-7 + 1.2e-7 * Math.abs(Math.log(value))) + 1e-37
        );
        const what = `${rows} rows of ${lanes}`;
        assertClose(arena.read(x, values.length), expected, tolerance, what);
      },
    };
  });
}

/** Trials of `evaluateRows`: every operator, parts that two rows share, and a row that is copied. */
export function evaluateTrials(bench: Bench): Trial[] {
  return [1, 33].map((lanes) => evaluateTrial(bench, lanes));
}

function evaluateTrial({ target, arena, random }: Bench, lanes: number): Trial {
  const rowLanes = 64;
  const [x, constants] = [uniform(random, 2 * rowLanes), uniform(random, 2 * rowLanes)];
  const half: RowExpression = {
    op: "multiply",
    a: { op: "exp", a: { op: "multiply", a: { op: "x", row: 1 }, b: { op: "number", value: 2 } } },
    b: { op: "constants", row: 1 },
  };
  const centre: RowExpression = {
    op: "add",
    a: { op: "x", row: 0 },
    b: { op: "constants", row: 0 },
  };
  const rows: RowExpression[] = [
    { op: "subtract", a: centre, b: half },
    { op: "divide", a: half, b: { op: "add", a: centre, b: { op: "number", value: 3 } } },
    { op: "x", row: 1 },
  ];
  const wanted = (lane: number): number[] => {
    const [h, c] = [
      Math.exp(2 * x[rowLanes + lane]!) * constants[rowLanes + lane]!,
      x[lane]! + constants[lane]!,
    ];
    return [c - h, h / (c + 3), x[rowLanes + lane]!];
  };
  const y = arena.output(rows.length * rowLanes);
  const named = { x: arena.input(x), constants: arena.input(constants), y, lanes };
  return {
    steps: [call(evaluateRows({ target, rows, rowBytes: 4 * rowLanes }), named)],
    prove: () => {
      const read = arena.read(y, rows.length * rowLanes);
      rows.forEach((_, row) => {
        const expected = Float64Array.from({ length: lanes }, (_, lane) => wanted(lane)[row]!);
        const tolerance = expected.map(() => 4e-6);
        assertClose(read.subarray(row * rowLanes), expected, tolerance, `row ${row} of ${lanes}`);
      });
    },
  };
}

function softmaxTrial(
  { target, arena, random }: Bench,
  rows: number,
  first: number,
  lanes: number,
): Trial {
  // some lanes far apart, some masked, some shifted
  const values = uniform(random, rows * P).map((value, i) =>
    value * (i % 3 === 0 ? 50 : 3) + (i % 7 === 0 ? -10000 : 0) + (i % P === 5 ? 1000 : 0)
  );
  const x = arena.inout(values);
  const isDone = (i: number): boolean => i % P >= first && i % P < first + lanes;
  return {
    steps: [call(softmax({ target, lanes }), { x: x + 4 * first, rows })],
    prove: () => {
      const all = referenceSoftmax(values, rows, P);
      const expected = all.map((value, i) => isDone(i) ? value : values[i]!);
      // the difference from the maximum is rounded before the exponential magnifies it
      const tolerance = expected.map((value, i) =>
        !isDone(i)
          ? 0
          : value === 0
          ? 1e-37
          : value * (5e-7 + 1.2e-7 * Math.abs(Math.log(value))) + 1e-37
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
