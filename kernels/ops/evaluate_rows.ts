/**
 * Arithmetic between rows of lanes: each output row is an expression of input rows, constant rows and numbers.
 *
 * Idea: an expression is emitted as straight code over a vector of lanes, so that what a graph says in many small operators is
 * one pass over memory. Parts that several rows share are computed once.
 *
 * Cost: an operation for each operator, a load for each row named, a store for each row written; an exponential takes 12.
 *
 * @module
 */
import type { Scalar, Target, Vector, VectorMachine } from "../machine.ts";
import { exp } from "./exp.ts";
import { defineOp, type Op } from "./op.ts";
import { LANES } from "./tile.ts";

/** Arithmetic of one lane. */
export type RowExpression =
  | {
    /** A row of x, or of the constant rows. */
    readonly op: "x" | "constants";
    /** Which. */
    readonly row: number;
  }
  | {
    /** The same number in every lane. */
    readonly op: "number";
    /** The number. */
    readonly value: number;
  }
  | {
    /** Two operands. */
    readonly op: "add" | "subtract" | "multiply" | "divide";
    /** On the left. */
    readonly a: RowExpression;
    /** On the right. */
    readonly b: RowExpression;
  }
  | {
    /** `e^a`. */
    readonly op: "exp";
    /** The exponent. */
    readonly a: RowExpression;
  };

/** Which `evaluateRows` kernel. */
export interface EvaluateRowsOptions {
  /** Instruction set. */
  readonly target: Target;
  /** An expression for each row of y; equal parts that are one object are computed once. */
  readonly rows: readonly RowExpression[];
  /** Bytes from one row of x, y and the constants to the next; a multiple of 64. */
  readonly rowBytes: number;
}

/** What one call of `evaluateRows` works on. */
export interface EvaluateRowsArguments {
  /** First row that is read. */
  readonly x: number;
  /** First constant row. */
  readonly constants: number;
  /** First row that is written; may not overlap x. */
  readonly y: number;
  /** Lanes of each row; y is written up to the next whole vector. */
  readonly lanes: number;
}

/** The `evaluateRows` kernel of some expressions. */
export function evaluateRows(options: EvaluateRowsOptions): Op<EvaluateRowsArguments> {
  const { target, rows, rowBytes } = options;
  return defineOp({
    id: `evaluate_rows_f32_${target}_${rowBytes}_${rows.map(textOf).join("_")}`,
    slots: ["x", "constants", "y", "vectors"],
    derive: ({ x, constants, y, lanes }: EvaluateRowsArguments) => ({
      x,
      constants,
      y,
      vectors: Math.ceil(lanes / LANES[target]),
    }),
    emit: (machine, argument) => {
      const [x, constants, y] = [argument("x"), argument("constants"), argument("y")];
      const shared = sharedParts(rows);
      machine.repeat(argument("vectors"), () => {
        const emission = { machine, x, constants, rowBytes, shared, held: new Map() };
        rows.forEach((row, i) =>
          withValue(emission, row, (value) => machine.store({ base: y, disp: i * rowBytes }, value))
        );
        for (const pointer of [x, constants, y]) machine.increase(pointer, 4 * machine.lanes);
      });
    },
  });
}

function textOf(row: RowExpression): string {
  switch (row.op) {
    case "x":
    case "constants":
      return `${row.op[0]}${row.row}`;
    case "number":
      return `${row.value}`;
    case "exp":
      return `exp(${textOf(row.a)})`;
    default:
      return `${row.op}(${textOf(row.a)},${textOf(row.b)})`;
  }
}

/** Operands of an expression. */
function partsOf(row: RowExpression): readonly RowExpression[] {
  return "b" in row ? [row.a, row.b] : "a" in row ? [row.a] : [];
}

/** Parts with an operator that stand in more than one place. */
function sharedParts(rows: readonly RowExpression[]): ReadonlySet<RowExpression> {
  const [seen, shared] = [new Set<RowExpression>(), new Set<RowExpression>()];
  const visit = (row: RowExpression): void => {
    if (seen.has(row)) {
      if (partsOf(row).length > 0) shared.add(row);
      return;
    }
    seen.add(row);
    partsOf(row).forEach(visit);
  };
  rows.forEach(visit);
  return shared;
}

interface Emission {
  readonly machine: VectorMachine;
  readonly x: Scalar;
  readonly constants: Scalar;
  readonly rowBytes: number;
  readonly shared: ReadonlySet<RowExpression>;
  /** Registers of shared parts; they stay until the lanes are done. */
  readonly held: Map<RowExpression, Vector>;
}

/** Runs `body` on the register of an expression; other registers that were taken for it are free again afterwards. */
function withValue(emission: Emission, row: RowExpression, body: (value: Vector) => void): void {
  const { machine, held } = emission;
  holdShared(emission, row);
  const known = held.get(row);
  if (known !== undefined) return body(known);
  machine.scope(() => {
    const value = machine.vector();
    compute(emission, row, value);
    body(value);
  });
}

/** Computes the shared parts of an expression, innermost first, into registers that are kept. */
function holdShared(emission: Emission, row: RowExpression): void {
  const { machine, shared, held } = emission;
  if (held.has(row)) return;
  for (const part of partsOf(row)) holdShared(emission, part);
  if (!shared.has(row)) return;
  const value = machine.vector();
  compute(emission, row, value);
  held.set(row, value);
}

/** Emits an expression whose shared parts are there already. */
function compute(emission: Emission, row: RowExpression, to: Vector): void {
  const { machine, held, rowBytes } = emission;
  const known = held.get(row);
  if (known !== undefined) return machine.copy(to, known);
  switch (row.op) {
    case "x":
    case "constants":
      return machine.load(to, { base: emission[row.op], disp: row.row * rowBytes });
    case "number":
      return machine.constant(to, row.value);
    case "exp":
      compute(emission, row.a, to);
      return exp(machine, [to]);
    default:
      compute(emission, row.a, to);
      return machine.scope(() => {
        const other = machine.vector();
        compute(emission, row.b, other);
        machine[row.op](to, to, other);
      });
  }
}
