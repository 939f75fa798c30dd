/**
 * Where emitted code lives and runs: an arena of memory and programs over it.
 *
 * @module
 */
import type { Kernel, Target } from "./machine.ts";

/** One step of a thread's program. */
export type Step =
  | {
    /** Runs a kernel. */
    readonly do: "call";
    /** The kernel; kernels with equal ids are emitted once. */
    readonly kernel: Kernel;
    /** Argument slots: arena addresses, counts or sizes, all non-negative integers below 2^47. */
    readonly args: readonly number[];
  }
  | {
    /** Waits until every thread of the program is here. */
    readonly do: "barrier";
  }
  | {
    /** Notes the time. */
    readonly do: "stamp";
    /**
     * Arena address, a multiple of 8, at which the time is stored as a 64-bit integer, the low word first. Its unit and origin are
     * the back end's; only differences within a thread mean something.
     */
    readonly at: number;
  };

/** Machine code for one job: one list of steps a thread. */
export interface Program extends Disposable {
  /** Bytes of emitted code. */
  readonly codeBytes: number;
  /**
   * Runs all threads to the end. Thread 0 is the caller's, so that one thread needs no hand-over.
   *
   * Reads and writes the arena only. With one thread it runs synchronously, before `run` returns.
   */
  run(): Promise<void> | void;
}

/** Memory and code of one target. Addresses are plain numbers: pointers (x86-64) or offsets into the wasm memory. */
export interface Backend extends Disposable {
  /** Instruction set of the emitted code. */
  readonly target: Target;
  /** Most threads that a program may have. */
  readonly threads: number;
  /** Bytes of the arena in use. */
  readonly usedBytes: number;
  /**
   * Takes `sizeBytes` of zeroed arena, 64-byte aligned. There is no free: disposing the backend frees all.
   *
   * @throws {RangeError} If the arena is exhausted; names both sizes.
   */
  allocate(sizeBytes: number): number;
  /** A view of the arena. Views stay valid until the backend is disposed. */
  float32(address: number, length: number): Float32Array;
  /** A view of the arena. */
  uint32(address: number, length: number): Uint32Array;
  /** A view of the arena. */
  bytes(address: number, length: number): Uint8Array;
  /**
   * Address at which emitted code reads and writes memory outside of the arena, in place; `null` where code reaches its
   * arena only (WebAssembly). It holds as long as the buffer of the view is neither collected nor detached.
   *
   * Whoever gives it to a kernel answers for every byte that the kernel touches: nothing checks that it stays in the buffer.
   */
  addressOf(view: ArrayBufferView<ArrayBuffer>): number | null;
  /**
   * Emits one program. Takes arena memory for argument blocks and barriers.
   *
   * @param threads One list of steps for each thread; every list has the same number of barriers.
   * @throws {RangeError} If the lists have different numbers of barriers, or there are none.
   */
  build(threads: readonly (readonly Step[])[]): Program;
}

/** Asked of a back end before it is opened. */
export interface BackendOptions {
  /** Instruction set wanted; it must be among those that {@linkcode BackendSupport.targets} lists. */
  readonly target: Target;
  /** Arena size in bytes; fixed for the life of the backend. */
  readonly arenaBytes: number;
  /** Most threads that a program will have; default 1. */
  readonly threads?: number;
}

/** What a back end can do here. */
export interface BackendSupport {
  /** Targets that work, fastest first. */
  readonly targets: readonly Target[];
  /** Why each of the others does not, e.g. `CPU lacks avx512f`, `no --allow-ffi`. */
  readonly missing: Readonly<Partial<Record<Target, string>>>;
  /** Why kernels that multiply bytes do not work on one of the targets that do, e.g. `CPU lacks avx512vnni`. */
  readonly bytes: Readonly<Partial<Record<Target, string>>>;
}
