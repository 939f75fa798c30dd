/**
 * Checks that all networks share.
 *
 * @module
 */

/** Throws unless the batch is an integer from 1. */
export function checkBatch(name: string, batch: number): void {
  if (!Number.isInteger(batch) || batch < 1) {
    throw new RangeError(`Cannot build ${name}: batch is ${batch}, expected an integer from 1`);
  }
}
