/**
 * Writes one module for one program: its kernels, the barrier, and an exported function for each thread.
 *
 * A thread's function calls the kernels in turn with the addresses of their argument blocks, which are constants. The
 * blocks themselves are written into the arena here.
 *
 * @module
 */
import type { Step } from "../backend.ts";
import type { Kernel } from "../machine.ts";
import { emitBarrier } from "./barrier.ts";
import { createCode } from "./code.ts";
import { createWasmMachine, type WasmMachineOptions } from "./machine.ts";
import { encodeModule, type ModuleFunction, type ModuleMemory } from "./module.ts";

/** What a program is emitted for. */
export interface ProgramOptions {
  /** Instruction set and rounding. */
  readonly machine: Omit<WasmMachineOptions, "slots">;
  /** The memory that the module imports. */
  readonly memory: ModuleMemory;
  /** Writes argument blocks into the arena, 8 bytes an argument, and returns their addresses. */
  placeArguments(blocks: readonly (readonly number[])[]): readonly number[];
}

type Call = Extract<Step, { do: "call" }>;

/** The name of the export that runs thread `thread` of a program. */
export function threadExport(thread: number): string {
  return `thread${thread}`;
}

/** The import that stores the time at the address that it is given. */
const STAMP = { name: "stamp", parameters: ["i32"] } as const;

/** float32 of a v128. */
const LANES = 4;

/**
 * The bytes of a program's module.
 *
 * @throws {RangeError} If there are no threads, their numbers of barriers differ, or arguments do not fit the kernel.
 */
export function emitProgram(
  threads: readonly (readonly Step[])[],
  options: ProgramOptions,
): Uint8Array<ArrayBuffer> {
  checkBarriers(threads);
  const calls = threads.flat().filter((step): step is Call => step.do === "call");
  calls.forEach(checkArguments);
  threads.flat().forEach((step) => step.do === "stamp" && checkStamp(step.at));
  const kernels = new Map(calls.map(({ kernel }) => [kernel.id, kernel]));
  const functions = [...kernels.values()].map((kernel) => emitKernel(kernel, options));
  const imports = threads.flat().some((step) => step.do === "stamp") ? [STAMP] : [];
  const first = imports.length;
  const indexes = new Map([...kernels.keys()].map((id, index) => [id, first + index]));
  const barrier = first + functions.length;
  if (threads.length > 1) functions.push(procedure("barrier", emitBarrier(threads.length)));
  const blocks = options.placeArguments(calls.map(({ args }) => args)).values();
  threads.forEach((steps, thread) => {
    const code = createCode(0);
    for (const step of steps) {
      if (step.do === "call") {
        code.i32(blocks.next().value ?? 0).indexed("call", indexes.get(step.kernel.id) ?? 0);
      } else if (step.do === "stamp") {
        code.i32(step.at).indexed("call", 0);
      } else if (threads.length > 1) code.indexed("call", barrier);
    }
    functions.push({ ...procedure(threadExport(thread), code), exported: true });
  });
  return encodeModule(functions, options.memory, imports);
}

function emitKernel(kernel: Kernel, options: ProgramOptions): ModuleFunction {
  if ((kernel.lanes ?? LANES) !== LANES) {
    throw new RangeError(
      `Cannot emit ${kernel.id}: it wants ${kernel.lanes} lanes, expected ${LANES} in WebAssembly`,
    );
  }
  const { machine, code } = createWasmMachine({ ...options.machine, slots: kernel.slots });
  kernel.emit(machine);
  return { ...procedure(kernel.id, code), parameters: ["i32"] };
}

function procedure(name: string, code: ModuleFunction["code"]): ModuleFunction {
  return { name, parameters: [], results: [], code, exported: false };
}

function checkBarriers(threads: readonly (readonly Step[])[]): void {
  if (threads.length === 0) {
    throw new RangeError("Cannot build program: no threads, expected at least 1");
  }
  const counts = threads.map((steps) => steps.filter((step) => step.do === "barrier").length);
  if (new Set(counts).size > 1) {
    throw new RangeError(
      `Cannot build program: threads have ${counts.join(", ")} barriers, expected equal numbers`,
    );
  }
}

function checkStamp(at: number): void {
  if (Number.isInteger(at) && at > 0 && at % 8 === 0 && at < 2 ** 32) return;
  throw new RangeError(
    `Cannot stamp the time at ${at}: expected an arena address that is a multiple of 8`,
  );
}

function checkArguments({ kernel, args }: Call): void {
  if (args.length !== kernel.slots) {
    throw new RangeError(
      `Cannot call ${kernel.id}: ${args.length} arguments, expected ${kernel.slots}`,
    );
  }
  args.forEach((value, slot) => {
    if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) return;
    throw new RangeError(
      `Cannot call ${kernel.id}: argument ${slot} is ${value}, expected an integer from 0 to 2^32 - 1`,
    );
  });
}
