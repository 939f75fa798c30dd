/**
 * An arena in which every array stands between guards, so that a kernel that writes where it should not is found.
 *
 * @module
 */
import type { Backend } from "../backend.ts";

const GUARD_BYTES = 64;
const GUARD = 0xa5;

/** Arrays between guards. */
export interface GuardedArena {
  /** Places values that the kernel may only read. Returns their address. */
  input(values: ArrayBufferView): number;
  /** Takes room for `length` float32 that the kernel writes, filled with NaN. Returns its address. */
  output(length: number): number;
  /** Places values that the kernel overwrites. Returns their address. */
  inout(values: Float32Array): number;
  /** A copy of `length` float32. */
  read(address: number, length: number): Float32Array;
  /**
   * Proves that all guards and inputs are as they were.
   *
   * @throws {RangeError} If one is not; names the array and the byte.
   */
  check(): void;
}

/** A guarded view of a back end's memory. */
export function guardArena(backend: Backend): GuardedArena {
  const kept: { name: string; address: number; bytes: Uint8Array }[] = [];
  let arrays = 0;
  const keep = (name: string, address: number, length: number): void => {
    kept.push({ name, address, bytes: backend.bytes(address, length).slice() });
  };
  const take = (sizeBytes: number, name: string): number => {
    const start = backend.allocate(sizeBytes + 2 * GUARD_BYTES);
    const address = start + GUARD_BYTES;
    backend.bytes(start, GUARD_BYTES).fill(GUARD);
    backend.bytes(address + sizeBytes, GUARD_BYTES).fill(GUARD);
    keep(`guard before ${name}`, start, GUARD_BYTES);
    keep(`guard behind ${name}`, address + sizeBytes, GUARD_BYTES);
    return address;
  };
  const place = (values: ArrayBufferView, name: string): number => {
    const address = take(values.byteLength, name);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    backend.bytes(address, values.byteLength).set(bytes);
    return address;
  };
  return {
    input: (values) => {
      const name = `input ${arrays++}`;
      const address = place(values, name);
      keep(name, address, values.byteLength);
      return address;
    },
    output: (length) => place(new Float32Array(length).fill(NaN), `output ${arrays++}`),
    inout: (values) => place(values, `in-out ${arrays++}`),
    read: (address, length) => backend.float32(address, length).slice(),
    check: () => {
      for (const { name, address, bytes } of kept) {
        const now = backend.bytes(address, bytes.length);
        const at = bytes.findIndex((byte, i) => byte !== now[i]);
        if (at >= 0) {
          throw new RangeError(
            `Cannot trust the kernel: byte ${at} of ${name} is ${now[at]}, expected ${bytes[at]}`,
          );
        }
      }
    },
  };
}
