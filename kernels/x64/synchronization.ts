/**
 * How emitted code starts other threads and waits for them.
 *
 * Every worker has a record of one cache line in the arena: a sequence number that the main thread raises to start it, the
 * function to run, and whether it sleeps. The main thread raises, then looks whether the worker sleeps; the worker says
 * that it sleeps, then looks at the sequence. Both do the first with a locked instruction, so one of them sees the
 * other, and no wake-up is lost.
 *
 * @module
 */
import type { Assembler, Label } from "./assembler.ts";
import { low32, memory, r64, type Register } from "./operands.ts";

/** Bytes of a worker's record. */
export const RECORD_BYTES = 64;
/** Offset of the 64-bit sequence number; starts at 0, and 1 asks for the first run. */
const SEQUENCE = 0;
/** Offset of the address of the function to run; 0 asks the worker to end. */
export const RECORD_ENTRY = 8;
/** Offset of a 64-bit count of sleepers: 0 or 1. */
const SLEEPING = 16;

/** Looks at a counter before the processor is offered to others: about 30 µs where `pause` takes 140 cycles. */
const SPINS = 500;

// <linux/futex.h> and <asm/unistd_64.h>
const SYS_FUTEX = 202;
const FUTEX_WAIT_PRIVATE = 128;
const FUTEX_WAKE_PRIVATE = 129;

const [RAX, RBX, RCX, RDX] = [r64("rax"), r64("rbx"), r64("rcx"), r64("rdx")];
const [RDI, RSI, RSP, R10, R12] = [r64("rdi"), r64("rsi"), r64("rsp"), r64("r10"), r64("r12")];

/**
 * Counts this thread and waits until the counter has reached what it will be when all are here.
 *
 * in: rdi = address of the 64-bit counter, rsi = arrivals to wait for; clobbers what System V lets a callee clobber.
 *
 * @param schedYield Address of libc's `sched_yield`, called whenever spinning has not helped.
 */
export function emitBarrier(assembler: Assembler, schedYield: bigint): void {
  const { emit } = assembler;
  const [again, done] = [assembler.label(), assembler.label()];
  emitArrival(assembler);
  assembler.place(again);
  emitSpin(assembler, RDI, RSI, done);
  emit("push", RDI);
  emit("push", RSI);
  emit("sub", RSP, 8); // a multiple of 16 at the call
  emit("mov", RAX, Number(schedYield));
  emit("call", RAX);
  emit("add", RSP, 8);
  emit("pop", RSI);
  emit("pop", RDI);
  assembler.jump("jmp", again);
  assembler.place(done);
  emit("ret");
}

/** Counts this thread; what it has stored before is then visible to all. in: rdi = address of the counter. */
export function emitArrival({ emit }: Assembler): void {
  emit("mov", low32(RAX), 1);
  emit("lock xadd", memory(RDI), RAX);
}

/** Goes to `reached` once the counter is at least `wanted`, or on after {@linkcode SPINS} looks. Clobbers rcx. */
function emitSpin(assembler: Assembler, counter: Register, wanted: Register, reached: Label): void {
  const { emit } = assembler;
  const spin = assembler.label();
  emit("mov", low32(RCX), SPINS);
  assembler.place(spin);
  emit("cmp", memory(counter), wanted);
  assembler.jump("jae", reached);
  emit("pause");
  emit("dec", RCX);
  assembler.jump("jnz", spin);
}

/** A function that starts a worker. in: rdi = its record; clobbers rax, rcx, rdx, rsi, r11. */
export function emitStart(assembler: Assembler): void {
  const { emit } = assembler;
  const awake = assembler.label();
  emit("mov", low32(RAX), 1);
  emit("lock xadd", memory(RDI, { disp: SEQUENCE }), RAX);
  emit("cmp", memory(RDI, { disp: SLEEPING }), 0);
  assembler.jump("jz", awake, "short");
  emit("mov", low32(RSI), FUTEX_WAKE_PRIVATE);
  emit("mov", low32(RDX), 1);
  emit("mov", low32(RAX), SYS_FUTEX);
  emit("syscall");
  assembler.place(awake);
  emit("ret");
}

/**
 * What a worker thread does: waits to be started, runs the function in its record, and again, until that is 0.
 *
 * in: rdi = its record. rbx holds the record, r12 the sequence number that starts the next run.
 */
export function emitWorker(assembler: Assembler): void {
  const { emit } = assembler;
  const [next, go, end] = [assembler.label(), assembler.label(), assembler.label()];
  emit("push", RBX);
  emit("push", R12);
  emit("sub", RSP, 8); // a multiple of 16 at the call
  emit("mov", RBX, RDI);
  emit("xor", low32(R12), low32(R12));
  assembler.place(next);
  emit("add", R12, 1);
  emitSpin(assembler, RBX, R12, go);
  emitSleep(assembler);
  assembler.place(go);
  emit("mov", RAX, memory(RBX, { disp: RECORD_ENTRY }));
  emit("test", RAX, RAX);
  assembler.jump("jz", end, "short");
  emit("call", RAX);
  assembler.jump("jmp", next);
  assembler.place(end);
  emit("add", RSP, 8);
  emit("pop", R12);
  emit("pop", RBX);
  emit("xor", low32(RAX), low32(RAX));
  emit("ret");
}

/** Sleeps until the sequence at rbx is r12. The kernel goes to sleep only if it still finds the number before. */
function emitSleep(assembler: Assembler): void {
  const { emit } = assembler;
  const [sleep, awake] = [assembler.label(), assembler.label()];
  const sleeping = memory(RBX, { disp: SLEEPING });
  emit("mov", low32(RAX), 1);
  emit("lock xadd", sleeping, RAX);
  assembler.place(sleep);
  emit("cmp", memory(RBX, { disp: SEQUENCE }), R12);
  assembler.jump("jae", awake, "short");
  emit("mov", RDI, RBX);
  emit("mov", low32(RSI), FUTEX_WAIT_PRIVATE);
  emit("mov", RDX, R12);
  emit("sub", RDX, 1);
  emit("xor", low32(R10), low32(R10)); // no time limit
  emit("mov", low32(RAX), SYS_FUTEX);
  emit("syscall");
  assembler.jump("jmp", sleep);
  assembler.place(awake);
  emit("mov", RAX, -1);
  emit("lock xadd", sleeping, RAX);
}
