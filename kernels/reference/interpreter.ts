/**
 * A back end that runs kernels one machine operation at a time in TypeScript: slow, plain, and the same everywhere.
 *
 * It is what a kernel means. Registers start out as nonsense, taking too many is an error, and memory accesses are
 * bounds-checked, so it also finds what a processor would forgive. It can pretend to be any target.
 *
 * @module
 */
import type { Backend, BackendOptions, Program, Step } from "../backend.ts";
import type { Kernel } from "../machine.ts";
import { createInterpretingMachine } from "./interpreting_machine.ts";
import type { Action, Registers } from "./interpreting_registers.ts";

/** Opens an interpreting back end; works for every target on every computer. */
export function createInterpreter(options: BackendOptions): Backend {
  const buffer = new ArrayBuffer(options.arenaBytes);
  let used = ALIGNMENT;
  const allocate = (sizeBytes: number): number => {
    const address = used;
    const end = address + Math.ceil(sizeBytes / ALIGNMENT) * ALIGNMENT;
    if (end > buffer.byteLength) {
      throw new RangeError(
        `Cannot allocate ${sizeBytes} bytes: ${
          buffer.byteLength - used
        } of ${buffer.byteLength} are free`,
      );
    }
    used = end;
    return address;
  };
  return {
    target: options.target,
    threads: options.threads ?? 1,
    get usedBytes() {
      return used;
    },
    allocate,
    float32: (address, length) => new Float32Array(buffer, address, length),
    uint32: (address, length) => new Uint32Array(buffer, address, length),
    bytes: (address, length) => new Uint8Array(buffer, address, length),
    addressOf: () => null,
    build: (threads) => buildProgram(options, buffer, threads),
    [Symbol.dispose]: () => {},
  };
}

const ALIGNMENT = 64;

function buildProgram(
  options: BackendOptions,
  buffer: ArrayBuffer,
  threads: readonly (readonly Step[])[],
): Program {
  const emitted = new Map<string, readonly Action[]>();
  const registers: Registers = { scalars: [], vectors: [], args: [], memory: new DataView(buffer) };
  const emit = (kernel: Kernel): readonly Action[] => {
    const known = emitted.get(kernel.id);
    if (known) return known;
    const machine = createInterpretingMachine(options.target, kernel.lanes);
    kernel.emit(machine);
    emitted.set(kernel.id, machine.actions);
    return machine.actions;
  };
  const phases = phasesOf(threads);
  for (const step of phases.flat()) if (step.do === "call") emit(step.kernel);
  const stamp = (at: number): void =>
    registers.memory.setBigUint64(at, BigInt(Math.round(1e6 * performance.now())), true);
  return {
    codeBytes: 0,
    run: () => {
      for (const step of phases.flat()) {
        if (step.do === "stamp") {
          stamp(step.at);
          continue;
        }
        registers.args = step.args;
        emit(step.kernel).forEach((action) => action(registers));
      }
    },
    [Symbol.dispose]: () => {},
  };
}

type Work = Exclude<Step, { do: "barrier" }>;

/** Calls and stamps between barriers: those of all threads, one thread after the other. */
function phasesOf(threads: readonly (readonly Step[])[]): Work[][] {
  const barriers = threads.map((steps) => steps.filter((step) => step.do === "barrier").length);
  if (new Set(barriers).size !== 1) {
    throw new RangeError(
      `Cannot build a program: threads have ${
        barriers.join(", ") || "no"
      } barriers, expected equal numbers`,
    );
  }
  const phases: Work[][] = Array.from({ length: (barriers[0] ?? 0) + 1 }, () => []);
  for (const steps of threads) {
    let phase = 0;
    for (const step of steps) {
      if (step.do === "barrier") phase++;
      else phases[phase]?.push(step);
    }
  }
  return phases;
}
