/**
 * A back end that puts guards around everything it hands out, so that code that writes where it should not is found.
 *
 * @module
 */
import type { Backend } from "../backend.ts";

const GUARD_BYTES = 64;
const GUARD = 0x5a;

/** A back end that can tell whether its guards are whole. */
export interface GuardedBackend extends Backend {
  /**
   * Proves that all guards are as they were.
   *
   * @throws {RangeError} If one is not; names the allocation and the byte.
   */
  check(): void;
}

/** Guards what `backend` allocates from now on. Disposing it disposes `backend`. */
export function guardBackend(backend: Backend): GuardedBackend {
  const taken: { readonly address: number; readonly sizeBytes: number }[] = [];

  function allocate(sizeBytes: number): number {
    const room = Math.ceil(sizeBytes / GUARD_BYTES) * GUARD_BYTES;
    const start = backend.allocate(room + 2 * GUARD_BYTES);
    backend.bytes(start, GUARD_BYTES).fill(GUARD);
    backend.bytes(start + GUARD_BYTES + room, GUARD_BYTES).fill(GUARD);
    taken.push({ address: start + GUARD_BYTES, sizeBytes: room });
    return start + GUARD_BYTES;
  }

  function check(): void {
    for (const { address, sizeBytes } of taken) {
      for (const from of [address - GUARD_BYTES, address + sizeBytes]) {
        const guard = backend.bytes(from, GUARD_BYTES);
        const at = guard.findIndex((byte) => byte !== GUARD);
        if (at < 0) continue;
        throw new RangeError(
          `Cannot trust the code: it wrote ${
            from + at - address
          } bytes from the start of ${sizeBytes} bytes, expected within`,
        );
      }
    }
  }

  return {
    target: backend.target,
    threads: backend.threads,
    get usedBytes(): number {
      return backend.usedBytes;
    },
    allocate,
    float32: (address, length) => backend.float32(address, length),
    uint32: (address, length) => backend.uint32(address, length),
    bytes: (address, length) => backend.bytes(address, length),
    addressOf: (view) => backend.addressOf(view),
    build: (threads) => backend.build(threads),
    check,
    [Symbol.dispose]: () => backend[Symbol.dispose](),
  };
}
