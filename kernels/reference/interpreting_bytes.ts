/**
 * Operations on bytes as closures over registers.
 *
 * @module
 */
import type { Vector, VectorMachine } from "../machine.ts";
import {
  addressOf,
  bitsOf,
  type Emit,
  lanesOf,
  loadLanes,
  type Registers,
} from "./interpreting_registers.ts";

type ByteOperation = "dotU8S8" | "dotU8S8Broadcast";

/**
 * Dot products of bytes.
 *
 * @param bits Bits that unsigned bytes may have; where one has more, the run fails. `null` if there are no products.
 */
export function byteOperations(
  emit: Emit,
  bits: number | null,
): Pick<VectorMachine, ByteOperation> {
  if (bits === null) return { dotU8S8: refuse, dotU8S8Broadcast: refuse };
  return {
    dotU8S8: (to, u8, s8) =>
      emit((r) => {
        const { length } = lanesOf(r, to);
        dot(
          r,
          to,
          u8,
          "kind" in s8 ? lanesOf(r, s8) : loadLanes(r, addressOf(r, s8), length),
          bits,
        );
      }),
    dotU8S8Broadcast: (to, u8, s8) =>
      emit((r) => {
        const signed = new Float32Array(lanesOf(r, to).length);
        bitsOf(signed).fill(r.memory.getInt32(addressOf(r, s8), true));
        dot(r, to, u8, signed, bits);
      }),
  };
}

function refuse(): never {
  throw new RangeError(
    "Cannot multiply bytes: the kernel asks for few lanes, expected all of its target",
  );
}

function dot(r: Registers, to: Vector, u8: Vector, s8: Float32Array, bits: number): void {
  const unsigned = new Uint8Array(bitsOf(lanesOf(r, u8)).slice().buffer);
  const signed = new Int8Array(bitsOf(s8).slice().buffer);
  const tooLarge = unsigned.find((byte) => byte >= 2 ** bits);
  if (tooLarge !== undefined) {
    throw new RangeError(
      `Cannot multiply bytes: an unsigned one is ${tooLarge}, expected at most ${2 ** bits - 1}`,
    );
  }
  const sums = bitsOf(lanesOf(r, to));
  unsigned.forEach((byte, i) => sums[i >> 2] = sums[i >> 2]! + byte * signed[i]!);
}

type PackingOperation =
  | ("unpackLowBytes" | "unpackHighBytes" | "unpackLowWords" | "unpackHighWords")
  | ("unpackLowLanes" | "unpackHighLanes" | "unpackLowPairs" | "unpackHighPairs")
  | ("packWords" | "packBytes" | "storeU8Lanes");

const GROUP_BYTES = 16;

/** Interleaving and narrowing, 16 bytes at a time. */
export function packingOperations(emit: Emit): Pick<VectorMachine, PackingOperation> {
  const grouped = (combine: Combine) => (to: Vector, a: Vector, b: Vector): void =>
    emit((r) => {
      const [left, right] = [bytesOf(lanesOf(r, a)), bytesOf(lanesOf(r, b))];
      const result = new Uint8Array(left.length);
      for (let start = 0; start < result.length; start += GROUP_BYTES) {
        const group = (of: Uint8Array): Uint8Array => of.slice(start, start + GROUP_BYTES);
        result.set(combine(group(left), group(right)), start);
      }
      bytesOf(lanesOf(r, to)).set(result);
    });
  return {
    unpackLowLanes: grouped((a, b) => inTurn(a, b, 0, 4)),
    unpackHighLanes: grouped((a, b) => inTurn(a, b, 8, 4)),
    unpackLowPairs: grouped((a, b) => inTurn(a, b, 0, 8)),
    unpackHighPairs: grouped((a, b) => inTurn(a, b, 8, 8)),
    unpackLowBytes: grouped((a, b) => inTurn(a, b, 0, 1)),
    unpackHighBytes: grouped((a, b) => inTurn(a, b, 8, 1)),
    unpackLowWords: grouped((a, b) => inTurn(a, b, 0, 2)),
    unpackHighWords: grouped((a, b) => inTurn(a, b, 8, 2)),
    packWords: grouped((a, b) => {
      const wide = [...new Int32Array(a.buffer), ...new Int32Array(b.buffer)];
      return new Uint8Array(Int16Array.from(wide, (x) => clamp(x, -32768, 32767)).buffer);
    }),
    packBytes: grouped((a, b) => {
      const wide = [...new Int16Array(a.buffer), ...new Int16Array(b.buffer)];
      return Uint8Array.from(wide, (x) => clamp(x, 0, 255));
    }),
    storeU8Lanes: (to, from) =>
      emit((r) => {
        const address = addressOf(r, to);
        bitsOf(lanesOf(r, from)).forEach((value, lane) =>
          r.memory.setUint8(address + lane, clamp(value, 0, 255))
        );
      }),
  };
}

/** Makes 16 bytes of two times 16. */
type Combine = (a: Uint8Array, b: Uint8Array) => Uint8Array;

/** Items of `size` bytes of `a` and `b` in turn, from byte `start` on. */
function inTurn(a: Uint8Array, b: Uint8Array, start: number, size: number): Uint8Array {
  const bytes: number[] = [];
  for (let at = start; at < start + GROUP_BYTES / 2; at += size) {
    bytes.push(...a.subarray(at, at + size), ...b.subarray(at, at + size));
  }
  return Uint8Array.from(bytes);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function bytesOf(lanes: Float32Array): Uint8Array {
  return new Uint8Array(lanes.buffer, lanes.byteOffset, lanes.byteLength);
}
