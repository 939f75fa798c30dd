/**
 * The machine's operations lane by lane: one instruction each.
 *
 * @module
 */
import type { Vector, VectorMachine } from "../machine.ts";
import type { Mnemonic } from "./instructions.ts";
import type { Emission } from "./machine.ts";
import { constant, register } from "./operands.ts";
import { type Selections, selections } from "./selections.ts";

/** Vector methods of {@linkcode VectorMachine}. */
export type VectorOperations = Pick<
  VectorMachine,
  | ("zero" | "constant" | "constantBits" | "copy" | "load" | "store" | "broadcast")
  | ("storeLane0" | "add" | "subtract" | "multiply" | "divide" | "minimum" | "maximum")
  | ("squareRoot" | "round" | "fma" | "horner" | "and" | "or" | "xor" | "toInt32")
  | ("toFloat32" | Int32Arithmetic | Selections)
>;

/** Immediate of rounding: to nearest even whatever MXCSR says (0), inexact not signalled (8). */
const NEAREST_EVEN = 8;

/** Binds the vector operations to the code being emitted. */
export function vectorOperations(emission: Emission): VectorOperations {
  const { dialect } = emission;
  return {
    ...moves(emission),
    ...arithmetic(emission),
    and: binary(emission, dialect.and),
    or: binary(emission, dialect.or),
    xor: binary(emission, dialect.xor),
    toInt32: unary(emission, "vcvtps2dq"),
    toFloat32: unary(emission, "vcvtdq2ps"),
    ...int32Arithmetic(emission),
    ...selections(emission),
  };
}

type Unary = (to: Vector, a: Vector) => void;
/** A method with two sources. */
export type Binary = (to: Vector, a: Vector, b: Vector) => void;

function unary({ assembler, vector }: Emission, mnemonic: Mnemonic): Unary {
  return (to, a) => assembler.emit(mnemonic, vector(to), vector(a));
}

/** An operation that is one instruction with two sources. */
export function binary({ assembler, vector }: Emission, mnemonic: Mnemonic): Binary {
  return (to, a, b) => assembler.emit(mnemonic, vector(to), vector(a), vector(b));
}

type Moves = "zero" | "constant" | "constantBits" | "copy" | "load" | "store" | "broadcast";

function moves(emission: Emission): Pick<VectorOperations, Moves | "storeLane0"> {
  const { assembler: { emit }, dialect, vector, place } = emission;

  function zero(to: Vector): void {
    emit(dialect.xor, vector(to), vector(to), vector(to));
  }

  function constantBits(to: Vector, bits: number): void {
    if (bits >>> 0 === 0) zero(to);
    else emit("vbroadcastss", vector(to), constant(bits));
  }

  return {
    zero,
    constantBits,
    constant: (to, value) => constantBits(to, bitsOf(value)),
    copy: (to, from) => {
      if (to.id !== from.id) emit("vmovaps", vector(to), vector(from));
    },
    load: (to, from) => emit("vmovups", vector(to), place(from)),
    store: (to, from) => emit("vmovups", place(to), vector(from)),
    broadcast: (to, from) => emit("vbroadcastss", vector(to), place(from)),
    storeLane0: (to, from) => emit("vmovss", place(to), register("xmm", vector(from).id)),
  };
}

function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;
}

type Arithmetic =
  | ("add" | "subtract" | "multiply" | "divide" | "minimum" | "maximum" | "squareRoot")
  | ("round" | "fma" | "horner");

function arithmetic(emission: Emission): Pick<VectorOperations, Arithmetic> {
  const { assembler: { emit }, dialect, vector, place } = emission;
  return {
    add: binary(emission, "vaddps"),
    subtract: binary(emission, "vsubps"),
    multiply: binary(emission, "vmulps"),
    divide: binary(emission, "vdivps"),
    minimum: binary(emission, "vminps"),
    maximum: binary(emission, "vmaxps"),
    squareRoot: unary(emission, "vsqrtps"),
    round: (to, a) => emit(dialect.round, vector(to), vector(a), NEAREST_EVEN),
    fma: (to, a, b) =>
      emit("vfmadd231ps", vector(to), vector(a), "kind" in b ? vector(b) : place(b)),
    horner: binary(emission, "vfmadd213ps"), // to = a * to + b
  };
}

type Int32Arithmetic =
  | ("addInt32" | "subtractInt32" | "multiplyInt32" | "minimumInt32" | "maximumInt32")
  | ("shiftLeftInt32" | "shiftRightInt32");

function int32Arithmetic(emission: Emission): Pick<VectorOperations, Int32Arithmetic> {
  const { assembler: { emit }, vector } = emission;
  return {
    addInt32: binary(emission, "vpaddd"),
    subtractInt32: binary(emission, "vpsubd"),
    multiplyInt32: binary(emission, "vpmulld"),
    minimumInt32: binary(emission, "vpminsd"),
    maximumInt32: binary(emission, "vpmaxsd"),
    shiftLeftInt32: (to, a, bits) => emit("vpslld", vector(to), vector(a), checkBits("left", bits)),
    shiftRightInt32: (to, a, bits) =>
      emit("vpsrad", vector(to), vector(a), checkBits("right", bits)),
  };
}

function checkBits(direction: "left" | "right", bits: number): number {
  if (Number.isInteger(bits) && bits >= 0 && bits <= 31) return bits;
  throw new RangeError(
    `Cannot shift ${direction}: ${bits} bits, expected an integer from 0 to 31`,
  );
}
