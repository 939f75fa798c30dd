/**
 * The machine's operations on bytes.
 *
 * @module
 */
import type { Address, Vector, VectorMachine } from "../machine.ts";
import type { Emission } from "./machine.ts";
import { broadcast, constant, type Memory, type Register, register } from "./operands.ts";
import { withScratch } from "./scratch.ts";
import { binary } from "./vector_operations.ts";

/** Methods of {@linkcode VectorMachine} for bytes. */
export type ByteOperations = Pick<
  VectorMachine,
  | ("dotU8S8" | "dotU8S8Broadcast" | "storeU8Lanes" | "packWords" | "packBytes")
  | ("unpackLowBytes" | "unpackHighBytes" | "unpackLowWords" | "unpackHighWords")
>;

/** The instruction of AVX512_VNNI; a processor that has AVX-512 may lack it. */
export const DOT_MNEMONIC = "vpdpbusd";

/** 1 in each 16-bit lane. */
const ONES = constant(0x0001_0001, 8);

/** Binds the operations to the code being emitted. */
export function byteOperations(emission: Emission): ByteOperations {
  const { assembler: { emit }, dialect, vector, place } = emission;
  return {
    dotU8S8: (to, u8, s8) => {
      checkWidth(emission);
      const signed = "kind" in s8 ? vector(s8) : place(s8);
      if (dialect.target === "avx512") emit(DOT_MNEMONIC, vector(to), vector(u8), signed);
      else dotInThreeSteps(emission, to, u8, signed);
    },
    dotU8S8Broadcast: (to, u8, s8) => {
      checkWidth(emission);
      if (dialect.target === "avx512") {
        emit(DOT_MNEMONIC, vector(to), vector(u8), broadcast(place(s8)));
      } else {
        const signed = products(emission);
        emit("vbroadcastss", signed, place(s8));
        dotInThreeSteps(emission, to, u8, signed);
      }
    },
    unpackLowBytes: binary(emission, "vpunpcklbw"),
    unpackHighBytes: binary(emission, "vpunpckhbw"),
    unpackLowWords: binary(emission, "vpunpcklwd"),
    unpackHighWords: binary(emission, "vpunpckhwd"),
    packWords: binary(emission, "vpackssdw"),
    packBytes: binary(emission, "vpackuswb"),
    storeU8Lanes: (to, from) => storeU8Lanes(emission, to, vector(from)),
  };
}

function storeU8Lanes(emission: Emission, to: Address, from: Register): void {
  const { assembler: { emit }, dialect, place } = emission;
  withScratch(emission, [from], (packed) => {
    if (dialect.target === "avx512") {
      // saturates unsigned numbers, so negative ones must go first
      emit(dialect.xor, packed, packed, packed);
      emit("vpmaxsd", packed, packed, from);
      emit("vpmovusdb", place(to), packed);
    } else {
      emit("vpackssdw", packed, from, from);
      emit("vpackuswb", packed, packed, packed); // four bytes in each half
      const low = register("xmm", packed.id);
      emit("vmovss", place(to), low);
      emit("vextractf128", low, packed, 1);
      emit("vmovss", place({ ...to, disp: (to.disp ?? 0) + 4 }), low);
    }
  });
}

function checkWidth({ dialect }: Emission): void {
  if (dialect.byteVectors > 0) return;
  throw new RangeError(
    `Cannot multiply bytes: the kernel asks for ${dialect.lanes} lanes, expected all of its target`,
  );
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
