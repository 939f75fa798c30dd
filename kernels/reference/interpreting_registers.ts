/**
 * The registers of a running kernel, and how its operations read them.
 *
 * @module
 */
import type { Address, Scalar, Vector } from "../machine.ts";

/** What registers hold before they are written: nonsense that no kernel can take for a result. */
export const POISON = -0x5eed5eed;

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
