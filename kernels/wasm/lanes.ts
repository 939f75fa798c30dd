/**
 * The methods of the machine that move lanes.
 *
 * @module
 */
import { type Address, checkGroups, type Scalar, type Vector } from "../machine.ts";
import { displacement, type Emitter, type Group } from "./emitter.ts";

/** For each byte of a 32-bit lane its number, as one lane. */
const BYTE_NUMBERS = 0x03_02_01_00;
/** Multiplied with a lane number: the number of the lane's first byte, four times. */
const FIRST_BYTES = 0x04_04_04_04;
const LANES = 4;
const LAST_LANE = 3;
/** Lanes 2, 3, 0, 1 and 1, 0, 3, 2 as bytes. */
const SWAP_PAIRS = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
const SWAP_NEIGHBOURS = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11];

/** Widening loads, look-ups and sums across lanes. */
export function lanes(
  emitter: Emitter,
): Group<"loadU8Lanes" | "loadS8Lanes" | "loadGroups" | "permute" | "addAcross" | "compress"> {
  const { code, get, set, load, relaxed } = emitter;
  // All indices of bytes are below 16, where both forms agree.
  const swizzle = relaxed ? "i8x16.relaxed_swizzle" : "i8x16.swizzle";
  return {
    loadU8Lanes(to, from): void {
      load("v128.load32_zero", from).plain("i16x8.extend_low_i8x16_u")
        .plain("i32x4.extend_low_i16x8_u");
      set(to);
    },
    loadS8Lanes(to, from): void {
      load("v128.load32_zero", from).plain("i16x8.extend_low_i8x16_s")
        .plain("i32x4.extend_low_i16x8_s");
      set(to);
    },
    loadGroups(to, from): void {
      checkGroups(LANES, from.length);
      load("v128.load", from[0]!);
      set(to);
    },
    permute(to, indices, table): void {
      if ("kind" in table) get(table);
      else load("v128.load", table);
      get(indices).splat(LAST_LANE).plain("v128.and");
      code.splat(FIRST_BYTES).plain("i32x4.mul").splat(BYTE_NUMBERS).plain("i32x4.add")
        .plain(swizzle);
      set(to);
    },
    addAcross(to, from): void {
      get(from);
      get(from);
      get(from).shuffle(SWAP_PAIRS).plain("f32x4.add");
      set(to);
      get(to);
      get(to);
      get(to).shuffle(SWAP_NEIGHBOURS).plain("f32x4.add");
      set(to);
    },
    compress: (to, from, keep, advance) => compress(emitter, to, from, keep, advance),
  };
}

/** Stores each lane and steps on only if it is to be kept, so that the next one overwrites it otherwise. */
function compress(
  { code, get, set, spreads, address, scratchInteger }: Emitter,
  to: Address,
  from: Vector,
  keep: Vector,
  advance: Scalar,
): void {
  spreads.end();
  const end = scratchInteger();
  const offset = displacement(to);
  address(to).set(end);
  for (let lane = 0; lane <= LAST_LANE; lane++) {
    code.get(end);
    get(from).memoryLane("v128.store32_lane", offset, lane);
    get(keep).lane("i32x4.extract_lane", lane).i32(0).plain("i32.ne").i32(2).plain("i32.shl");
    code.get(end).plain("i32.add").set(end);
  }
  get(advance).get(end).plain("i32.add");
  address(to).plain("i32.sub");
  set(advance);
}
