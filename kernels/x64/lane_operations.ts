/**
 * The machine's operations across lanes.
 *
 * @module
 */
import type { VectorMachine } from "../machine.ts";
import type { Emission } from "./machine.ts";
import type { Register } from "./operands.ts";
import { withScratch } from "./scratch.ts";

/** Methods of {@linkcode VectorMachine} that move lanes. */
export type LaneOperations = Pick<
  VectorMachine,
  "loadU8Lanes" | "loadS8Lanes" | "permute" | "addAcross"
>;

/** Lanes 2, 3, 0, 1 of each four; as groups of four lanes the same. */
const SWAP_PAIRS = 0b01_00_11_10;
/** Lanes 1, 0, 3, 2. */
const SWAP_NEIGHBOURS = 0b10_11_00_01;
/** The other half of a ymm register (manual, volume 2C, VPERM2F128). */
const SWAP_HALVES = 1;

/** Binds the operations to the code being emitted. */
export function laneOperations(emission: Emission): LaneOperations {
  const { assembler: { emit }, vector, place } = emission;
  return {
    loadU8Lanes: (to, from) => emit("vpmovzxbd", vector(to), place(from)),
    loadS8Lanes: (to, from) => emit("vpmovsxbd", vector(to), place(from)),
    permute: (to, indices, table) =>
      emit(
        "vpermps",
        vector(to),
        vector(indices),
        "kind" in table ? vector(table) : place(table),
      ),
    addAcross: (to, from) => addAcross(emission, vector(to), vector(from)),
  };
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
