/**
 * The vector methods of the machine.
 *
 * @module
 */
import type { Comparison, Vector } from "../machine.ts";
import { displacement, type Emitter, type Group, placeOf, shift } from "./emitter.ts";

/** Constants, copies, loads and stores. */
export function moves(
  emitter: Emitter,
): Group<
  "zero" | "constant" | "constantBits" | "copy" | "load" | "store" | "broadcast" | "storeLane0"
> {
  const { code, registers, spreads, get, set, load, store } = emitter;
  return {
    zero: (to) => (code.splat(0), set(to)),
    constant: (to, number) => (code.splat(float32Bits(number)), set(to)),
    constantBits: (to, pattern) => (code.splat(pattern), set(to)),
    copy: (to, from) => (get(from), set(to)),
    load: (to, from) => (load("v128.load", from), set(to)),
    broadcast(to, from): void {
      const place = { terms: placeOf(emitter, from), offset: displacement(from) };
      spreads.spread(registers.local(to), place);
    },
    store: (to, from) => void store(to, from).memory("v128.store", displacement(to)),
    storeLane0: (to, from) =>
      void store(to, from).memoryLane("v128.store32_lane", displacement(to), 0),
  };
}

function float32Bits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;
}

/** float32 arithmetic other than multiply-add. */
export function arithmetic(
  { get, set, relaxed }: Emitter,
): Group<
  | "add"
  | "subtract"
  | "multiply"
  | "divide"
  | "minimum"
  | "maximum"
  | "squareRoot"
  | "round"
> {
  // The strict minimum and maximum order NaN and signed zeros, in several instructions; these two are one each.
  // Given NaN, the relaxed ones are its second operand or NaN, the others their first one.
  type Relaxed = "f32x4.relaxed_min" | "f32x4.relaxed_max";
  const choose =
    (relaxedName: Relaxed, name: "f32x4.pmin" | "f32x4.pmax") =>
    (to: Vector, a: Vector, b: Vector): void => {
      if (relaxed) get(a), get(b).plain(relaxedName);
      else get(b), get(a).plain(name);
      set(to);
    };
  return {
    add: (to, a, b) => (get(a), get(b).plain("f32x4.add"), set(to)),
    subtract: (to, a, b) => (get(a), get(b).plain("f32x4.sub"), set(to)),
    multiply: (to, a, b) => (get(a), get(b).plain("f32x4.mul"), set(to)),
    divide: (to, a, b) => (get(a), get(b).plain("f32x4.div"), set(to)),
    minimum: choose("f32x4.relaxed_min", "f32x4.pmin"),
    maximum: choose("f32x4.relaxed_max", "f32x4.pmax"),
    squareRoot: (to, a) => (get(a).plain("f32x4.sqrt"), set(to)),
    round: (to, a) => (get(a).plain("f32x4.nearest"), set(to)),
  };
}

/** Multiply-add, fused where the engine fuses it. */
export function multiplyAdd({ code, get, set, load, relaxed }: Emitter): Group<"fma" | "horner"> {
  return {
    fma(to, a, b): void {
      if (!relaxed) get(to);
      get(a);
      if ("kind" in b) get(b);
      else load("v128.load", b);
      if (relaxed) get(to).plain("f32x4.relaxed_madd");
      else code.plain("f32x4.mul").plain("f32x4.add");
      set(to);
    },
    horner(to, a, b): void {
      get(to);
      get(a);
      if (relaxed) get(b).plain("f32x4.relaxed_madd");
      else {
        code.plain("f32x4.mul");
        get(b).plain("f32x4.add");
      }
      set(to);
    },
  };
}

const COMPARE = {
  lt: "f32x4.lt",
  le: "f32x4.le",
  gt: "f32x4.gt",
  ge: "f32x4.ge",
  eq: "f32x4.eq",
} as const satisfies Record<Comparison, string>;

const COMPARE_INT32 = {
  lt: "i32x4.lt_s",
  le: "i32x4.le_s",
  gt: "i32x4.gt_s",
  ge: "i32x4.ge_s",
  eq: "i32x4.eq",
} as const satisfies Record<Comparison, string>;

/** Operations on bit patterns, conversions and selection. */
export function bits(
  { get, set, relaxed }: Emitter,
): Group<"and" | "or" | "xor" | "toInt32" | "toFloat32" | "select" | "selectInt32"> {
  // Inputs fit int32, so what the relaxed form leaves open (overflow, NaN) does not matter.
  const truncate = relaxed ? "i32x4.relaxed_trunc_f32x4_s" : "i32x4.trunc_sat_f32x4_s";
  // The mask of a comparison is all ones or all zeros in each lane, where both forms agree.
  const choose = relaxed ? "i32x4.relaxed_laneselect" : "v128.bitselect";
  return {
    and: (to, a, b) => (get(a), get(b).plain("v128.and"), set(to)),
    or: (to, a, b) => (get(a), get(b).plain("v128.or"), set(to)),
    xor: (to, a, b) => (get(a), get(b).plain("v128.xor"), set(to)),
    toInt32: (to, a) => (get(a).plain("f32x4.nearest").plain(truncate), set(to)),
    toFloat32: (to, a) => (get(a).plain("f32x4.convert_i32x4_s"), set(to)),
    select(to, a, comparison, b, ifTrue, ifFalse): void {
      get(ifTrue);
      get(ifFalse);
      get(a);
      get(b).plain(COMPARE[comparison]).plain(choose);
      set(to);
    },
    selectInt32(to, a, comparison, b, ifTrue, ifFalse): void {
      get(ifTrue);
      get(ifFalse);
      get(a);
      get(b).plain(COMPARE_INT32[comparison]).plain(choose);
      set(to);
    },
  };
}

/** int32 arithmetic. */
export function int32(
  { get, set }: Emitter,
): Group<
  | ("addInt32" | "subtractInt32" | "multiplyInt32" | "minimumInt32" | "maximumInt32")
  | ("shiftLeftInt32" | "shiftRightInt32")
> {
  return {
    addInt32: (to, a, b) => (get(a), get(b).plain("i32x4.add"), set(to)),
    subtractInt32: (to, a, b) => (get(a), get(b).plain("i32x4.sub"), set(to)),
    multiplyInt32: (to, a, b) => (get(a), get(b).plain("i32x4.mul"), set(to)),
    minimumInt32: (to, a, b) => (get(a), get(b).plain("i32x4.min_s"), set(to)),
    maximumInt32: (to, a, b) => (get(a), get(b).plain("i32x4.max_s"), set(to)),
    shiftLeftInt32: (to, a, count) => (get(a).i32(shift(count)).plain("i32x4.shl"), set(to)),
    shiftRightInt32: (to, a, count) => (get(a).i32(shift(count)).plain("i32x4.shr_s"), set(to)),
  };
}
