/**
 * The vector machine for WebAssembly SIMD: registers are locals, instructions go through the operand stack.
 *
 * A kernel becomes one function with one parameter, the address of its argument block. V8 turns locals back into
 * registers, so what counts is how many are live: 12 vectors and the operands of one instruction fit its 15 xmm
 * registers. Without relaxed SIMD there is no fused multiply-add: `fma` is a multiplication and an addition.
 *
 * @module
 */
import type { Scalar, Target, VectorMachine } from "../machine.ts";
import { bytes, packing } from "./bytes.ts";
import type { Code } from "./code.ts";
import { createEmitter, displacement, type Emitter, type Group, shift } from "./emitter.ts";
import { lanes } from "./lanes.ts";
import { VECTORS } from "./registers.ts";
import { arithmetic, bits, int32, moves, multiplyAdd } from "./vectors.ts";

/** The targets that this back end emits. */
export type WasmTarget = Extract<Target, "wasm" | "wasm_relaxed">;

/** What to emit for. */
export interface WasmMachineOptions {
  /** Instruction set. */
  readonly target: WasmTarget;
  /** Whether the engine's relaxed multiply-add rounds once. */
  readonly fused: boolean;
  /** Whether the engine's relaxed dot product takes unsigned bytes up to 255. */
  readonly exactDot: boolean;
  /** Argument slots that the kernel reads. */
  readonly slots: number;
}

/** A machine and the function body that it writes. */
export interface WasmMachine {
  /** What the kernel sees. */
  readonly machine: VectorMachine;
  /** The body of a function `(args: i32)`; without its final `end`. */
  readonly code: Code;
}

/** A machine that writes a new function. */
export function createWasmMachine(options: WasmMachineOptions): WasmMachine {
  const relaxed = options.target === "wasm_relaxed";
  const emitter = createEmitter(relaxed, relaxed && options.exactDot);
  const { registers } = emitter;
  const machine: VectorMachine = {
    target: options.target,
    lanes: 4,
    vectors: VECTORS,
    byteVectors: VECTORS,
    fused: relaxed && options.fused,
    scope: registers.scope,
    scalar: registers.scalar,
    vector: registers.vector,
    argument: (slot) => argument(emitter, slot, options.slots),
    repeat: (times, body) =>
      registers.scope(() => repeat(emitter, times, () => registers.scope(body))),
    countDown: (times, body) =>
      registers.scope(() => countDown(emitter, times, true, () => registers.scope(body))),
    ifNonZero: (value, body) => registers.scope(() => ifNonZero(emitter, value, body)),
    ...integers(emitter),
    ...moves(emitter),
    ...arithmetic(emitter),
    ...multiplyAdd(emitter),
    ...bits(emitter),
    ...int32(emitter),
    ...lanes(emitter),
    ...bytes(emitter),
    ...packing(emitter),
  };
  return { machine, code: emitter.code };
}

function argument({ code, registers, set }: Emitter, slot: number, slots: number): Scalar {
  if (!Number.isInteger(slot) || slot < 0 || slot >= slots) {
    throw new RangeError(`Cannot read argument slot ${slot}: expected 0 to ${slots - 1}`);
  }
  const to = registers.scalar();
  // Local 0 is the address of the block; the low word of each 8-byte slot comes first.
  code.get(0).memory("i32.load", 8 * slot);
  set(to);
  return to;
}

function repeat(emitter: Emitter, times: Scalar | number, body: () => void): void {
  if (typeof times === "number") {
    if (!Number.isInteger(times) || times < 0 || times >= 2 ** 32) {
      throw new RangeError(`Cannot repeat ${times} times: expected an integer from 0 to 2^32 - 1`);
    }
    if (times === 0) return;
    if (times === 1) return body();
  }
  // A local of its own, so that the count stays what it was.
  const left = emitter.registers.scalar();
  emitter.value(times);
  emitter.set(left);
  countDown(emitter, left, typeof times !== "number", body);
}

/** @param maybeZero Whether the body may have to be left out. */
function countDown(
  { code, registers, spreads, get }: Emitter,
  left: Scalar,
  maybeZero: boolean,
  body: () => void,
): void {
  code.open("block");
  if (maybeZero) get(left).plain("i32.eqz").indexed("br_if", 0);
  code.open("loop");
  spreads.end();
  body();
  spreads.end();
  get(left).i32(-1).plain("i32.add");
  code.indexed("local.tee", registers.local(left)).indexed("br_if", 0);
  code.plain("end").plain("end");
}

function ifNonZero({ code, get, spreads }: Emitter, value: Scalar, body: () => void): void {
  get(value);
  code.open("if");
  spreads.end();
  body();
  spreads.end();
  code.plain("end");
}

function integers(
  emitter: Emitter,
): Group<
  | ("move" | "increase" | "decrease" | "shiftLeft")
  | ("loadU8" | "loadU16" | "loadU32" | "storeU32" | "prefetch")
> {
  const { get, set, value, load, store } = emitter;
  return {
    move: (to, from) => (value(from), set(to)),
    increase: (to, by) => {
      if (by !== 0) get(to), value(by).plain("i32.add"), set(to);
    },
    decrease: (to, by) => {
      if (by !== 0) get(to), value(by).plain("i32.sub"), set(to);
    },
    shiftLeft: (to, count) => (get(to).i32(shift(count)).plain("i32.shl"), set(to)),
    loadU8: (to, from) => (load("i32.load8_u", from), set(to)),
    loadU16: (to, from) => (load("i32.load16_u", from), set(to)),
    loadU32: (to, from) => (load("i32.load", from), set(to)),
    prefetch: () => {},
    storeU32: (to, from) => void store(to, from).memory("i32.store", displacement(to)),
  };
}
