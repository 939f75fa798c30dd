/**
 * Thread counts to measure with.
 *
 * @module
 */
import { UsageError } from "../core/mod.ts";

/** The number asked for, or one and all that there are; ascending. */
export function threadCounts(asked: number | null, cores: number): readonly number[] {
  if (asked === null) return cores > 1 ? [1, cores] : [1];
  if (asked > cores) {
    throw new UsageError(
      `Cannot measure with ${asked} threads: this machine has ${cores}, expected at most that`,
      { remedy: `--threads ${cores}` },
    );
  }
  return [asked];
}
