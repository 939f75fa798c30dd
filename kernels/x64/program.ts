/**
 * From lists of steps to machine code: one function a thread, which calls the kernels in turn.
 *
 * A thread's function follows System V, takes nothing and returns nothing; addresses of argument blocks and barrier
 * counts are constants in its code. The first thread's function starts the others and returns when all have ended.
 *
 * @module
 */
import type { Step } from "../backend.ts";
import type { Kernel } from "../machine.ts";
import { type Assembler, type Code, createAssembler, type Label } from "./assembler.ts";
import { emitKernel, type X64Target } from "./machine.ts";
import { low32, memory, r64 } from "./operands.ts";
import { emitArrival, emitBarrier, emitStart } from "./synchronization.ts";

/** A step whose arguments are in memory. */
export type PlacedStep =
  | {
    /** Runs a kernel. */
    readonly do: "call";
    /** The kernel. */
    readonly kernel: Kernel;
    /** Address of its argument block. */
    readonly block: number;
  }
  | Exclude<Step, { readonly do: "call" }>;

/** What threads meet at. */
export interface Meeting {
  /** Address of a 64-bit counter of arrivals, alone in its cache line; 0 when a program starts. */
  readonly counter: number;
  /** Addresses of the records of the workers; the first belongs to thread 1. */
  readonly records: readonly number[];
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

/** What the threads' functions call. */
interface Routines {
  readonly kernels: ReadonlyMap<string, Label>;
  readonly barrier: Label;
  readonly start: Label;
}

/**
 * Emits a program.
 *
 * @throws {RangeError} If a kernel cannot be emitted.
 */
export function assembleProgram(
  target: X64Target,
  threads: readonly (readonly PlacedStep[])[],
  meeting: Meeting,
): ProgramCode {
  const assembler = createAssembler();
  const routines = {
    kernels: emitKernels(assembler, target, threads.flat()),
    barrier: emitRoutine(assembler, () => emitBarrier(assembler, meeting.schedYield)),
    start: emitRoutine(assembler, () => emitStart(assembler)),
  };
  const labels = threads.map((steps, thread) =>
    emitRoutine(
      assembler,
      () => emitThread(assembler, steps, routines, meeting, thread, threads.length),
    )
  );
  const code = assembler.finish();
  return { code, entries: labels.map((label) => code.offsetOf(label)) };
}

function emitRoutine(assembler: Assembler, body: () => void): Label {
  const entry = assembler.label();
  assembler.align(64);
  assembler.place(entry);
  body();
  return entry;
}

function emitKernels(
  assembler: Assembler,
  target: X64Target,
  steps: readonly PlacedStep[],
): ReadonlyMap<string, Label> {
  const entries = new Map<string, Label>();
  for (const step of steps) {
    if (step.do !== "call" || entries.has(step.kernel.id)) continue;
    entries.set(step.kernel.id, emitKernel(assembler, step.kernel, target));
  }
  return entries;
}

function emitThread(
  assembler: Assembler,
  steps: readonly PlacedStep[],
  { kernels, barrier, start }: Routines,
  { counter, records }: Meeting,
  thread: number,
  threads: number,
): void {
  const { emit } = assembler;
  const [rdi, rsi, rsp] = [r64("rdi"), r64("rsi"), r64("rsp")];
  let arrivals = 0;

  function meet(): void {
    if (threads === 1) return;
    arrivals += threads;
    emit("mov", rdi, counter);
    emit("mov", rsi, arrivals);
    assembler.jump("call", barrier);
  }

  emit("sub", rsp, 8); // callees find the stack aligned to 16 bytes
  if (thread === 0) {
    for (const record of records.slice(0, threads - 1)) {
      emit("mov", rdi, record);
      assembler.jump("call", start);
    }
  }
  for (const step of steps) {
    if (step.do === "barrier") {
      meet();
      continue;
    }
    if (step.do === "stamp") {
      emitStamp(assembler, step.at);
      continue;
    }
    const kernel = kernels.get(step.kernel.id);
    if (kernel === undefined) throw new RangeError(`Cannot call ${step.kernel.id}: not emitted`);
    emit("mov", rdi, step.block);
    assembler.jump("call", kernel);
  }
  if (thread === 0) {
    meet();
  } else {
    emit("mov", rdi, counter);
    emitArrival(assembler); // the first thread waits for it; this one need not wait
  }
  emit("add", rsp, 8);
  emit("ret");
}

/** Stores the time stamp counter, which runs at one rate on all cores. Clobbers rax, rdx, rdi. */
function emitStamp({ emit }: Assembler, at: number): void {
  const [eax, edx, rdi] = [low32(r64("rax")), low32(r64("rdx")), r64("rdi")];
  emit("rdtsc");
  emit("mov", rdi, at);
  emit("mov", memory(rdi), eax);
  emit("mov", memory(rdi, { disp: 4 }), edx);
}
