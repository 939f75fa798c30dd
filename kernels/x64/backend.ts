/**
 * The x86-64 back end: an arena, and programs of emitted code over it.
 *
 * A run is synchronous with any number of threads, so no second run can start meanwhile.
 *
 * @module
 */
import { EnvironmentError } from "../../core/mod.ts";
import type { Backend, BackendOptions, Program, Step } from "../backend.ts";
import { DOT_MNEMONIC } from "./byte_operations.ts";
import { type Libc, openLibc } from "./libc.ts";
import type { X64Target } from "./machine.ts";
import { type Arena, createAddressBook, mapArena, mapCode } from "./memory.ts";
import { assembleProgram, type ProgramCode } from "./program.ts";
import { argumentBytes, checkThreads, placeSteps, SLOT_BYTES } from "./steps.ts";
import { x64Support } from "./support.ts";
import { RECORD_BYTES } from "./synchronization.ts";
import { startThreads, type ThreadPool } from "./threads.ts";

/** Allocations start at multiples of this: a cache line, and the widest vector. */
const ALIGNMENT = 64;
/** Some multiples of what any machine has; more is a mistake, and each costs a stack. */
const MOST_THREADS = 1024;

/**
 * Opens the back end. With more than one thread it starts them; they sleep between runs and end when it is disposed.
 *
 * @throws {EnvironmentError} If the target does not work here, or memory or threads are not to be had.
 * @throws {RangeError} If the number of threads is not an integer from 1 to 1024.
 */
export function createX64Backend(options: BackendOptions): Backend {
  const { target, bytes } = supportedTarget(options.target);
  const { threads = 1, arenaBytes } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    throw new RangeError(
      `Cannot open backend: ${threads} threads, expected an integer from 1 to ${MOST_THREADS}`,
    );
  }
  using resources = new DisposableStack();
  const libc = resources.use(openLibc());
  // The back end's own needs come on top of what the caller asked for.
  const arena = resources.use(mapArena(libc, arenaBytes + RECORD_BYTES * threads));
  const space = createSpace(arena);
  const workers = openWorkers(libc, space, threads - 1);
  if (workers !== null) resources.use(workers);
  const assemble: Assemble = (threads, meeting) => {
    const program = assembleProgram(target, threads, meeting);
    if (bytes !== undefined) checkInstructions(program, target, bytes);
    return program;
  };
  return openBackend(target, assemble, libc, space, workers, resources.move());
}

/** Emits what this processor can run. */
type Assemble = (
  threads: Parameters<typeof assembleProgram>[1],
  meeting: Parameters<typeof assembleProgram>[2],
) => ProgramCode;

/**
 * Refuses dot products of bytes, so that they are never an illegal instruction.
 *
 * @param reason Why they cannot run here.
 * @throws {EnvironmentError} If the program has one.
 */
export function checkInstructions({ code }: ProgramCode, target: X64Target, reason: string): void {
  if (!code.lines.some(({ mnemonic }) => mnemonic === DOT_MNEMONIC)) return;
  throw new EnvironmentError(
    `Cannot build program: it multiplies bytes on ${target}, but ${reason}, expected another target`,
    { remedy: "deno task doctor" },
  );
}

function supportedTarget(
  wanted: BackendOptions["target"],
): { target: X64Target; bytes: string | undefined } {
  const { targets, missing, bytes } = x64Support();
  const target = targets.find((one) => one === wanted);
  if (target === "avx512" || target === "avx2") return { target, bytes: bytes[target] };
  const expected = targets.length > 0 ? targets.join(" or ") : "another back end";
  throw new EnvironmentError(
    `Cannot open x86-64 backend for ${wanted}: ${
      missing[wanted] ?? "not an x86-64 target"
    }, expected ${expected}`,
    { remedy: "deno task doctor" },
  );
}

function openWorkers(libc: Libc, space: Space, count: number): ThreadPool | null {
  if (count === 0) return null;
  const address = space.allocate(RECORD_BYTES * count);
  return startThreads(libc, address, space.uint64(address, RECORD_BYTES * count / 8));
}

/** The part of {@linkcode Backend} that hands out memory. */
interface Space extends Pick<Backend, "usedBytes" | "allocate" | "float32" | "uint32" | "bytes"> {
  uint64(address: number, length: number): BigUint64Array;
}

function createSpace({ address: start, buffer }: Arena): Space {
  const sizeBytes = buffer.byteLength;
  let usedBytes = 0;

  function allocate(wanted: number): number {
    const size = Math.ceil(wanted / ALIGNMENT) * ALIGNMENT;
    if (!(wanted >= 0 && size <= sizeBytes - usedBytes)) {
      throw new RangeError(
        `Cannot allocate ${wanted} bytes: ${sizeBytes - usedBytes} of ${sizeBytes} are free, ` +
          `expected as many`,
      );
    }
    usedBytes += size;
    return start + usedBytes - size;
  }

  /** Byte offset of `length` elements in the arena. */
  function offsetOf(address: number, length: number, elementBytes: number): number {
    const offset = address - start;
    if (!(offset >= 0 && length >= 0 && offset + length * elementBytes <= sizeBytes)) {
      throw new RangeError(
        `Cannot view ${length} x ${elementBytes} bytes at ${address}: not in the arena, ` +
          `expected ${start} to ${start + sizeBytes}`,
      );
    }
    return offset;
  }

  return {
    get usedBytes(): number {
      return usedBytes;
    },
    allocate,
    float32: (at, length) => new Float32Array(buffer, offsetOf(at, length, 4), length),
    uint32: (at, length) => new Uint32Array(buffer, offsetOf(at, length, 4), length),
    bytes: (at, length) => new Uint8Array(buffer, offsetOf(at, length, 1), length),
    uint64: (at, length) => new BigUint64Array(buffer, offsetOf(at, length, 8), length),
  };
}

function openBackend(
  target: X64Target,
  assemble: Assemble,
  libc: Libc,
  space: Space,
  workers: ThreadPool | null,
  resources: DisposableStack,
): Backend {
  const programs = new Set<Program>();
  const records = workers?.records ?? [];
  const addressOfBuffer = createAddressBook();

  function opened(): Space {
    if (resources.disposed) {
      throw new RangeError("Cannot use backend: it was disposed, expected it to be open");
    }
    return space;
  }

  function build(threads: readonly (readonly Step[])[]): Program {
    const { allocate, uint64 } = opened();
    checkThreads(threads, records.length + 1);
    const bytes = argumentBytes(threads);
    const blocks = allocate(bytes);
    const placed = placeSteps(threads, blocks, uint64(blocks, bytes / SLOT_BYTES));
    const counter = allocate(ALIGNMENT);
    const meeting = { counter, records, schedYield: libc.schedYield };
    const code = assemble(placed, meeting);
    const { run, [Symbol.dispose]: unload } = loadProgram(libc, code, uint64(counter, 1), workers);
    const dispose = (): void => {
      programs.delete(program);
      unload();
    };
    const program = { codeBytes: code.code.codeBytes, run, [Symbol.dispose]: dispose };
    programs.add(program);
    return program;
  }

  return {
    target,
    threads: records.length + 1,
    get usedBytes(): number {
      return space.usedBytes;
    },
    allocate: (sizeBytes) => opened().allocate(sizeBytes),
    float32: (address, length) => opened().float32(address, length),
    uint32: (address, length) => opened().uint32(address, length),
    bytes: (address, length) => opened().bytes(address, length),
    addressOf: ({ buffer, byteOffset }) => addressOfBuffer(buffer) + byteOffset,
    build,
    [Symbol.dispose]: () => {
      if (resources.disposed) return;
      for (const program of programs) program[Symbol.dispose]();
      resources.dispose();
    },
  };
}

/** Makes a program's code executable. */
function loadProgram(
  libc: Libc,
  { code, entries }: ProgramCode,
  counter: BigUint64Array,
  workers: ThreadPool | null,
): Pick<Program, "run" | typeof Symbol.dispose> {
  const memory = mapCode(libc, code.bytes);
  const main = memory.pointer(entries[0] ?? 0);
  const others = entries.slice(1).map((entry) => memory.address + BigInt(entry));
  let open = true;

  function run(): void {
    if (!open) throw new RangeError("Cannot run program: it was disposed, expected it to be open");
    counter[0] = 0n; // all threads of the last run have made their last arrival
    for (let i = 0; i < others.length; i++) workers?.assign(i, others[i] ?? 0n);
    libc.call(main, null);
  }

  return {
    run,
    [Symbol.dispose]: () => {
      open = false;
      memory[Symbol.dispose]();
    },
  };
}
