/**
 * Memory from the operating system: executable code and the arena. Linux on x86-64 with glibc.
 *
 * Nothing is ever writable and executable at once: code is written into fresh pages, which then become read-only and
 * executable.
 *
 * @module
 */
import { EnvironmentError } from "../../core/mod.ts";

/** Functions of libc that the back end needs; an open handle to the library. */
export interface Libc extends Disposable {
  /** Address of `sched_yield`, for emitted code to call. */
  readonly schedYield: bigint;
  /**
   * Calls code as `f(rdi = argument)` and returns when it does. About 20 ns.
   *
   * `UnsafeFnPointer.call` takes 0.5 µs; functions of a library are compiled into fast calls. So the code poses as the
   * comparator of a `bsearch` among one element, which calls it once.
   */
  call(code: Deno.PointerValue, argument: Deno.PointerValue): void;
  /** `mmap` of private anonymous memory without access. @throws {EnvironmentError} If it is refused. */
  reserve(sizeBytes: number): bigint;
  /** `mprotect`. @throws {EnvironmentError} If it is refused. */
  protect(address: bigint, sizeBytes: number, access: "read-write" | "read-execute"): void;
  /** `madvise(MADV_HUGEPAGE)`; a refusal costs speed only and is no error. */
  adviseHugePages(address: bigint, sizeBytes: number): void;
  /** `munmap`. */
  release(address: bigint, sizeBytes: number): void;
}

/** Bytes that became executable. */
export interface ExecutableMemory extends Disposable {
  /** Where the code starts; a multiple of 4096. */
  readonly address: bigint;
  /** Pointer to a byte of the code. @throws {RangeError} If it was disposed. */
  pointer(offset: number): Deno.PointerValue;
}

/** Zeroed memory with an inaccessible page before and behind it. */
export interface Arena extends Disposable {
  /** Where it starts; a multiple of 4096, of 2 MiB if it is that large. */
  readonly address: number;
  /** The memory. Disposing detaches it, so that stale views are empty rather than fatal. */
  readonly buffer: ArrayBuffer;
}

const LIBRARY = "libc.so.6";
const SYMBOLS = {
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  mprotect: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  madvise: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
  bsearch: { parameters: ["pointer", "pointer", "usize", "usize", "pointer"], result: "pointer" },
  sched_yield: { type: "pointer" },
} as const;

// <sys/mman.h> of Linux on x86-64
const PROT_NONE = 0;
const ACCESS = { "read-write": 1 | 2, "read-execute": 1 | 4 } as const;
const MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x2 | 0x20 | 0x4000;
const MAP_FAILED = 2n ** 64n - 1n;
const MADV_HUGEPAGE = 14;

const PAGE = 4096;
const HUGE_PAGE = 2 ** 21;

/**
 * Opens libc.
 *
 * @throws {EnvironmentError} If it cannot be opened: no permission, or no glibc.
 */
export function openLibc(): Libc {
  const library = openLibrary();
  const { symbols } = library;

  function reserve(sizeBytes: number): bigint {
    const flags = MAP_PRIVATE_ANONYMOUS_NORESERVE;
    const at = symbols.mmap(null, BigInt(sizeBytes), PROT_NONE, flags, -1, 0n);
    const address = Deno.UnsafePointer.value(at);
    if (address === MAP_FAILED || address === 0n) {
      throw new EnvironmentError(
        `Cannot map memory: mmap refused ${sizeBytes} bytes, expected them to be available`,
        { remedy: "ulimit -v unlimited" },
      );
    }
    return address;
  }

  function protect(address: bigint, sizeBytes: number, access: keyof typeof ACCESS): void {
    const size = BigInt(sizeBytes);
    if (symbols.mprotect(Deno.UnsafePointer.create(address), size, ACCESS[access]) !== 0) {
      throw new EnvironmentError(
        `Cannot make ${sizeBytes} bytes ${access}: mprotect refused, expected the system to allow it`,
        { remedy: "deno task doctor" },
      );
    }
  }

  return {
    schedYield: Deno.UnsafePointer.value(symbols.sched_yield),
    // Only bigint arguments of type usize keep the call fast.
    call: (code, argument) => void symbols.bsearch(argument, argument, 1n, 1n, code),
    reserve,
    protect,
    adviseHugePages: (address, sizeBytes) =>
      void symbols.madvise(Deno.UnsafePointer.create(address), BigInt(sizeBytes), MADV_HUGEPAGE),
    release: (address, sizeBytes) =>
      void symbols.munmap(Deno.UnsafePointer.create(address), BigInt(sizeBytes)),
    [Symbol.dispose]: () => library.close(),
  };
}

function openLibrary(): Deno.DynamicLibrary<typeof SYMBOLS> {
  try {
    return Deno.dlopen(LIBRARY, SYMBOLS);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new EnvironmentError(`Cannot open ${LIBRARY}: ${found}, expected glibc and --allow-ffi`, {
      cause,
      remedy: "deno run --allow-ffi",
    });
  }
}

/**
 * Makes code executable.
 *
 * @throws {EnvironmentError} If the system forbids executable memory.
 */
export function mapCode(libc: Libc, code: Uint8Array): ExecutableMemory {
  const size = roundUp(code.length, PAGE);
  const address = libc.reserve(size);
  let open = true;
  function dispose(): void {
    if (open) libc.release(address, size);
    open = false;
  }
  try {
    libc.protect(address, size, "read-write");
    const buffer = viewOf(address, size);
    new Uint8Array(buffer).set(code);
    buffer.transfer(); // nothing may write here from now on
    libc.protect(address, size, "read-execute");
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    address,
    pointer: (offset) => {
      if (!open) throw new RangeError("Cannot use code: it was disposed, expected it to be open");
      return Deno.UnsafePointer.create(address + BigInt(offset));
    },
    [Symbol.dispose]: dispose,
  };
}

/**
 * Makes an arena of at least `sizeBytes`.
 *
 * @throws {EnvironmentError} If there is not so much memory.
 */
export function mapArena(libc: Libc, sizeBytes: number): Arena {
  const alignment = sizeBytes >= HUGE_PAGE ? HUGE_PAGE : PAGE;
  const size = roundUp(Math.max(sizeBytes, 1), alignment);
  const reservedBytes = size + alignment + 2 * PAGE;
  const reserved = libc.reserve(reservedBytes);
  const address = roundUp(Number(reserved) + PAGE, alignment);
  try {
    libc.protect(BigInt(address), size, "read-write");
  } catch (error) {
    libc.release(reserved, reservedBytes);
    throw error;
  }
  if (alignment === HUGE_PAGE) libc.adviseHugePages(BigInt(address), size);
  const buffer = viewOf(BigInt(address), size);
  let open = true;
  return {
    address,
    buffer,
    [Symbol.dispose]: () => {
      if (!open) return;
      open = false;
      buffer.transfer();
      libc.release(reserved, reservedBytes);
    },
  };
}

function viewOf(address: bigint, sizeBytes: number): ArrayBuffer {
  const pointer = Deno.UnsafePointer.create(address);
  if (pointer === null) throw new RangeError("Cannot view memory: address is 0, expected another");
  return new Deno.UnsafePointerView(pointer).getArrayBuffer(sizeBytes);
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
