/**
 * The machine's operations across lanes.
 *
 * @module
 */
import { checkGroups, type VectorMachine } from "../machine.ts";
import type { Emission } from "./machine.ts";
import { constantWords, low32, type Memory, type Register, register, zeroed } from "./operands.ts";
import { withScratch } from "./scratch.ts";
import { binary } from "./vector_operations.ts";

/** Methods of {@linkcode VectorMachine} that move lanes. */
export type LaneOperations = Pick<
  VectorMachine,
  | ("loadU8Lanes" | "loadS8Lanes" | "permute" | "addAcross" | "compress" | "loadGroups")
  | ("unpackLowLanes" | "unpackHighLanes" | "unpackLowPairs" | "unpackHighPairs")
>;

/** Lanes 2, 3, 0, 1 of each four; as groups of four lanes the same. */
const SWAP_PAIRS = 0b01_00_11_10;
/** Lanes 1, 0, 3, 2. */
const SWAP_NEIGHBOURS = 0b10_11_00_01;
/** The other half of a ymm register (manual, volume 2C, VPERM2F128). */
const SWAP_HALVES = 1;

const SCRATCH_MASK = 1; // k1 is written and read within one operation
const EIGHT_ONES = constantWords([0x0101_0101, 0x0101_0101]);
const LANE_NUMBERS = constantWords([0x0302_0100, 0x0706_0504]);

/** Binds the operations to the code being emitted. */
export function laneOperations(emission: Emission): LaneOperations {
  const { assembler: { emit }, vector, scalar, place } = emission;
  return {
    loadU8Lanes: (to, from) => emit("vpmovzxbd", vector(to), place(from)),
    loadS8Lanes: (to, from) => emit("vpmovsxbd", vector(to), place(from)),
    loadGroups: (to, from) => loadGroups(emission, vector(to), from.map(place)),
    unpackLowLanes: binary(emission, "vunpcklps"),
    unpackHighLanes: binary(emission, "vunpckhps"),
    unpackLowPairs: binary(emission, "vunpcklpd"),
    unpackHighPairs: binary(emission, "vunpckhpd"),
    permute: (to, indices, table) =>
      emit(
        "vpermps",
        vector(to),
        vector(indices),
        "kind" in table ? vector(table) : place(table),
      ),
    addAcross: (to, from) => addAcross(emission, vector(to), vector(from)),
    compress: (to, from, keep, advance) => {
      const move = {
        to: place(to),
        from: vector(from),
        keep: vector(keep),
        advance: scalar(advance),
      };
      withScratch(emission, [move.from, move.keep], (packed) => {
        if (emission.dialect.target === "avx512") compressByMask(emission, move, packed);
        else compressByLookUp(emission, move, packed);
      });
    },
  };
}

/** The first group fills all of a zmm register: a plain load of 128 bits cannot name registers 16 to 31. */
function loadGroups(
  { assembler: { emit }, dialect }: Emission,
  to: Register,
  from: readonly Memory[],
): void {
  checkGroups(dialect.lanes, from.length);
  const [first, ...others] = from as readonly [Memory, ...Memory[]];
  const isWide = dialect.lanes === 16;
  if (isWide) emit("vbroadcastf32x4", to, first);
  else emit("vmovups", register("xmm", to.id), first);
  others.forEach((group, i) => emit(isWide ? "vinsertf32x4" : "vinsertf128", to, to, group, i + 1));
}

/** Operands of a `compress`. */
interface Compression {
  readonly to: Memory;
  readonly from: Register;
  readonly keep: Register;
  readonly advance: Register;
}

/** Through a register: the form that stores under a mask is microcode on some processors. */
function compressByMask(
  { assembler: { emit }, withScalars }: Emission,
  { to, from, keep, advance }: Compression,
  packed: Register,
): void {
  const mask = register("k", SCRATCH_MASK);
  emit("vptestmd", mask, keep, keep);
  emit("vcompressps", zeroed(packed, SCRATCH_MASK), from);
  emit("vmovups", to, packed);
  withScalars(1, (count) => {
    emit("kmovw", low32(count), mask);
    emit("popcnt", count, count);
    emit("shl", count, 2);
    emit("add", advance, count);
  });
}

/** The lane numbers 0 to 7 as bytes, those to be kept moved together (`pext`), are the indices of a permutation. */
function compressByLookUp(
  { assembler: { emit }, withScalars }: Emission,
  { to, from, keep, advance }: Compression,
  packed: Register,
): void {
  const low = register("xmm", packed.id);
  emit("vxorps", packed, packed, packed);
  emit("vpcmpeqd", packed, packed, keep);
  withScalars(2, (kept, indices) => {
    emit("vmovmskps", low32(kept), packed);
    emit("xor", low32(kept), 0xff);
    emit("pdep", kept, kept, EIGHT_ONES);
    emit("imul", kept, kept, 0xff); // each byte 0 or 255
    emit("mov", indices, LANE_NUMBERS);
    emit("pext", indices, indices, kept);
    emit("vmovq", low, indices);
    emit("vpmovzxbd", packed, low);
    emit("vpermps", packed, packed, from);
    emit("vmovups", to, packed);
    emit("popcnt", kept, kept); // 8 for each lane
    emit("shr", kept, 1);
    emit("add", advance, kept);
  });
}

/** Adds to each lane the one in the other half, quarter, eighth ... of the register. */
function addAcross(emission: Emission, to: Register, from: Register): void {
  const { assembler: { emit }, dialect } = emission;
  withScratch(emission, [to, from], (moved) => {
    if (dialect.target === "avx512") {
      emit("vshuff32x4", moved, from, from, SWAP_PAIRS);
      emit("vaddps", to, from, moved);
      emit("vshuff32x4", moved, to, to, SWAP_NEIGHBOURS);
    } else {
      emit("vperm2f128", moved, from, from, SWAP_HALVES);
    }
    emit("vaddps", to, dialect.target === "avx512" ? to : from, moved);
    for (const order of [SWAP_PAIRS, SWAP_NEIGHBOURS]) {
      emit("vpermilps", moved, to, order);
      emit("vaddps", to, to, moved);
    }
  });
}
