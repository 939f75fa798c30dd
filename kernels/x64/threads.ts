/**
 * Worker threads that run emitted code and nothing else: they never touch JavaScript.
 *
 * A program starts them from its first thread's code and waits for them there, so that a run is one ordinary call. An
 * idle worker spins for some 30 µs and then sleeps in the kernel.
 *
 * Why not Deno's nonblocking calls: measured in turn (Xeon, family 6, model 207), an empty run on two threads takes 0.6 µs
 * this way and 16 to 21 µs with one nonblocking call and its promise (medians, both cores free). Waking a sleeper takes 20
 * to 40 µs. Where other work leaves both threads one core, either takes about 16 µs.
 *
 * @module
 */
import { createAssembler } from "./assembler.ts";
import type { Libc } from "./libc.ts";
import { type ExecutableMemory, mapCode } from "./memory.ts";
import { r64 } from "./operands.ts";
import { emitStart, emitWorker, RECORD_BYTES, RECORD_ENTRY } from "./synchronization.ts";

/** Threads waiting for programs. */
export interface ThreadPool extends Disposable {
  /** Addresses of the workers' records; the first belongs to thread 1. */
  readonly records: readonly number[];
  /** Says what worker `worker` runs when it is started next. */
  assign(worker: number, entry: bigint): void;
}

/**
 * Starts threads.
 *
 * @param address Zeroed memory of {@linkcode RECORD_BYTES} for each worker, which outlives the pool.
 * @param words View of that memory.
 * @throws {EnvironmentError} If the system refuses a thread.
 */
export function startThreads(libc: Libc, address: number, words: BigUint64Array): ThreadPool {
  const count = words.byteLength / RECORD_BYTES;
  const records = Array.from({ length: count }, (_, i) => address + RECORD_BYTES * i);
  const { memory, worker, startAll } = mapWorkerCode(libc, records);
  const threads: bigint[] = [];

  function assign(index: number, entry: bigint): void {
    words[(RECORD_BYTES * index + RECORD_ENTRY) / 8] = entry;
  }

  function dispose(): void {
    threads.forEach((_, i) => assign(i, 0n)); // 0 asks to end
    libc.call(memory.pointer(startAll), null);
    for (const thread of threads.splice(0)) libc.joinThread(thread);
    memory[Symbol.dispose]();
  }

  try {
    for (const record of records) {
      const argument = Deno.UnsafePointer.create(BigInt(record));
      threads.push(libc.startThread(memory.pointer(worker), argument));
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return { records, assign, [Symbol.dispose]: dispose };
}

interface WorkerCode {
  readonly memory: ExecutableMemory;
  /** Offset of the threads' start routine. */
  readonly worker: number;
  /** Offset of a function that starts every worker. */
  readonly startAll: number;
}

function mapWorkerCode(libc: Libc, records: readonly number[]): WorkerCode {
  const assembler = createAssembler();
  const start = assembler.label();
  emitWorker(assembler);
  assembler.place(start);
  emitStart(assembler);
  const startAll = assembler.offset;
  for (const record of records) {
    assembler.emit("mov", r64("rdi"), record);
    assembler.jump("call", start);
  }
  assembler.emit("ret");
  return { memory: mapCode(libc, assembler.finish().bytes), worker: 0, startAll };
}
