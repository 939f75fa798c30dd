/**
 * Transposition of 4 by 4 lanes in registers.
 *
 * @module
 */
import type { Vector, VectorMachine } from "../machine.ts";

/** Four vectors. */
export type FourVectors = readonly [Vector, Vector, Vector, Vector];

/**
 * Transposes each group of 4 lanes of four vectors by itself, in place: lane j of vector i becomes lane i of vector j.
 *
 * Takes 2 vectors for a moment. 8 operations.
 */
export function transposeGroups(machine: VectorMachine, [a, b, c, d]: FourVectors): void {
  machine.scope(() => {
    const [low, high] = [machine.vector(), machine.vector()];
    machine.unpackLowLanes(low, a, b); // a0 b0 a1 b1
    machine.unpackHighLanes(high, a, b); // a2 b2 a3 b3
    machine.unpackLowLanes(b, c, d);
    machine.unpackHighLanes(d, c, d);
    machine.unpackLowPairs(a, low, b);
    machine.unpackHighPairs(b, low, b);
    machine.unpackLowPairs(c, high, d);
    machine.unpackHighPairs(d, high, d);
  });
}
