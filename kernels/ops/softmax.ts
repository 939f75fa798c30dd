/**
 * Softmax down the rows of a panel, or down longer rows, each lane by itself.
 *
 * Idea: three passes over `[row][P]` in place: the maximum; `e^(x - maximum)` and its sum; times 1 / sum. A lane never
 * meets another lane, so there is no shuffling. The three passes run on one tile of lanes after the other, so that the
 * rows of a tile are still in the first-level cache.
 *
 * Cost: 1 + 14 + 1 operations and 3 loads, 2 stores an element; the exponential is what takes the time.
 *
 * @module
 */
import type { Address, Scalar, Target, Vector, VectorMachine } from "../machine.ts";
import { type Columns, columnsOf, forEachColumn, takeVectors } from "./columns.ts";
import { exp, EXP_REGISTERS_PER_VECTOR, EXP_REGISTERS_SHARED } from "./exp.ts";
import { type Arguments, defineOp, type Op } from "./op.ts";
import { checkPanelLanes, PANEL_LANES, rowBytes, widthName } from "./panel.ts";

/** Which `softmax` kernel. */
export interface SoftmaxOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Width P of the panel; default {@linkcode PANEL_LANES}. */
  readonly panelLanes?: number;
  /** Lanes to compute, from those that the address points at on, a multiple of 16; default all of the panel. */
  readonly lanes?: number;
}

/** What one call of `softmax` works on. */
export interface SoftmaxArguments {
  /** Panel, `[rows][P]`; overwritten with the result. */
  readonly x: number;
  /** Rows, at least 1. */
  readonly rows: number;
}

const SLOTS = ["x", "rows"] as const;
const LOWEST_FLOAT = -3.4028234663852886e38;
// constants of the exponential are loaded once for so many vectors
const WIDEST = 4;
// x, maximum and sum
const REGISTERS_PER_VECTOR = 3 + EXP_REGISTERS_PER_VECTOR;

/** `x = softmax(x)` down the rows, in place; each lane sums to 1. */
export function softmax(options: SoftmaxOptions): Op<SoftmaxArguments> {
  const { target, panelLanes = PANEL_LANES, lanes = panelLanes } = options;
  checkPanelLanes(panelLanes);
  checkPanelLanes(lanes);
  return defineOp({
    id: `softmax_f32_${target}_${widthName(panelLanes, lanes)}`,
    slots: SLOTS,
    derive: (named) => ({ ...named }),
    emit: (machine, argument) => emitSoftmax(machine, argument, panelLanes, lanes),
  });
}

function emitSoftmax(
  machine: VectorMachine,
  argument: Arguments<(typeof SLOTS)[number]>,
  panelLanes: number,
  lanes: number,
): void {
  const columns = columnsOf(machine, lanes, widestSoftmax(machine));
  const [x, rows] = [argument("x"), argument("rows")];
  const row = rowBytes(panelLanes);
  forEachColumn(
    machine,
    columns,
    [x],
    () => emitColumn(machine, x, rows, columns, (at) => machine.increase(at, row)),
  );
}

/** Vectors whose softmax is computed at once. */
function widestSoftmax(machine: VectorMachine): number {
  return Math.min(
    WIDEST,
    Math.floor((machine.vectors - EXP_REGISTERS_SHARED) / REGISTERS_PER_VECTOR),
  );
}

/** Which `softmaxRows` kernel. */
export interface SoftmaxRowsOptions {
  /** Instruction set. */
  readonly target: Target;
}

/** What one call of `softmaxRows` works on. */
export interface SoftmaxRowsArguments {
  /** First row; overwritten with the result, as are the others. */
  readonly x: number;
  /** Bytes from one row to the next. */
  readonly rowBytes: number;
  /** Rows, at least 1. */
  readonly rows: number;
  /** Lanes of each row; up to {@linkcode SOFTMAX_SLACK_LANES} more are overwritten. */
  readonly lanes: number;
}

/** Lanes by which rows are written past their end. */
export const SOFTMAX_SLACK_LANES = 64;

/** `x = softmax(x)` down rows of any length, in place. */
export function softmaxRows({ target }: SoftmaxRowsOptions): Op<SoftmaxRowsArguments> {
  return defineOp({
    id: `softmax_rows_f32_${target}`,
    slots: ["x", "rowBytes", "rows", "columns"],
    derive: ({ lanes, ...named }: SoftmaxRowsArguments) => ({
      ...named,
      // a multiple of every target's columns
      columns: Math.ceil(lanes / SOFTMAX_SLACK_LANES),
    }),
    emit: (machine, argument) => {
      const [x, rows, rowBytes] = [argument("x"), argument("rows"), argument("rowBytes")];
      const columns = columnsOf(machine, SOFTMAX_SLACK_LANES, widestSoftmax(machine));
      machine.repeat(
        argument("columns"),
        () =>
          forEachColumn(
            machine,
            columns,
            [x],
            () => emitColumn(machine, x, rows, columns, (at) => machine.increase(at, rowBytes)),
          ),
      );
    },
  });
}

/** The softmax of one tile of lanes. */
function emitColumn(
  machine: VectorMachine,
  x: Scalar,
  rows: Scalar,
  columns: Columns,
  nextRow: (at: Scalar) => void,
): void {
  const take = (): readonly Vector[] => takeVectors(machine, columns.vectors);
  const at = machine.scalar();
  const eachRow = (body: (place: (v: number) => Address) => void): void => {
    machine.move(at, x);
    machine.repeat(rows, () => {
      body((v) => ({ base: at, disp: v * columns.bytes }));
      nextRow(at);
    });
  };
  const values = take();
  const maxima = take();
  maxima.forEach((maximum) => machine.constant(maximum, LOWEST_FLOAT));
  eachRow((place) =>
    maxima.forEach((maximum, v) => {
      machine.load(values[v]!, place(v));
      machine.maximum(maximum, maximum, values[v]!);
    })
  );
  const sums = take();
  sums.forEach((sum) => machine.zero(sum));
  eachRow((place) => {
    values.forEach((value, v) => {
      machine.load(value, place(v));
      machine.subtract(value, value, maxima[v]!);
    });
    exp(machine, values);
    values.forEach((value, v) => {
      machine.store(place(v), value);
      machine.add(sums[v]!, sums[v]!, value);
    });
  });
  maxima.forEach((one) => machine.constant(one, 1));
  sums.forEach((sum, v) => machine.divide(sum, maxima[v]!, sum));
  eachRow((place) =>
    values.forEach((value, v) => {
      machine.load(value, place(v));
      machine.multiply(value, value, sums[v]!);
      machine.store(place(v), value);
    })
  );
}
