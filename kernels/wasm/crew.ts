/**
 * The workers of one backend: started for the first program of several threads, asleep between runs, ended with the backend.
 *
 * A run costs two atomic words when the workers still spin, and a wake-up (some 100 µs) when they sleep. Modules are
 * compiled once: workers instantiate the caller's module.
 *
 * @module
 */
import { EnvironmentError } from "../../core/mod.ts";
import {
  clearFailure,
  COMMAND,
  CONTROL,
  controlWords,
  fail,
  read,
  signal,
  spin,
  write,
} from "./control.ts";
import { threadExport } from "./program.ts";
import type { LoadMessage, WorkerMessage } from "./worker.ts";

/** A program as the workers see it. */
export interface CrewProgram {
  /** Names the program; not used twice. */
  readonly number: number;
  /** Its code. */
  readonly module: WebAssembly.Module;
  /** The caller's share. */
  readonly entry: () => void;
}

/** Workers and the caller's thread, together. */
export interface Crew extends Disposable {
  /** Gives the workers a program, starting them if need be. */
  load(program: CrewProgram): Promise<void>;
  /** Runs a loaded program on all threads. No other run may be under way. */
  run(program: CrewProgram): Promise<void>;
  /** Drops a program from the workers at the next load. */
  forget(number: number): void;
}

/** A worker and the first thing it says next. */
interface Member extends Disposable {
  readonly worker: Worker;
  /** Resolves with the next message; rejects if the worker breaks or is ended. */
  next(): Promise<WorkerMessage>;
}

/** A crew of `threads` threads, the caller's included. Starts no worker yet. */
export function createCrew(memory: WebAssembly.Memory, threads: number): Crew {
  const words = controlWords(memory);
  const members: Member[] = [];
  let forgotten: number[] = [];
  let disposed = false;

  function command(value: number): void {
    write(words, CONTROL.command, value);
    signal(words, CONTROL.ticket);
  }

  async function load({ number, module }: CrewProgram): Promise<void> {
    while (members.length < threads - 1) members.push(startMember());
    command(COMMAND.listen);
    const shared = { ticket: read(words, CONTROL.ticket), memory, program: number, module };
    const forget = forgotten;
    forgotten = [];
    const loaded = members.map(({ worker, next }, index) => {
      const thread = index + 1;
      const message: LoadMessage = { ...shared, thread, entry: threadExport(thread), forget };
      const reply = next();
      worker.postMessage(message);
      return reply;
    });
    await Promise.all(loaded);
  }

  async function run({ number, entry }: CrewProgram): Promise<void> {
    write(words, CONTROL.done, 0);
    command(number);
    let failure: unknown;
    try {
      entry();
    } catch (error) {
      fail(words, 0);
      failure = error;
    }
    await finished();
    const failed = read(words, CONTROL.failed);
    if (failed === 0) return;
    clearFailure(words);
    if (failed > 1) failure = await members[failed - 2]?.next();
    throw new Error(`Cannot finish program: thread ${failed - 1} failed: ${describe(failure)}`);
  }

  /** Spins first: shares are balanced, so that the others are nearly done. Then lets the event loop turn. */
  async function finished(): Promise<void> {
    const workers = members.length;
    const all = (): boolean => read(words, CONTROL.done) === workers;
    if (spin(all)) return;
    while (!all()) {
      if (disposed) throw new Error("Cannot finish program: its backend was disposed while it ran");
      const done = read(words, CONTROL.done);
      if (done !== workers) await Atomics.waitAsync(words, CONTROL.done / 4, done).value;
    }
  }

  return {
    load,
    run,
    forget: (number) => void forgotten.push(number),
    [Symbol.dispose](): void {
      disposed = true;
      command(COMMAND.exit);
      Atomics.notify(words, CONTROL.done / 4);
      for (const member of members.splice(0)) member[Symbol.dispose]();
    },
  };
}

/** Taken when this file is loaded, since libraries such as ONNX Runtime replace the global one by Node's. */
const WebWorker = globalThis.Worker;

function startMember(): Member {
  const worker = new WebWorker(import.meta.resolve("./worker.ts"), { type: "module" });
  const unread: WorkerMessage[] = [];
  let waiting: PromiseWithResolvers<WorkerMessage> | null = null;
  let broken: Error | null = null;
  worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
    if (waiting === null) unread.push(data);
    else waiting.resolve(data);
    waiting = null;
  };

  function fall(error: Error): void {
    broken = error;
    waiting?.reject(error);
    waiting = null;
  }

  worker.onerror = (event) => {
    event.preventDefault();
    const remedy = "deno run --allow-read ...";
    fall(new EnvironmentError(`Cannot run WebAssembly thread: ${event.message}`, { remedy }));
  };
  return {
    worker,
    next(): Promise<WorkerMessage> {
      if (broken !== null) return Promise.reject(broken);
      const message = unread.shift();
      if (message !== undefined) return Promise.resolve(message);
      waiting = Promise.withResolvers();
      return waiting.promise;
    },
    [Symbol.dispose](): void {
      worker.terminate();
      fall(new Error("Cannot finish program: its backend was disposed while it ran"));
    },
  };
}

function describe(failure: unknown): string {
  if (failure instanceof Error) return failure.message;
  // What a worker sends; anything else was thrown by emitted code, which throws errors only.
  return (failure as { readonly reason?: string } | undefined)?.reason ?? String(failure);
}
