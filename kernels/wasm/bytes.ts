/**
 * The methods of the machine for bytes.
 *
 * @module
 */
import type { Vector } from "../machine.ts";
import { displacement, type Emitter, type Group, placeOf } from "./emitter.ts";

/** Bits of a byte: how far a byte in a 16-bit lane is shifted to become the other one. */
const BYTE = 8;

/** Bytes of `a` (0 to 15) and `b` (16 to 31) in turn, `size` at a time, from byte `start` on. */
function inTurn(start: number, size: number): number[] {
  return Array.from({ length: 16 }, (_, i) => {
    const item = Math.floor(i / size);
    return start + size * Math.floor(item / 2) + i % size + (item % 2 === 1 ? 16 : 0);
  });
}

/** Interleaving and narrowing. */
export function packing(
  { code, get, set, store }: Emitter,
): Group<
  | ("unpackLowBytes" | "unpackHighBytes" | "unpackLowWords" | "unpackHighWords")
  | ("unpackLowLanes" | "unpackHighLanes" | "unpackLowPairs" | "unpackHighPairs")
  | ("packWords" | "packBytes" | "storeU8Lanes")
> {
  const shuffle = (bytes: readonly number[]) => (to: Vector, a: Vector, b: Vector): void => {
    get(a);
    get(b).shuffle(bytes);
    set(to);
  };
  return {
    unpackLowLanes: shuffle(inTurn(0, 4)),
    unpackHighLanes: shuffle(inTurn(8, 4)),
    unpackLowPairs: shuffle(inTurn(0, 8)),
    unpackHighPairs: shuffle(inTurn(8, 8)),
    unpackLowBytes: shuffle(inTurn(0, 1)),
    unpackHighBytes: shuffle(inTurn(8, 1)),
    unpackLowWords: shuffle(inTurn(0, 2)),
    unpackHighWords: shuffle(inTurn(8, 2)),
    packWords: (to, a, b) => (get(a), get(b).plain("i16x8.narrow_i32x4_s"), set(to)),
    packBytes: (to, a, b) => (get(a), get(b).plain("i8x16.narrow_i16x8_u"), set(to)),
    storeU8Lanes(to, from): void {
      store(to, from);
      get(from).plain("i16x8.narrow_i32x4_s");
      // the upper half does not matter
      get(from).plain("i8x16.narrow_i16x8_u");
      code.memoryLane("v128.store32_lane", displacement(to), 0);
    },
  };
}

/** Dot products of unsigned and signed bytes. */
export function bytes(emitter: Emitter): Group<"dotU8S8" | "dotU8S8Broadcast"> {
  const { code, get, set, load, spreads, scratch } = emitter;

  /** `to += u8 · s8`, with the signed bytes in a local. */
  function dot(to: Vector, u8: Vector, signed: number): void {
    if (emitter.exactDot) {
      code.get(signed);
      get(u8);
      get(to).plain("i32x4.relaxed_dot_i8x16_i7x16_add_s");
    } else {
      // Bytes 0 and 2 of each lane as 16-bit integers, then bytes 1 and 3: the products need no shuffling.
      get(u8).i32(BYTE).plain("i16x8.shl").i32(BYTE).plain("i16x8.shr_u");
      code.get(signed).i32(BYTE).plain("i16x8.shl").i32(BYTE).plain("i16x8.shr_s");
      code.plain("i32x4.dot_i16x8_s");
      get(u8).i32(BYTE).plain("i16x8.shr_u");
      code.get(signed).i32(BYTE).plain("i16x8.shr_s").plain("i32x4.dot_i16x8_s");
      code.plain("i32x4.add");
      get(to).plain("i32x4.add");
    }
    set(to);
  }

  return {
    dotU8S8(to, u8, s8): void {
      if ("kind" in s8) return dot(to, u8, emitter.registers.local(s8));
      load("v128.load", s8).set(scratch());
      dot(to, u8, scratch());
    },
    dotU8S8Broadcast(to, u8, s8): void {
      spreads.spread(scratch(), { terms: placeOf(emitter, s8), offset: displacement(s8) });
      dot(to, u8, scratch());
    },
  };
}
