/**
 * Operations across lanes as closures over registers.
 *
 * @module
 */
import { checkGroups, type VectorMachine } from "../machine.ts";
import {
  addressOf,
  bitsOf,
  type Emit,
  lanesOf,
  loadLanes,
  valueOf,
} from "./interpreting_registers.ts";

type LaneOperation =
  | ("loadU8Lanes" | "loadS8Lanes" | "loadGroups")
  | ("permute" | "addAcross" | "compress");

/** Widening loads, look-ups and sums across lanes. */
export function laneOperations(emit: Emit): Pick<VectorMachine, LaneOperation> {
  return {
    loadU8Lanes: (to, from) =>
      emit((r) => {
        const address = addressOf(r, from);
        bitsOf(lanesOf(r, to)).forEach((_, lane, lanes) =>
          lanes[lane] = r.memory.getUint8(address + lane)
        );
      }),
    loadS8Lanes: (to, from) =>
      emit((r) => {
        const address = addressOf(r, from);
        bitsOf(lanesOf(r, to)).forEach((_, lane, lanes) =>
          lanes[lane] = r.memory.getInt8(address + lane)
        );
      }),
    loadGroups: (to, from) =>
      emit((r) => {
        const lanes = lanesOf(r, to);
        checkGroups(lanes.length, from.length);
        from.forEach((group, i) => lanes.set(loadLanes(r, addressOf(r, group), 4), 4 * i));
      }),
    permute: (to, indices, table) =>
      emit((r) => {
        const lanes = lanesOf(r, to).length;
        const from = "kind" in table ? lanesOf(r, table) : loadLanes(r, addressOf(r, table), lanes);
        // of two's complement numbers the low bits are the remainder
        const picked = bitsOf(lanesOf(r, indices)).map((index) =>
          bitsOf(from)[index & (lanes - 1)] ?? 0
        );
        bitsOf(lanesOf(r, to)).set(picked);
      }),
    addAcross: (to, from) =>
      emit((r) => {
        let sums = lanesOf(r, from);
        for (let distance = sums.length / 2; distance >= 1; distance /= 2) {
          sums = sums.map((sum, lane) => sum + sums[lane ^ distance]!);
        }
        lanesOf(r, to).set(sums);
      }),
    compress: (to, from, keep, advance) =>
      emit((r) => {
        const start = addressOf(r, to);
        const kept = bitsOf(lanesOf(r, from)).filter((_, lane) =>
          bitsOf(lanesOf(r, keep))[lane] !== 0
        );
        kept.forEach((bits, i) => r.memory.setInt32(start + 4 * i, bits, true));
        r.scalars[advance.id] = valueOf(r, advance) + 4 * kept.length;
      }),
  };
}
