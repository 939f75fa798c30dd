/**
 * From lists of steps to machine code: one function a thread, which calls the kernels in turn.
 *
 * A thread's function follows System V, takes nothing and returns nothing; addresses of argument blocks and barrier
 * counts are constants in its code.
 *
 * @module
 */
import type { Step } from "../backend.ts";
import type { Kernel } from "../machine.ts";
import { type Assembler, type Code, createAssembler, type Label } from "./assembler.ts";
import { emitKernel, type X64Target } from "./machine.ts";
import { r64 } from "./operands.ts";
import { emitBarrier } from "./synchronization.ts";

/** A kernel call with the place of its arguments. */
export interface PlacedCall {
  /** Tells the steps apart. */
  readonly do: "call";
  /** The kernel. */
  readonly kernel: Kernel;
  /** Address of its argument block. */
  readonly block: number;
}

/** A step whose arguments are in memory. */
export type PlacedStep = PlacedCall | Extract<Step, { readonly do: "barrier" }>;

/** Where threads meet. */
export interface Meeting {
  /** Address of a 64-bit counter of arrivals, alone in its cache line; 0 when a program starts. */
  readonly counter: number;
  /** Address of `sched_yield`. */
  readonly schedYield: bigint;
}

/** A program's code. */
export interface ProgramCode {
  /** Kernels, then the threads' functions. */
  readonly code: Code;
  /** Offset of each thread's function. */
  readonly entries: readonly number[];
}

/**
 * Emits a program.
 *
 * @throws {RangeError} If a kernel cannot be emitted, or two kernels with one id want different slots.
 */
export function assembleProgram(
  target: X64Target,
  threads: readonly (readonly PlacedStep[])[],
  meeting: Meeting,
): ProgramCode {
  const assembler = createAssembler();
  const kernels = emitKernels(assembler, target, threads.flat());
  const barrier = assembler.label();
  assembler.align(64);
  assembler.place(barrier);
  emitBarrier(assembler, meeting.schedYield);
  const labels = threads.map((steps) => {
    const entry = assembler.label();
    assembler.align(64);
    assembler.place(entry);
    emitThread(assembler, steps, kernels, barrier, meeting.counter, threads.length);
    return entry;
  });
  const code = assembler.finish();
  return { code, entries: labels.map((label) => code.offsetOf(label)) };
}

function emitKernels(
  assembler: Assembler,
  target: X64Target,
  steps: readonly PlacedStep[],
): ReadonlyMap<string, Label> {
  const entries = new Map<string, Label>();
  for (const step of steps) {
    if (step.do === "barrier" || entries.has(step.kernel.id)) continue;
    entries.set(step.kernel.id, emitKernel(assembler, step.kernel, target));
  }
  return entries;
}

function emitThread(
  assembler: Assembler,
  steps: readonly PlacedStep[],
  kernels: ReadonlyMap<string, Label>,
  barrier: Label,
  counter: number,
  threads: number,
): void {
  const { emit } = assembler;
  let arrivals = 0;
  emit("sub", r64("rsp"), 8); // callees find the stack aligned to 16 bytes
  for (const step of steps) {
    if (step.do === "call") {
      emit("mov", r64("rdi"), step.block);
      const kernel = kernels.get(step.kernel.id);
      if (kernel !== undefined) assembler.jump("call", kernel);
    } else if (threads > 1) {
      arrivals += threads;
      emit("mov", r64("rdi"), counter);
      emit("mov", r64("rsi"), arrivals);
      assembler.jump("call", barrier);
    }
  }
  emit("add", r64("rsp"), 8);
  emit("ret");
}
