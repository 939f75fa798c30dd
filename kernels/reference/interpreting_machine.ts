/**
 * The vector machine as closures over registers.
 *
 * @module
 */
import {
  type Address,
  type Comparison,
  dotBits,
  type Scalar,
  type Target,
  type Vector,
  type VectorMachine,
} from "../machine.ts";
import { byteOperations, packingOperations } from "./interpreting_bytes.ts";
import { laneOperations } from "./interpreting_lanes.ts";

/** State of a running kernel. */
export interface Registers {
  /** Integers by register number. */
  readonly scalars: number[];
  /** Lanes by register number. */
  readonly vectors: Float32Array[];
  /** Argument block. */
  args: readonly number[];
  /** The arena. */
  readonly memory: DataView;
}

/** One emitted operation. */
export type Action = (registers: Registers) => void;

/** A machine that collects what it is asked. */
export interface InterpretingMachine extends VectorMachine {
  /** Operations of the kernel, in order. */
  readonly actions: readonly Action[];
}

type Shape = Pick<VectorMachine, "lanes" | "vectors" | "byteVectors" | "fused">;

const SHAPES: Readonly<Record<Target, Shape>> = {
  avx512: { lanes: 16, vectors: 32, byteVectors: 32, fused: true },
  avx2: { lanes: 8, vectors: 16, byteVectors: 15, fused: true },
  wasm_relaxed: { lanes: 4, vectors: 12, byteVectors: 12, fused: true },
  wasm: { lanes: 4, vectors: 12, byteVectors: 8, fused: false },
};

// the fewest of any back end: what x86-64 leaves beside the stack, the argument block and one scratch register
const SCALARS = 13;
const POISON = -0x5eed5eed;

/** A machine that pretends to be `target`. */
export function createInterpretingMachine(target: Target): InterpretingMachine {
  const { lanes, vectors, fused } = SHAPES[target];
  let actions: Action[] = [];
  const pools = { scalar: createPool("scalar", SCALARS), vector: createPool("vector", vectors) };
  const emit = (action: Action): void => void actions.push(action);
  const scalar = (): Scalar => ({ kind: "scalar", id: pools.scalar.take() });
  const scope = (body: () => void): void => {
    const marks = [pools.scalar.mark(), pools.vector.mark()] as const;
    body();
    pools.scalar.release(marks[0]);
    pools.vector.release(marks[1]);
  };
  const record = (body: () => void): Action[] => {
    const outer = actions;
    actions = [];
    scope(body);
    const inner = actions;
    actions = outer;
    return inner;
  };
  return {
    target,
    ...SHAPES[target],
    get actions() {
      return actions;
    },
    scope,
    scalar: () => {
      const taken = scalar();
      emit((r) => r.scalars[taken.id] = POISON);
      return taken;
    },
    vector: () => {
      const id = pools.vector.take();
      emit((r) => r.vectors[id] = new Float32Array(lanes).fill(NaN));
      return { kind: "vector", id };
    },
    argument: (slot) => {
      const to = scalar();
      emit((r) => r.scalars[to.id] = r.args[slot] ?? POISON);
      return to;
    },
    repeat: (times, body) =>
      scope(() => {
        scalar(); // the counter
        const inner = record(body);
        emit((r) => {
          const turns = typeof times === "number" ? times : valueOf(r, times);
          for (let turn = 0; turn < turns; turn++) inner.forEach((action) => action(r));
        });
      }),
    ifNonZero: (value, body) => {
      const inner = record(body);
      emit((r) => {
        if (valueOf(r, value) !== 0) inner.forEach((action) => action(r));
      });
    },
    ...integerOperations(emit),
    ...moves(emit, lanes),
    ...arithmetic(emit, fused),
    ...bitOperations(emit),
    ...laneOperations(emit),
    ...byteOperations(emit, dotBits(target)),
    ...packingOperations(emit),
  };
}

interface Pool {
  take(): number;
  mark(): number;
  release(mark: number): void;
}

function createPool(kind: string, size: number): Pool {
  let taken = 0;
  return {
    take: () => {
      if (taken === size) throw new RangeError(`Cannot take a ${kind}: all ${size} are in use`);
      return taken++;
    },
    mark: () => taken,
    release: (mark) => taken = mark,
  };
}

/** Takes an operation of the kernel. */
export type Emit = (action: Action) => void;

/** An operand's value when the kernel runs. */
export function valueOf(r: Registers, operand: Scalar | number): number {
  return typeof operand === "number" ? operand : r.scalars[operand.id] ?? POISON;
}

/** The address that is meant when the kernel runs. */
export function addressOf(r: Registers, { base, index, disp }: Address): number {
  return valueOf(r, base) + (index ? valueOf(r, index) : 0) + (disp ?? 0);
}

/** A register's lanes as float32. @throws {RangeError} If it was never taken. */
export function lanesOf(r: Registers, vector: Vector): Float32Array {
  const lanes = r.vectors[vector.id];
  if (!lanes) throw new RangeError(`Cannot read vector ${vector.id}: it was never taken`);
  return lanes;
}

function integerOperations(
  emit: Emit,
): Pick<
  VectorMachine,
  "move" | "increase" | "decrease" | "shiftLeft" | "loadU8" | "loadU16" | "loadU32" | "storeU32"
> {
  return {
    move: (to, from) => emit((r) => r.scalars[to.id] = valueOf(r, from)),
    increase: (to, by) => emit((r) => r.scalars[to.id] = valueOf(r, to) + valueOf(r, by)),
    decrease: (to, by) => emit((r) => r.scalars[to.id] = valueOf(r, to) - valueOf(r, by)),
    shiftLeft: (to, bits) => emit((r) => r.scalars[to.id] = valueOf(r, to) * 2 ** bits),
    loadU8: (to, from) => emit((r) => r.scalars[to.id] = r.memory.getUint8(addressOf(r, from))),
    loadU16: (to, from) =>
      emit((r) => r.scalars[to.id] = r.memory.getUint16(addressOf(r, from), true)),
    loadU32: (to, from) =>
      emit((r) => r.scalars[to.id] = r.memory.getUint32(addressOf(r, from), true)),
    storeU32: (to, from) =>
      emit((r) => r.memory.setUint32(addressOf(r, to), valueOf(r, from), true)),
  };
}

function moves(
  emit: Emit,
  lanes: number,
): Pick<
  VectorMachine,
  "zero" | "constant" | "constantBits" | "copy" | "load" | "store" | "broadcast" | "storeLane0"
> {
  return {
    zero: (to) => emit((r) => lanesOf(r, to).fill(0)),
    constant: (to, value) => emit((r) => lanesOf(r, to).fill(value)),
    constantBits: (to, bits) => emit((r) => bitsOf(lanesOf(r, to)).fill(bits)),
    copy: (to, from) => emit((r) => lanesOf(r, to).set(lanesOf(r, from))),
    load: (to, from) => emit((r) => lanesOf(r, to).set(loadLanes(r, addressOf(r, from), lanes))),
    store: (to, from) =>
      emit((r) => {
        const address = addressOf(r, to);
        bitsOf(lanesOf(r, from)).forEach((bits, lane) =>
          r.memory.setInt32(address + 4 * lane, bits, true)
        );
      }),
    broadcast: (to, from) =>
      emit((r) => bitsOf(lanesOf(r, to)).fill(r.memory.getInt32(addressOf(r, from), true))),
    storeLane0: (to, from) =>
      emit((r) => r.memory.setInt32(addressOf(r, to), bitsOf(lanesOf(r, from))[0] ?? 0, true)),
  };
}

/** The same lanes as int32. */
export function bitsOf(lanes: Float32Array): Int32Array {
  return new Int32Array(lanes.buffer, lanes.byteOffset, lanes.length);
}

/** Lanes from memory. */
export function loadLanes(r: Registers, address: number, lanes: number): Float32Array {
  const bits = new Int32Array(lanes);
  for (let lane = 0; lane < lanes; lane++) {
    bits[lane] = r.memory.getInt32(address + 4 * lane, true);
  }
  return new Float32Array(bits.buffer);
}

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

function arithmetic(emit: Emit, fused: boolean): Pick<VectorMachine, Arithmetic> {
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
    minimum: binary(Math.min),
    maximum: binary(Math.max),
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

function roundHalfEven(value: number): number {
  const nearest = Math.round(value);
  return Math.abs(value % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
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

function bitOperations(emit: Emit): Pick<VectorMachine, BitOperation> {
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
