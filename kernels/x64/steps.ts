/**
 * The steps of a program, checked and with their arguments in memory.
 *
 * @module
 */
import type { Step } from "../backend.ts";
import type { PlacedStep } from "./program.ts";

/** Bytes of an argument slot. */
export const SLOT_BYTES = 8;

/** Bytes that the arguments of all calls take. */
export function argumentBytes(threads: readonly (readonly Step[])[]): number {
  const slots = threads.flat().map((step) => step.do === "call" ? step.args.length : 0);
  return SLOT_BYTES * slots.reduce((sum, count) => sum + count, 0);
}

/**
 * Refuses what would hang or crash.
 *
 * @throws {RangeError} If there are no threads, or more than `most`; if barriers do not match; if arguments are missing or
 * out of range.
 */
export function checkThreads(threads: readonly (readonly Step[])[], most: number): void {
  if (threads.length === 0 || threads.length > most) {
    throw new RangeError(
      `Cannot build program: ${threads.length} threads, expected 1 to ${most} (the backend's option)`,
    );
  }
  const barriers = threads.map((steps) => steps.filter((step) => step.do === "barrier").length);
  if (new Set(barriers).size > 1) {
    throw new RangeError(
      `Cannot build program: threads have ${barriers.join(", ")} barriers, expected equal numbers`,
    );
  }
  for (const step of threads.flat()) {
    if (step.do === "stamp") checkStamp(step.at);
    if (step.do !== "call") continue;
    const { kernel, args } = step;
    if (args.length < kernel.slots) {
      throw new RangeError(
        `Cannot call ${kernel.id}: ${args.length} arguments, expected ${kernel.slots}`,
      );
    }
    const bad = args.find((value) => !(Number.isInteger(value) && value >= 0 && value < 2 ** 47));
    if (bad !== undefined) {
      throw new RangeError(
        `Cannot call ${kernel.id}: argument is ${bad}, expected an integer from 0 to 2^47 - 1`,
      );
    }
  }
}

function checkStamp(at: number): void {
  if (Number.isInteger(at) && at > 0 && at % 8 === 0 && at < 2 ** 47) return;
  throw new RangeError(
    `Cannot stamp the time at ${at}: expected an arena address that is a multiple of 8`,
  );
}

/**
 * Writes the arguments of all calls one after the other and notes where.
 *
 * @param blocks Address of {@linkcode argumentBytes} bytes.
 * @param view Those bytes.
 */
export function placeSteps(
  threads: readonly (readonly Step[])[],
  blocks: number,
  view: BigUint64Array,
): PlacedStep[][] {
  let slot = 0;
  return threads.map((steps) =>
    steps.map((step) => {
      if (step.do !== "call") return step;
      const block = blocks + SLOT_BYTES * slot;
      for (const value of step.args) view[slot++] = BigInt(value);
      return { do: "call", kernel: step.kernel, block };
    })
  );
}
