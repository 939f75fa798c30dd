/**
 * The machine's vector operations: one instruction each, except `select`.
 *
 * @module
 */
import type { Comparison, Vector, VectorMachine } from "../machine.ts";
import type { Mnemonic } from "./instructions.ts";
import type { Emission } from "./machine.ts";
import { constant, masked, type Register, register } from "./operands.ts";
import { withScratch } from "./scratch.ts";

/** Vector methods of {@linkcode VectorMachine}. */
export type VectorOperations = Pick<
  VectorMachine,
  | ("zero" | "constant" | "constantBits" | "copy" | "load" | "store" | "broadcast")
  | ("storeLane0" | "add" | "subtract" | "multiply" | "divide" | "minimum" | "maximum")
  | ("squareRoot" | "round" | "fma" | "horner" | "and" | "or" | "xor" | "toInt32")
  | ("toFloat32" | "addInt32" | "shiftLeftInt32" | "select")
>;

/** Predicates of `vcmpps`: ordered, so false for NaN, and quiet (manual, volume 2A, CMPPS, table 3-1). */
const PREDICATES: Readonly<Record<Comparison, number>> = {
  eq: 0x00,
  lt: 0x11,
  le: 0x12,
  ge: 0x1d,
  gt: 0x1e,
};
/** Immediate of rounding: to nearest even whatever MXCSR says (0), inexact not signalled (8). */
const NEAREST_EVEN = 8;
const SCRATCH_MASK = 1; // k1 is written and read by `select` only

/** Binds the vector operations to the code being emitted. */
export function vectorOperations(emission: Emission): VectorOperations {
  const { dialect, vector } = emission;
  return {
    ...moves(emission),
    ...arithmetic(emission),
    and: binary(emission, dialect.and),
    or: binary(emission, dialect.or),
    xor: binary(emission, dialect.xor),
    toInt32: unary(emission, "vcvtps2dq"),
    toFloat32: unary(emission, "vcvtdq2ps"),
    addInt32: binary(emission, "vpaddd"),
    shiftLeftInt32: (to, a, bits) => {
      if (!Number.isInteger(bits) || bits < 0 || bits > 31) {
        throw new RangeError(`Cannot shift left: ${bits} bits, expected an integer from 0 to 31`);
      }
      emission.assembler.emit("vpslld", vector(to), vector(a), bits);
    },
    select: (to, a, comparison, b, ifTrue, ifFalse) => {
      const choice = {
        to: vector(to),
        a: vector(a),
        b: vector(b),
        predicate: PREDICATES[comparison],
        ifTrue: vector(ifTrue),
        ifFalse: vector(ifFalse),
      };
      (dialect.target === "avx512" ? selectByMask : selectBySign)(emission, choice);
    },
  };
}

type Unary = (to: Vector, a: Vector) => void;
type Binary = (to: Vector, a: Vector, b: Vector) => void;

function unary({ assembler, vector }: Emission, mnemonic: Mnemonic): Unary {
  return (to, a) => assembler.emit(mnemonic, vector(to), vector(a));
}

function binary({ assembler, vector }: Emission, mnemonic: Mnemonic): Binary {
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

/** Operands of a `select`. */
interface Choice {
  readonly to: Register;
  readonly a: Register;
  readonly b: Register;
  readonly predicate: number;
  readonly ifTrue: Register;
  readonly ifFalse: Register;
}

function selectByMask({ assembler: { emit } }: Emission, choice: Choice): void {
  const { to, a, b, predicate, ifTrue, ifFalse } = choice;
  emit("vcmpps", register("k", SCRATCH_MASK), a, b, predicate);
  emit("vblendmps", masked(to, SCRATCH_MASK), ifFalse, ifTrue); // set lanes come from the last one
}

/** The comparison needs a register: the destination if it is not a source, else another. */
function selectBySign(emission: Emission, choice: Choice): void {
  const { assembler: { emit } } = emission;
  const { to, a, b, predicate, ifTrue, ifFalse } = choice;
  const choose = (mask: Register): void => {
    emit("vcmpps", mask, a, b, predicate);
    emit("vblendvps", to, ifFalse, ifTrue, mask); // lanes with the sign bit come from the third operand
  };
  if (to.id !== ifTrue.id && to.id !== ifFalse.id) choose(to);
  else withScratch(emission, [to, a, b, ifTrue, ifFalse], choose);
}
