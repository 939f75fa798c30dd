/**
 * The functions of libc that the back end needs. Linux on x86-64 with glibc.
 *
 * @module
 */
import { EnvironmentError } from "../../core/mod.ts";

/** Functions of libc that the back end needs; an open handle to the library. */
export interface Libc extends Disposable {
  /** Address of `sched_yield`, for emitted code to call. */
  readonly schedYield: bigint;
  /**
   * Calls code as `f(rdi = argument)` and returns when it does. About 10 ns.
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
  /** `pthread_create`: runs `code` as `f(rdi = argument)`. @throws {EnvironmentError} If it is refused. */
  startThread(code: Deno.PointerValue, argument: Deno.PointerValue): bigint;
  /** `pthread_join`: waits until a thread has returned. */
  joinThread(thread: bigint): void;
}

const LIBRARY = "libc.so.6";
const SYMBOLS = {
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  mprotect: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  madvise: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
  bsearch: { parameters: ["pointer", "pointer", "usize", "usize", "pointer"], result: "pointer" },
  sched_yield: { type: "pointer" },
  // Before glibc 2.34 these two were in another library.
  pthread_create: {
    parameters: ["buffer", "pointer", "pointer", "pointer"],
    result: "i32",
    optional: true,
  },
  pthread_join: { parameters: ["u64", "pointer"], result: "i32", optional: true },
} as const;

// <sys/mman.h> of Linux on x86-64
const PROT_NONE = 0;
const ACCESS = { "read-write": 1 | 2, "read-execute": 1 | 4 } as const;
const MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x2 | 0x20 | 0x4000;
const MAP_FAILED = 2n ** 64n - 1n;
const MADV_HUGEPAGE = 14;

/** The functions, without their owner. */
type Functions = Omit<Libc, typeof Symbol.dispose>;

/**
 * The open library and how many use it; `null` while nobody does. Shared, because a call site stays a fast call only as
 * long as it has met one function: with a handle of its own for each back end, `call` takes 190 ns instead of 10.
 */
let shared: { readonly functions: Functions; readonly close: () => void; users: number } | null =
  null;

/**
 * Opens libc, which closes when the last handle is disposed.
 *
 * @throws {EnvironmentError} If it cannot be opened: no permission, or no glibc.
 */
export function openLibc(): Libc {
  if (shared === null) {
    const library = openLibrary();
    shared = {
      functions: bindFunctions(library),
      close: () => library.close(),
      users: 0,
    };
  }
  const library = shared;
  library.users++;
  let open = true;
  return {
    ...library.functions,
    [Symbol.dispose]: () => {
      if (!open) return;
      open = false;
      if (--library.users > 0) return;
      shared = null;
      library.close();
    },
  };
}

function bindFunctions({ symbols }: Deno.DynamicLibrary<typeof SYMBOLS>): Functions {
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

  function startThread(code: Deno.PointerValue, argument: Deno.PointerValue): bigint {
    const id = new BigUint64Array(1);
    const { pthread_create: create, pthread_join: join } = symbols;
    const refused = create && join ? create(id, null, code, argument) : null;
    if (refused !== 0) {
      throw new EnvironmentError(
        refused === null
          ? `Cannot start thread: ${LIBRARY} has no pthread_create, expected glibc 2.34 or later`
          : `Cannot start thread: pthread_create returned ${refused}, expected 0`,
        { remedy: "--threads 1" },
      );
    }
    return id[0] ?? 0n;
  }

  return {
    startThread,
    joinThread: (thread) => void symbols.pthread_join?.(thread, null),
    schedYield: Deno.UnsafePointer.value(symbols.sched_yield),
    // Only bigint arguments of type usize keep the call fast.
    call: (code, argument) => void symbols.bsearch(argument, argument, 1n, 1n, code),
    reserve,
    protect,
    adviseHugePages: (address, sizeBytes) =>
      void symbols.madvise(Deno.UnsafePointer.create(address), BigInt(sizeBytes), MADV_HUGEPAGE),
    release: (address, sizeBytes) =>
      void symbols.munmap(Deno.UnsafePointer.create(address), BigInt(sizeBytes)),
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
