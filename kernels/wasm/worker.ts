/**
 * A thread of the WebAssembly back end: a worker that sleeps on a word of the shared memory between runs.
 *
 * Programs arrive as messages, because only messages carry modules; a worker that sleeps sees no message, so it is first
 * told to listen. Everything else goes through the control words.
 *
 * @module
 */
import {
  COMMAND,
  CONTROL,
  controlWords,
  fail,
  importsOf,
  read,
  signal,
  waitForChange,
} from "./control.ts";

/** Sent to a worker: the programs to forget and the one to load, with everything that a new worker does not know. */
export interface LoadMessage {
  /** The ticket that told the worker to listen. */
  readonly ticket: number;
  /** The shared memory. */
  readonly memory: WebAssembly.Memory;
  /** The worker's thread, 1 and up. */
  readonly thread: number;
  /** The program's number. */
  readonly program: number;
  /** Its code. */
  readonly module: WebAssembly.Module;
  /** Name of this thread's exported function; a program of fewer threads does not have it. */
  readonly entry: string;
  /** Numbers of programs that will not run again. */
  readonly forget: readonly number[];
}

/** Sent by a worker. */
export type WorkerMessage =
  | { readonly type: "loaded" }
  | { readonly type: "failed"; readonly reason: string };

/** What a worker's global object is used for; the ambient types describe that of a window. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<LoadMessage>) => void) | null;
  postMessage(message: WorkerMessage): void;
  close(): void;
}

// This file runs only in workers, whose global object has these members.
const scope = globalThis as unknown as WorkerScope;

type Entries = Map<number, () => void>;

/** Starts taking messages. Each one ends with the worker asleep, or gone. */
function start(): void {
  const entries: Entries = new Map();
  scope.onmessage = ({ data }) => {
    data.forget.forEach((program) => entries.delete(program));
    const instance = new WebAssembly.Instance(data.module, { env: importsOf(data.memory) });
    const entry = instance.exports[data.entry];
    // Exported functions take and return numbers; this one takes and returns nothing.
    if (typeof entry === "function") entries.set(data.program, entry as () => void);
    scope.postMessage({ type: "loaded" });
    serve(controlWords(data.memory), data, entries);
  };
}

/** Runs programs until told to listen or to end. */
function serve(words: Int32Array, { ticket, thread }: LoadMessage, entries: Entries): void {
  for (let seen = ticket;;) {
    waitForChange(words, CONTROL.ticket, seen);
    seen = read(words, CONTROL.ticket);
    const command = read(words, CONTROL.command);
    if (command === COMMAND.listen) return;
    if (command === COMMAND.exit) return scope.close();
    runEntry(words, thread, entries.get(command));
    signal(words, CONTROL.done);
  }
}

function runEntry(words: Int32Array, thread: number, entry: (() => void) | undefined): void {
  try {
    entry?.();
  } catch (error) {
    if (fail(words, thread)) scope.postMessage({ type: "failed", reason: String(error) });
  }
}

start();
