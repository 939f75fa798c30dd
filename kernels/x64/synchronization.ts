/**
 * How emitted code waits for other threads.
 *
 * @module
 */
import type { Assembler } from "./assembler.ts";
import { low32, memory, r64 } from "./operands.ts";

/** Looks at a counter before the processor is offered to others: about 30 µs where `pause` takes 140 cycles. */
const SPINS = 500;

const [RAX, RCX, RDI, RSI, RSP] = [r64("rax"), r64("rcx"), r64("rdi"), r64("rsi"), r64("rsp")];

/**
 * Counts this thread and waits until the counter has reached what it will be when all are here.
 *
 * in: rdi = address of the 64-bit counter, rsi = arrivals to wait for; clobbers what System V lets a callee clobber.
 *
 * @param schedYield Address of libc's `sched_yield`, called whenever spinning has not helped.
 */
export function emitBarrier(assembler: Assembler, schedYield: bigint): void {
  const { emit } = assembler;
  emit("mov", low32(RAX), 1);
  emit("lock xadd", memory(RDI), RAX); // also makes earlier stores visible
  emitWait(assembler, schedYield);
}

/** Waits until the counter at rdi is at least rsi, then returns to the caller. */
function emitWait(assembler: Assembler, schedYield: bigint): void {
  const { emit } = assembler;
  const [again, spin, done] = [assembler.label(), assembler.label(), assembler.label()];
  assembler.place(again);
  emit("mov", low32(RCX), SPINS);
  assembler.place(spin);
  emit("cmp", memory(RDI), RSI);
  assembler.jump("jae", done, "short");
  emit("pause");
  emit("dec", RCX);
  assembler.jump("jnz", spin);
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
