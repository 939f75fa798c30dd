/**
 * Words of the shared memory through which the threads of a backend meet.
 *
 * They lie below the arena, so their addresses are constants of the emitted code. The first 64 bytes of the memory belong
 * to nobody: address 0 is never handed out. Words that different threads wait for lie in different cache lines.
 *
 * @module
 */

/** Byte addresses of the control words, each an int32. */
export const CONTROL = {
  /** Counts commands to the workers; they wait here. */
  ticket: 64,
  /** The command of the current ticket: a program's number, or one of {@linkcode COMMAND}. */
  command: 68,
  /** Workers that have done the current command; the caller waits here. */
  done: 128,
  /** 0, or 1 + the number of the thread that failed first. */
  failed: 132,
  /** Threads that have arrived at the barrier. */
  arrived: 192,
  /** Threads that sleep at the barrier. */
  sleeping: 196,
  /** Counts completed barriers; threads wait here. */
  generation: 256,
} as const;

/** First byte of the arena. */
export const ARENA_START = 320;

/** Commands other than the numbers of programs, which start at 0. */
export const COMMAND = {
  /** Return to the event loop for a message. */
  listen: -1,
  /** End the worker. */
  exit: -2,
} as const;

/** How long a thread spins before it sleeps: about what waking it costs (65 to 200 µs were seen). */
const SPIN_MS = 0.05;

/** The memory as int32 words, for `Atomics`. */
export function controlWords(memory: WebAssembly.Memory): Int32Array {
  return new Int32Array(memory.buffer, 0, ARENA_START / 4);
}

/** The value of a control word. */
export function read(words: Int32Array, address: number): number {
  return Atomics.load(words, address / 4);
}

/** Sets a control word. */
export function write(words: Int32Array, address: number, value: number): void {
  Atomics.store(words, address / 4, value);
}

/** Adds 1 to a control word and wakes who waits for it. */
export function signal(words: Int32Array, address: number): void {
  Atomics.add(words, address / 4, 1);
  Atomics.notify(words, address / 4);
}

/** Spins until `arrived()`, for a bounded time. @returns Whether it arrived. */
export function spin(arrived: () => boolean): boolean {
  const end = performance.now() + SPIN_MS;
  do {
    for (let i = 0; i < 100; i++) if (arrived()) return true;
  } while (performance.now() < end);
  return false;
}

/** Blocks until a control word differs from `value`. */
export function waitForChange(words: Int32Array, address: number, value: number): void {
  if (spin(() => read(words, address) !== value)) return;
  while (read(words, address) === value) Atomics.wait(words, address / 4, value);
}

/** What a program may import from `env`: the memory, and a function that stores the time in it, in nanoseconds. */
export function importsOf(memory: WebAssembly.Memory): WebAssembly.ModuleImports {
  const words = new Uint32Array(memory.buffer);
  const stamp = (address: number): void => {
    const ns = Math.round(1e6 * performance.now());
    words[address / 4] = ns; // its low 32 bits
    words[address / 4 + 1] = Math.floor(ns / 2 ** 32);
  };
  return { memory, stamp };
}

/** Records that `thread` failed and frees who waits at the barrier. @returns Whether it is the first to fail. */
export function fail(words: Int32Array, thread: number): boolean {
  const before = Atomics.compareExchange(words, CONTROL.failed / 4, 0, thread + 1);
  signal(words, CONTROL.generation);
  return before === 0;
}

/** Clears what a failed run left behind. No thread may be running. */
export function clearFailure(words: Int32Array): void {
  for (const address of [CONTROL.failed, CONTROL.arrived, CONTROL.sleeping]) {
    write(words, address, 0);
  }
}
