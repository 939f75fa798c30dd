/**
 * Fast loops beside the plain ones, for tests.
 *
 * @module
 */
import { assert, assertAlmostEquals } from "@std/assert";
import { type Floats, type Loops, plainLoops } from "./loops.ts";

/** Floats around a result that must stay as they are. */
const GUARD = 40;

/**
 * Runs a loop both ways; `out` is the array that it writes, in the middle of memory that it must not touch.
 *
 * @param tolerance How far apart results may be: a share of what is wanted where that is above 1, or what a function allows.
 */
export function compareLoops(
  fast: Loops,
  length: number,
  tolerance: number | ((wanted: number) => number),
  what: string,
  run: (loops: Loops, out: Floats) => void,
): void {
  const allowed = typeof tolerance === "function"
    ? tolerance
    : (wanted: number) => tolerance * Math.max(1, Math.abs(wanted));
  const memory = new Float32Array(length + 2 * GUARD).fill(7);
  const found = memory.subarray(GUARD, GUARD + length).fill(NaN);
  const wanted = new Float32Array(length).fill(NaN);
  run(fast, found);
  run(plainLoops, wanted);
  wanted.forEach((value, i) =>
    assertAlmostEquals(found[i]!, value, allowed(value), `${what} ${i}`)
  );
  const around = [...memory.subarray(0, GUARD), ...memory.subarray(GUARD + length)];
  assert(around.every((value) => value === 7), `${what}: wrote beyond the result`);
}
