/**
 * Quads from four arbitrary rows of bytes.
 *
 * @module
 */
import type { Address, Vector, VectorMachine } from "../machine.ts";

/** Registers that {@linkcode loadUnpacked} takes for 4 vectors; for 2 it takes one less. */
export const UNPACK_REGISTERS = 5;

/** Quads in registers. */
export interface UnpackedQuads {
  /** The vectors of quads. */
  readonly quads: readonly Vector[];
  /** A register that was needed on the way and is free now. */
  readonly spare: Vector;
}

/**
 * Takes 4 or 5 vectors and makes `vectors` (4 or 2) vectors of quads: byte i of each lane from the row at `row(i)`.
 *
 * Vector j of a group of four holds the tokens that stand j-th in each 16 bytes; 2 vectors are the low or the high half
 * of a group.
 *
 * @param first Number of the first vector in its panel row, a multiple of `vectors`.
 * @param row Address of the panel row of input i; its displacement is not used.
 */
export function loadUnpacked(
  machine: VectorMachine,
  vectors: number,
  first: number,
  row: (i: number) => Address,
): UnpackedQuads {
  const group = Math.floor(first / 4);
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => {
    const vector = machine.vector();
    machine.scope(() => machine.load(vector, { ...row(i), disp: group * 4 * machine.lanes }));
    return vector;
  }) as [Vector, Vector, Vector, Vector];
  if (vectors === 2) {
    if (first % 4 === 0) {
      machine.unpackLowBytes(a, a, b);
      machine.unpackLowBytes(c, c, d);
    } else {
      machine.unpackHighBytes(a, a, b);
      machine.unpackHighBytes(c, c, d);
    }
    machine.unpackLowWords(b, a, c);
    machine.unpackHighWords(d, a, c);
    return { quads: [b, d], spare: a };
  }
  const low = machine.vector();
  machine.unpackLowBytes(low, a, b);
  machine.unpackHighBytes(a, a, b);
  machine.unpackLowBytes(b, c, d);
  machine.unpackHighBytes(c, c, d);
  machine.unpackLowWords(d, low, b);
  machine.unpackHighWords(low, low, b);
  machine.unpackLowWords(b, a, c);
  machine.unpackHighWords(a, a, c);
  return { quads: [d, low, b, a], spare: c };
}
