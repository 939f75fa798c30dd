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
} from "./interpreting_machine.ts";

type ByteOperation = "dotU8S8" | "dotU8S8Broadcast";

/**
 * Dot products of bytes.
 *
 * @param bits Bits that unsigned bytes may have; where one has more, the run fails.
 */
export function byteOperations(emit: Emit, bits: number): Pick<VectorMachine, ByteOperation> {
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
