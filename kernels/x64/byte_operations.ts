/**
 * The machine's operations on bytes.
 *
 * @module
 */
import type { Vector, VectorMachine } from "../machine.ts";
import type { Emission } from "./machine.ts";
import { broadcast, constant, type Memory, type Register } from "./operands.ts";

/** Methods of {@linkcode VectorMachine} for bytes. */
export type ByteOperations = Pick<VectorMachine, "dotU8S8" | "dotU8S8Broadcast">;

/** The instruction of AVX512_VNNI; a processor that has AVX-512 may lack it. */
export const DOT_MNEMONIC = "vpdpbusd";

/** 1 in each 16-bit lane. */
const ONES = constant(0x0001_0001, 8);

/** Binds the operations to the code being emitted. */
export function byteOperations(emission: Emission): ByteOperations {
  const { assembler: { emit }, dialect, vector, place } = emission;
  return {
    dotU8S8: (to, u8, s8) => {
      const signed = "kind" in s8 ? vector(s8) : place(s8);
      if (dialect.target === "avx512") emit(DOT_MNEMONIC, vector(to), vector(u8), signed);
      else dotInThreeSteps(emission, to, u8, signed);
    },
    dotU8S8Broadcast: (to, u8, s8) => {
      if (dialect.target === "avx512") {
        emit(DOT_MNEMONIC, vector(to), vector(u8), broadcast(place(s8)));
      } else {
        const signed = products(emission);
        emit("vbroadcastss", signed, place(s8));
        dotInThreeSteps(emission, to, u8, signed);
      }
    },
  };
}

/** Sums of two products saturate at 16 bits, so unsigned bytes above 127 would be wrong. `signed` may be the scratch. */
function dotInThreeSteps(
  emission: Emission,
  to: Vector,
  u8: Vector,
  signed: Register | Memory,
): void {
  const { assembler: { emit }, vector } = emission;
  const sums = products(emission);
  emit("vpmaddubsw", sums, vector(u8), signed);
  emit("vpmaddwd", sums, sums, ONES);
  emit("vpaddd", vector(to), vector(to), sums);
}

/** A register for the products. It is never borrowed: a dot product stands in the innermost loop. */
function products({ dialect, spareVector }: Emission): Register {
  const free = spareVector();
  if (free !== null) return free;
  throw new RangeError(
    `Cannot multiply bytes: all ${dialect.vectors} vectors are held, expected at most ${dialect.byteVectors}`,
  );
}
