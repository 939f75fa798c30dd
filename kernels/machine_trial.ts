/**
 * Runs a piece of emitted code once on given data: how the conformance tests try every target.
 *
 * @module
 */
import type { Backend } from "./backend.ts";
import { type Address, type Scalar, type Target, TARGETS, type VectorMachine } from "./machine.ts";
import { kernelSupport, openBackend } from "./open.ts";
import { createInterpreter } from "./reference/mod.ts";

/** Registers one test for each target; those of targets that do not work here are shown as ignored, with the reason. */
export function testEach(name: string, body: (target: Target) => Promise<void> | void): void {
  const { missing } = kernelSupport();
  for (const target of TARGETS) {
    const reason = missing[target];
    const suffix = reason === undefined ? "" : ` (skipped: ${reason})`;
    Deno.test(`${target}: ${name}${suffix}`, { ignore: reason !== undefined }, () => body(target));
  }
}

/** Runs a trial on the machine that a test is for. @returns The bytes of each buffer afterwards. */
export type RunTrial = (trial: Trial) => Uint8Array[];

/**
 * Registers two tests for each target: one on the target itself, as {@linkcode testEach} does, and one on the
 * interpreting machine that pretends to be it.
 */
export function testEachMachine(name: string, body: (run: RunTrial, target: Target) => void): void {
  testEach(name, (target) => body((trial) => runTrial(target, trial), target));
  for (const target of TARGETS) {
    Deno.test(`${target} interpreted: ${name}`, () => {
      using backend = createInterpreter({ target, arenaBytes: 1 << 20 });
      body((trial) => runTrialOn(backend, trial), target);
    });
  }
}

/** A buffer that a trial gets, and what to do with it. */
export interface Trial {
  /** Contents of the buffers before, as bytes. Each starts at a multiple of 64 bytes. */
  readonly buffers: readonly (
    | (Float32Array | Uint32Array | Int32Array)
    | (Uint16Array | Int16Array | Uint8Array | Int8Array)
  )[];
  /** Numbers passed after the addresses of the buffers. */
  readonly numbers?: readonly number[];
  /** Emits the code. @param at Scalars with the addresses of the buffers, then the numbers. */
  emit(machine: VectorMachine, at: readonly Scalar[]): void;
}

/** Runs a trial on a backend of its own. @returns The bytes of each buffer afterwards. */
export function runTrial(target: Target, trial: Trial): Uint8Array[] {
  using backend = openBackend({ target, arenaBytes: 1 << 20 });
  return runTrialOn(backend, trial);
}

let trials = 0; // equal ids would mean equal code

/** Runs a trial on `backend`. */
export function runTrialOn(backend: Backend, trial: Trial): Uint8Array[] {
  const { buffers, numbers = [] } = trial;
  const addresses = buffers.map((buffer) => {
    const address = backend.allocate(buffer.byteLength);
    const source = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    backend.bytes(address, buffer.byteLength).set(source);
    return address;
  });
  const args = [...addresses, ...numbers];
  const kernel = {
    id: `trial_${trials++}`,
    slots: args.length,
    emit: (machine: VectorMachine): void =>
      trial.emit(machine, args.map((_, slot) => machine.argument(slot))),
  };
  using program = backend.build([[{ do: "call", kernel, args }]]);
  program.run();
  return buffers.map((buffer, i) => backend.bytes(addresses[i] ?? 0, buffer.byteLength).slice());
}

/** Bytes read as float32. */
export function asFloat32(bytes: Uint8Array | undefined): Float32Array {
  return new Float32Array((bytes ?? new Uint8Array()).slice().buffer);
}

/** Bytes read as unsigned 32-bit integers. */
export function asUint32(bytes: Uint8Array | undefined): Uint32Array {
  return new Uint32Array((bytes ?? new Uint8Array()).slice().buffer);
}

/** The bits of a float32. */
export function bitsOf(value: number): number {
  return asUint32(new Uint8Array(Float32Array.of(value).buffer))[0] ?? 0;
}

/** The place `disp` bytes behind the address in scalar `i`. */
export function address(at: readonly Scalar[], i: number, disp = 0): Address {
  const base = at[i];
  if (base === undefined) {
    throw new RangeError(`Cannot address buffer ${i}: ${at.length} are there`);
  }
  return { base, disp };
}

/** Takes a scalar with a value. */
export function loaded(m: VectorMachine, value: number): Scalar {
  const scalar = m.scalar();
  m.move(scalar, value);
  return scalar;
}
