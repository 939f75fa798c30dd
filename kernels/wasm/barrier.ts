/**
 * The barrier between the threads of a program, as a WebAssembly function.
 *
 * The last thread to arrive starts the next generation; the others spin for a while, then sleep until the generation
 * changes. Arriving costs one atomic addition; nobody is notified unless somebody sleeps.
 *
 * @module
 */
import { type Code, createCode } from "./code.ts";
import { CONTROL } from "./control.ts";

/** Loads of the generation before a thread sleeps: some 20 µs. */
const SPINS = 20_000;

/** The body of a function without parameters that returns when `threads` threads are in it, and traps if one failed. */
export function emitBarrier(threads: number): Code {
  const code = createCode(0);
  const generation = code.declare("i32");
  load(code, CONTROL.generation).set(generation);
  trapIfFailed(code);
  add(code, CONTROL.arrived, 1).i32(threads - 1).plain("i32.eq");
  code.open("if");
  openNextGeneration(code);
  code.plain("return").plain("end");
  awaitNextGeneration(code, generation);
  return trapIfFailed(code);
}

function openNextGeneration(code: Code): void {
  // Before the generation changes: a freed thread may arrive at the next barrier at once.
  code.i32(CONTROL.arrived).i32(0).memory("i32.atomic.store");
  add(code, CONTROL.generation, 1).plain("drop");
  load(code, CONTROL.sleeping).open("if");
  code.i32(CONTROL.generation).i32(-1).memory("memory.atomic.notify").plain("drop");
  code.plain("end");
}

function awaitNextGeneration(code: Code, generation: number): void {
  const spins = code.declare("i32");
  code.i32(SPINS).set(spins);
  code.open("block").open("loop");
  load(code, CONTROL.generation).get(generation).plain("i32.ne").indexed("br_if", 1);
  code.get(spins).i32(-1).plain("i32.add").indexed("local.tee", spins).indexed("br_if", 0);
  code.plain("end");
  // Whoever changes the generation after this addition sees a sleeper; if it changed before, the wait returns at once.
  add(code, CONTROL.sleeping, 1).plain("drop");
  code.open("loop");
  code.i32(CONTROL.generation).get(generation).i64(-1).memory("memory.atomic.wait32").plain("drop");
  load(code, CONTROL.generation).get(generation).plain("i32.eq").indexed("br_if", 0);
  code.plain("end");
  add(code, CONTROL.sleeping, -1).plain("drop");
  code.plain("end");
}

/** A thread that failed never arrives; the others must not wait for it, nor compute on. */
function trapIfFailed(code: Code): Code {
  return load(code, CONTROL.failed).open("if").plain("unreachable").plain("end");
}

function load(code: Code, address: number): Code {
  return code.i32(address).memory("i32.atomic.load");
}

/** Adds to a control word; its value before is on the stack. */
function add(code: Code, address: number, by: number): Code {
  return code.i32(address).i32(by).memory("i32.atomic.rmw.add");
}
