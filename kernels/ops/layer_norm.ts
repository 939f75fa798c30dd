/**
 * Layer normalisation down the rows of a panel, each lane by itself: `y = (s - mean) / √(variance + ε) * γ + β` with
 * `s = x` or `s = x + residual`.
 *
 * Idea: three passes over `[row][P]`: sum; sum of squared differences from the mean; normalise. Two passes for the
 * variance because the difference of two large sums would lose digits. Several rows are summed side by side into registers
 * of their own, so that additions do not wait for each other. With a residual the first pass leaves `s` in y.
 *
 * Cost: 3 loads, 1 store and 6 operations an element (with a residual 4 loads, 2 stores, 7 operations). Limits: load and
 * store units.
 *
 * @module
 */
import type { Scalar, Target, Vector, VectorMachine } from "../machine.ts";
import { type Columns, columnsOf, forEachColumn, takeVectors } from "./columns.ts";
import { type Arguments, defineOp, type Op } from "./op.ts";
import { checkPanelLanes, PANEL_LANES, rowBytes } from "./panel.ts";

/** Which `layerNorm` kernel. */
export interface LayerNormOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Rows that are normalised together: the hidden size. */
  readonly rows: number;
  /** Added to the variance. */
  readonly epsilon: number;
  /** Whether a residual is added first; default false. */
  readonly residual?: boolean;
  /** Width P of the panel; default {@linkcode PANEL_LANES}. */
  readonly panelLanes?: number;
}

/** What one call of `layerNorm` works on. */
export interface LayerNormArguments {
  /** Panel, `[rows][P]`. */
  readonly x: number;
  /** Panel that is added; ignored without `residual`. */
  readonly residual?: number;
  /** Panel of the result; overwritten. May be x or the residual. */
  readonly y: number;
  /** `rows` float32. */
  readonly gamma: number;
  /** `rows` float32. */
  readonly beta: number;
}

const SLOTS = ["x", "residual", "y", "gamma", "beta"] as const;
// 128 bytes of 256 rows are 32 KB, so that the second and third pass find them in the first-level cache
const COLUMN_BYTES = 128;
// sums that do not wait for each other: two additions a cycle, each 4 cycles long
const CHAINS = 8;

/** The `layerNorm` kernel. */
export function layerNorm(options: LayerNormOptions): Op<LayerNormArguments> {
  const { target, rows, epsilon, residual = false, panelLanes = PANEL_LANES } = options;
  checkPanelLanes(panelLanes);
  const parts = ["layer_norm_f32", target, ...residual ? ["residual"] : [], rows, epsilon];
  return defineOp({
    id: [...parts, panelLanes].join("_"),
    slots: SLOTS,
    derive: (named: LayerNormArguments) => ({ residual: 0, ...named }),
    emit: (machine, argument) => {
      const columns = columnsOf(machine, panelLanes, widestOf(machine));
      const x = argument("x");
      const y = argument("y");
      const other = residual ? argument("residual") : null;
      const context = { machine, argument, columns, rows, row: rowBytes(panelLanes), epsilon };
      forEachColumn(
        machine,
        columns,
        other ? [x, y, other] : [x, y],
        () => emitColumn(context, x, other, y),
      );
    },
  });
}

interface Context {
  readonly machine: VectorMachine;
  readonly argument: Arguments<(typeof SLOTS)[number]>;
  readonly columns: Columns;
  readonly rows: number;
  /** Bytes of a panel row. */
  readonly row: number;
  readonly epsilon: number;
}

/** As many vectors as are 128 bytes, if the sums, the mean and two values find registers. */
function widestOf(machine: VectorMachine): number {
  return Math.min(COLUMN_BYTES / (4 * machine.lanes), machine.vectors - CHAINS - 2);
}

function emitColumn(context: Context, x: Scalar, other: Scalar | null, y: Scalar): void {
  const { machine, rows, epsilon } = context;
  const from = other ? y : x;
  const mean = sumRows(context, other ? [x, other, y] : [x], (sum, [x, other, y], disp, value) => {
    machine.load(value, { base: x!, disp });
    if (other && y) {
      machine.scope(() => {
        const added = machine.vector();
        machine.load(added, { base: other, disp });
        machine.add(value, value, added);
      });
      machine.store({ base: y, disp }, value);
    }
    machine.add(sum, sum, value);
  });
  scale(machine, mean, 1 / rows);
  const deviation = sumRows(context, [from], (sum, [at], disp, value, v) => {
    machine.load(value, { base: at!, disp });
    machine.subtract(value, value, mean[v]!);
    machine.fma(sum, value, value);
  });
  invertDeviation(machine, deviation, rows, epsilon);
  normalise(context, from, y, mean, deviation);
}

/** Adds one vector, `disp` bytes from the row that the cursors point at, to `sum`; `value` is free to use. */
type AddVector = (
  sum: Vector,
  cursors: readonly Scalar[],
  disp: number,
  value: Vector,
  v: number,
) => void;

/** The sum of a column down the rows, in registers of the caller's scope. */
function sumRows(context: Context, from: readonly Scalar[], add: AddVector): readonly Vector[] {
  const { machine, columns, rows, row } = context;
  const rowsAtOnce = Math.ceil(CHAINS / columns.vectors);
  const first = takeVectors(machine, columns.vectors);
  machine.scope(() => {
    const others = Array.from(
      { length: rowsAtOnce - 1 },
      () => takeVectors(machine, columns.vectors),
    );
    const sets = [first, ...others];
    const value = machine.vector();
    const cursors = from.map((pointer) => copyOf(machine, pointer));
    const addRows = (count: number): void => {
      sets.slice(0, count).forEach((sums, r) =>
        sums.forEach((sum, v) => add(sum, cursors, r * row + v * columns.bytes, value, v))
      );
    };
    sets.flat().forEach((sum) => machine.zero(sum));
    machine.repeat(Math.floor(rows / rowsAtOnce), () => {
      addRows(rowsAtOnce);
      cursors.forEach((cursor) => machine.increase(cursor, rowsAtOnce * row));
    });
    addRows(rows % rowsAtOnce);
    others.forEach((sums) => sums.forEach((sum, v) => machine.add(first[v]!, first[v]!, sum)));
  });
  return first;
}

function scale(machine: VectorMachine, vectors: readonly Vector[], factor: number): void {
  machine.scope(() => {
    const constant = machine.vector();
    machine.constant(constant, factor);
    vectors.forEach((vector) => machine.multiply(vector, vector, constant));
  });
}

/** A sum of squared differences becomes one over the standard deviation. */
function invertDeviation(
  machine: VectorMachine,
  sums: readonly Vector[],
  rows: number,
  epsilon: number,
): void {
  machine.scope(() => {
    const [inverse, added, one] = takeVectors(machine, 3) as [Vector, Vector, Vector];
    machine.constant(inverse, 1 / rows);
    machine.constant(added, epsilon);
    machine.constant(one, 1);
    sums.forEach((sum) => {
      machine.horner(sum, inverse, added);
      machine.squareRoot(sum, sum);
      machine.divide(sum, one, sum);
    });
  });
}

function normalise(
  { machine, argument, columns, rows, row }: Context,
  from: Scalar,
  to: Scalar,
  mean: readonly Vector[],
  inverse: readonly Vector[],
): void {
  const [x, y] = [copyOf(machine, from), copyOf(machine, to)];
  const [gammaAt, betaAt] = [argument("gamma"), argument("beta")];
  const [gamma, beta, value] = takeVectors(machine, 3) as [Vector, Vector, Vector];
  machine.repeat(rows, () => {
    machine.broadcast(gamma, { base: gammaAt });
    machine.broadcast(beta, { base: betaAt });
    mean.forEach((average, v) => {
      const disp = v * columns.bytes;
      machine.load(value, { base: x, disp });
      machine.subtract(value, value, average);
      machine.multiply(value, value, inverse[v]!);
      machine.horner(value, gamma, beta);
      machine.store({ base: y, disp }, value);
    });
    for (const pointer of [x, y]) machine.increase(pointer, row);
    for (const pointer of [gammaAt, betaAt]) machine.increase(pointer, 4);
  });
}

function copyOf(machine: VectorMachine, from: Scalar): Scalar {
  const copy = machine.scalar();
  machine.move(copy, from);
  return copy;
}
