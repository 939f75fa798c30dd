/**
 * The machine's integer operations on 64-bit registers.
 *
 * @module
 */
import type { VectorMachine } from "../machine.ts";
import type { Emission } from "./machine.ts";
import { low32 } from "./operands.ts";

/** Integer methods of {@linkcode VectorMachine}. */
export type ScalarOperations = Pick<
  VectorMachine,
  | ("move" | "increase" | "decrease" | "shiftLeft")
  | ("loadU8" | "loadU16" | "loadU32" | "storeU32" | "prefetch")
>;

/** Binds the integer operations to the code being emitted. */
export function scalarOperations({ assembler, scalar, place }: Emission): ScalarOperations {
  const { emit } = assembler;
  return {
    move: (to, from) => {
      const target = scalar(to);
      if (typeof from !== "number") emit("mov", target, scalar(from));
      else if (from === 0) emit("xor", low32(target), low32(target));
      // Writing 32 bits clears the upper half and takes the shortest form.
      else if (from > 0 && from < 2 ** 32) emit("mov", low32(target), from | 0);
      else emit("mov", target, from);
    },
    increase: (to, by) => {
      if (by !== 0) emit("add", scalar(to), typeof by === "number" ? by : scalar(by));
    },
    decrease: (to, by) => {
      if (by !== 0) emit("sub", scalar(to), typeof by === "number" ? by : scalar(by));
    },
    shiftLeft: (to, bits) => {
      const target = scalar(to);
      if (!Number.isInteger(bits) || bits < 0 || bits > 31) {
        throw new RangeError(`Cannot shift left: ${bits} bits, expected an integer from 0 to 31`);
      }
      if (bits > 0) emit("shl", target, bits);
    },
    loadU8: (to, from) => emit("movzx byte", low32(scalar(to)), place(from)),
    loadU16: (to, from) => emit("movzx", low32(scalar(to)), place(from)),
    loadU32: (to, from) => emit("mov", low32(scalar(to)), place(from)),
    storeU32: (to, from) => emit("mov", place(to), low32(scalar(from))),
    prefetch: (at) => emit("prefetcht1", place(at)),
  };
}
