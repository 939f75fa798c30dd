/**
 * Operations lane by lane as closures over registers.
 *
 * @module
 */
import { roundHalfEven } from "../../core/mod.ts";
import type { Comparison, Vector, VectorMachine } from "../machine.ts";
import { addressOf, bitsOf, type Emit, lanesOf, loadLanes } from "./interpreting_registers.ts";

type Arithmetic =
  | "add"
  | "subtract"
  | "multiply"
  | "divide"
  | "minimum"
  | "maximum"
  | "squareRoot"
  | "round"
  | "fma"
  | "horner";

/** float32 arithmetic. */
export function arithmetic(emit: Emit, fused: boolean): Pick<VectorMachine, Arithmetic> {
  const binary =
    (operation: (a: number, b: number) => number) => (to: Vector, a: Vector, b: Vector): void =>
      emit((r) => setLanes(lanesOf(r, to), operation, lanesOf(r, a), lanesOf(r, b)));
  const unary = (operation: (a: number) => number) => (to: Vector, a: Vector): void =>
    emit((r) => setLanes(lanesOf(r, to), operation, lanesOf(r, a), lanesOf(r, a)));
  // a float64 product of two float32 is exact
  const product = fused
    ? (a: number, b: number) => a * b
    : (a: number, b: number) => Math.fround(a * b);
  return {
    add: binary((a, b) => a + b),
    subtract: binary((a, b) => a - b),
    multiply: binary((a, b) => a * b),
    divide: binary((a, b) => a / b),
    minimum: binary((a, b) => a < b ? a : b),
    maximum: binary((a, b) => a > b ? a : b),
    squareRoot: unary(Math.sqrt),
    round: unary(roundHalfEven),
    fma: (to, a, b) =>
      emit((r) => {
        const sum = lanesOf(r, to);
        const left = lanesOf(r, a);
        const right = "kind" in b ? lanesOf(r, b) : loadLanes(r, addressOf(r, b), sum.length);
        sum.forEach((s, lane) => sum[lane] = product(left[lane]!, right[lane]!) + s);
      }),
    horner: (to, a, b) =>
      emit((r) => {
        const value = lanesOf(r, to);
        const [left, right] = [lanesOf(r, a), lanesOf(r, b)];
        value.forEach((v, lane) => value[lane] = product(v, left[lane]!) + right[lane]!);
      }),
  };
}

function setLanes(
  to: Float32Array,
  operation: (a: number, b: number) => number,
  a: Float32Array,
  b: Float32Array,
): void {
  for (let lane = 0; lane < to.length; lane++) to[lane] = operation(a[lane]!, b[lane]!);
}

type BitOperation =
  | "and"
  | "or"
  | "xor"
  | "toInt32"
  | "toFloat32"
  | ("addInt32" | "subtractInt32" | "multiplyInt32" | "minimumInt32" | "maximumInt32")
  | ("shiftLeftInt32" | "shiftRightInt32")
  | ("select" | "selectInt32");

/** Bits, int32 lanes and choices. */
export function bitOperations(emit: Emit): Pick<VectorMachine, BitOperation> {
  const binary =
    (operation: (a: number, b: number) => number) => (to: Vector, a: Vector, b: Vector): void =>
      emit((r) => {
        const [left, right] = [bitsOf(lanesOf(r, a)), bitsOf(lanesOf(r, b))];
        bitsOf(lanesOf(r, to)).set(left.map((bits, lane) => operation(bits, right[lane]!)));
      });
  const select =
    (numbers: (lanes: Float32Array) => Float32Array | Int32Array): VectorMachine["select"] =>
    (to, a, comparison, b, ifTrue, ifFalse) =>
      emit((r) => {
        const [left, right] = [numbers(lanesOf(r, a)), numbers(lanesOf(r, b))];
        const [yes, no] = [bitsOf(lanesOf(r, ifTrue)), bitsOf(lanesOf(r, ifFalse))];
        const chosen = yes.map((bits, lane) =>
          COMPARE[comparison](left[lane]!, right[lane]!) ? bits : no[lane]!
        );
        bitsOf(lanesOf(r, to)).set(chosen);
      });
  return {
    and: binary((a, b) => a & b),
    or: binary((a, b) => a | b),
    xor: binary((a, b) => a ^ b),
    addInt32: binary((a, b) => (a + b) | 0),
    subtractInt32: binary((a, b) => (a - b) | 0),
    multiplyInt32: binary(Math.imul),
    minimumInt32: binary(Math.min),
    maximumInt32: binary(Math.max),
    shiftRightInt32: (to, a, bits) => binary((value) => value >> bits)(to, a, a),
    shiftLeftInt32: (to, a, bits) => binary((value) => value << bits)(to, a, a),
    toInt32: (to, a) =>
      emit((r) => bitsOf(lanesOf(r, to)).set(Array.from(lanesOf(r, a), roundHalfEven))),
    toFloat32: (to, a) => emit((r) => lanesOf(r, to).set(Array.from(bitsOf(lanesOf(r, a))))),
    select: select((lanes) => lanes),
    selectInt32: select(bitsOf),
  };
}

const COMPARE: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = {
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  eq: (a, b) => a === b,
};
