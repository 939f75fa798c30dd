/**
 * The x86-64 back end: an arena, and programs of emitted code over it.
 *
 * @module
 */
import { EnvironmentError } from "../../core/mod.ts";
import type { Backend, BackendOptions, Program, Step } from "../backend.ts";
import type { X64Target } from "./machine.ts";
import { type Arena, type ExecutableMemory, type Libc, mapArena, mapCode } from "./memory.ts";
import { openLibc } from "./memory.ts";
import { assembleProgram, type PlacedStep } from "./program.ts";
import { x64Support } from "./support.ts";

/** Allocations start at multiples of this: a cache line, and the widest vector. */
const ALIGNMENT = 64;
const SLOT_BYTES = 8;

/**
 * Opens the back end.
 *
 * @throws {EnvironmentError} If the target does not work here, or the memory is not to be had.
 */
export function createX64Backend(options: BackendOptions): Backend {
  const target = supportedTarget(options.target);
  if ((options.threads ?? 1) > 1) {
    throw new RangeError(`Cannot open x86-64 backend: ${options.threads} threads, expected 1`);
  }
  const libc = openLibc();
  try {
    return openBackend(target, libc, mapArena(libc, options.arenaBytes), options);
  } catch (error) {
    libc[Symbol.dispose]();
    throw error;
  }
}

function supportedTarget(wanted: BackendOptions["target"]): X64Target {
  const { targets, missing } = x64Support();
  const target = targets.find((one) => one === wanted);
  if (target === "avx512" || target === "avx2") return target;
  const expected = targets.length > 0 ? targets.join(" or ") : "another back end";
  throw new EnvironmentError(
    `Cannot open x86-64 backend for ${wanted}: ${
      missing[wanted] ?? "not an x86-64 target"
    }, expected ${expected}`,
    { remedy: "deno task doctor" },
  );
}

function openBackend(
  target: X64Target,
  libc: Libc,
  arena: Arena,
  { threads: mostThreads = 1 }: BackendOptions,
): Backend {
  const programs = new Set<Program>();
  let usedBytes = 0;
  let open = true;

  function allocate(sizeBytes: number): number {
    checkOpen(open);
    const size = Math.ceil(sizeBytes / ALIGNMENT) * ALIGNMENT;
    const free = arena.buffer.byteLength - usedBytes;
    if (!(sizeBytes >= 0) || size > free) {
      throw new RangeError(
        `Cannot allocate ${sizeBytes} bytes: ${free} of ${arena.buffer.byteLength} are free, expected enough`,
      );
    }
    const address = arena.address + usedBytes;
    usedBytes += size;
    return address;
  }

  /** Byte offset of `length` elements in the arena. */
  function offsetOf(address: number, length: number, elementBytes: number): number {
    checkOpen(open);
    const offset = address - arena.address;
    const end = offset + length * elementBytes;
    if (!(offset >= 0 && length >= 0 && end <= arena.buffer.byteLength)) {
      throw new RangeError(
        `Cannot view ${length} x ${elementBytes} bytes at ${address}: outside the arena, expected ${arena.address} to ${
          arena.address + arena.buffer.byteLength
        }`,
      );
    }
    return offset;
  }

  function build(threads: readonly (readonly Step[])[]): Program {
    checkOpen(open);
    checkThreads(threads, mostThreads);
    const words = threads.flat().map((step) => step.do === "call" ? step.args.length : 0);
    const blocks = allocate(SLOT_BYTES * words.reduce((sum, count) => sum + count, 0));
    const counter = allocate(ALIGNMENT);
    const view = new BigUint64Array(
      arena.buffer,
      offsetOf(blocks, 0, SLOT_BYTES),
    );
    const placed = placeSteps(threads, blocks, view);
    const { code, entries } = assembleProgram(target, placed, {
      counter,
      schedYield: libc.schedYield,
    });
    const program = createProgram(libc, mapCode(libc, code.bytes), entries, code.codeBytes);
    programs.add(program);
    return program;
  }

  return {
    target,
    get usedBytes(): number {
      return usedBytes;
    },
    allocate,
    float32: (at, length) => new Float32Array(arena.buffer, offsetOf(at, length, 4), length),
    uint32: (at, length) => new Uint32Array(arena.buffer, offsetOf(at, length, 4), length),
    bytes: (at, length) => new Uint8Array(arena.buffer, offsetOf(at, length, 1), length),
    build,
    [Symbol.dispose]: () => {
      if (!open) return;
      open = false;
      for (const program of programs) program[Symbol.dispose]();
      arena[Symbol.dispose]();
      libc[Symbol.dispose]();
    },
  };
}

function checkOpen(open: boolean): void {
  if (!open) throw new RangeError("Cannot use backend: it was disposed, expected it to be open");
}

function createProgram(
  libc: Libc,
  code: ExecutableMemory,
  entries: readonly number[],
  codeBytes: number,
): Program {
  return {
    codeBytes,
    run: () => libc.call(code.pointer(entries[0] ?? 0), null),
    [Symbol.dispose]: () => code[Symbol.dispose](),
  };
}

/** Refuses what would hang or crash: no threads, more than there are, barriers that do not match, bad arguments. */
function checkThreads(threads: readonly (readonly Step[])[], most: number): void {
  if (threads.length === 0 || threads.length > most) {
    throw new RangeError(
      `Cannot build program: ${threads.length} threads, expected 1 to ${most} (the backend's option)`,
    );
  }
  const barriers = threads.map((steps) => steps.filter((step) => step.do === "barrier").length);
  if (new Set(barriers).size > 1) {
    throw new RangeError(
      `Cannot build program: threads have ${barriers.join(", ")} barriers, expected equal numbers`,
    );
  }
  for (const step of threads.flat()) {
    if (step.do === "barrier") continue;
    const { kernel, args } = step;
    if (args.length < kernel.slots) {
      throw new RangeError(
        `Cannot call ${kernel.id}: ${args.length} arguments, expected ${kernel.slots}`,
      );
    }
    const bad = args.find((value) => !(Number.isInteger(value) && value >= 0 && value < 2 ** 47));
    if (bad !== undefined) {
      throw new RangeError(
        `Cannot call ${kernel.id}: argument is ${bad}, expected an integer from 0 to 2^47 - 1`,
      );
    }
  }
}

/** Writes the arguments of all calls one after the other and notes where. */
function placeSteps(
  threads: readonly (readonly Step[])[],
  blocks: number,
  view: BigUint64Array,
): PlacedStep[][] {
  let slot = 0;
  return threads.map((steps) =>
    steps.map((step) => {
      if (step.do === "barrier") return step;
      const block = blocks + SLOT_BYTES * slot;
      for (const value of step.args) view[slot++] = BigInt(value);
      return { do: "call", kernel: step.kernel, block };
    })
  );
}
