/**
 * What the methods of the machine share: registers to and from the operand stack, addresses, checked constants.
 *
 * @module
 */
import type { Address, Scalar, Vector, VectorMachine } from "../machine.ts";
import { type Code, createCode } from "./code.ts";
import type { MEMORY } from "./instructions.ts";
import { createRegisters, type Registers } from "./registers.ts";
import { createSpreads, type Spreads } from "./spreads.ts";

/** Some methods of the machine. */
export type Group<K extends keyof VectorMachine> = Pick<VectorMachine, K>;

/** Writes one function; every method appends instructions. */
export interface Emitter {
  /** The body so far. */
  readonly code: Code;
  /** The registers taken. */
  readonly registers: Registers;
  /** The broadcasts that may still share a load. */
  readonly spreads: Spreads;
  /** Whether relaxed SIMD may be used. */
  readonly relaxed: boolean;
  /** Whether the relaxed dot product may be used: it takes unsigned bytes up to 255. */
  readonly exactDot: boolean;
  /** A local for a vector within one operation; not one of the kernel's registers. */
  scratch(): number;
  /** The same for an integer. */
  scratchInteger(): number;
  /** The register's value on the stack. */
  get(register: Scalar | Vector): Code;
  /** The top of the stack into the register. */
  set(register: Scalar | Vector): void;
  /** A scalar's value or a constant on the stack. */
  value(from: Scalar | number): Code;
  /** An address on the stack, its constant part in the instruction. */
  load(name: keyof typeof MEMORY, from: Address): Code;
  /** An address and a value on the stack; the store and the constant part are the caller's. */
  store(to: Address, from: Scalar | Vector): Code;
  /** An address on the stack, its constant part left out. */
  address(of: Address): Code;
}

/** An emitter of a new function with one parameter. */
export function createEmitter(relaxed: boolean, exactDot: boolean): Emitter {
  const code = createCode(1);
  const registers = createRegisters(code);
  const spreads = createSpreads(code);
  let scratch: number | null = null;
  let scratchInteger: number | null = null;
  const emitter: Emitter = {
    code,
    registers,
    spreads,
    relaxed,
    exactDot,
    scratch: () => scratch ??= code.declare("v128"),
    scratchInteger: () => scratchInteger ??= code.declare("i32"),
    get: (register) => code.get(registers.local(register)),
    set(register): void {
      const local = registers.local(register);
      spreads.changed(local);
      code.set(local);
    },
    value: (from) => typeof from === "number" ? code.i32(from) : emitter.get(from),
    load: (name, from) => pushAddress(emitter, from).memory(name, displacement(from)),
    store(to, from): Code {
      spreads.end();
      pushAddress(emitter, to);
      return emitter.get(from);
    },
    address: (of) => pushAddress(emitter, of),
  };
  return emitter;
}

function pushAddress({ code, get }: Emitter, { base, index }: Address): Code {
  get(base);
  // Equal sums within a kernel are computed once by V8, so the sum needs no local.
  if (index !== undefined) get(index).plain("i32.add");
  return code;
}

/** The locals whose sum an address is, its constant part left out. */
export function placeOf({ registers }: Emitter, { base, index }: Address): number[] {
  return [base, ...(index === undefined ? [] : [index])].map(registers.local);
}

/** The constant part of an address. @throws {RangeError} If it does not fit. */
export function displacement({ disp = 0 }: Address): number {
  if (Number.isInteger(disp) && disp >= 0 && disp < 2 ** 31) return disp;
  throw new RangeError(`Cannot address ${disp} bytes on: expected an integer from 0 to 2^31 - 1`);
}

/** A checked number of bits. @throws {RangeError} If it is not 0 to 31. */
export function shift(count: number): number {
  if (Number.isInteger(count) && count >= 0 && count <= 31) return count;
  throw new RangeError(`Cannot shift by ${count} bits: expected an integer from 0 to 31`);
}
