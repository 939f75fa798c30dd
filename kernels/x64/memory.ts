/**
 * Memory from the operating system: executable code and the arena. Linux on x86-64 with glibc.
 *
 * Nothing is ever writable and executable at once: code is written into fresh pages, which then become read-only and
 * executable.
 *
 * @module
 */
import type { Libc } from "./libc.ts";

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

const PAGE = 4096;
const HUGE_PAGE = 2 ** 21;

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

/** Tells where the bytes of buffers lie; a buffer keeps its place until it is detached, so each is asked about once. */
export function createAddressBook(): (buffer: ArrayBuffer) => number {
  const known = new WeakMap<ArrayBuffer, number>();
  return (buffer) => {
    let address = known.get(buffer);
    if (address === undefined) {
      address = Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer)));
      known.set(buffer, address);
    }
    return address;
  };
}
