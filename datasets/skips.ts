/**
 * Broken examples: left out and counted while they are few, an error when they are many.
 *
 * @module
 */
import { EnvironmentError } from "../core/mod.ts";

/** A count of examples that were left out. */
export interface Skips {
  /**
   * Leaves out one example. One that comes again, in the next epoch, counts once.
   *
   * @param what Which one, such as a path.
   * @param reason What is wrong with it.
   * @throws {EnvironmentError} If this is one too many; names the first that was left out.
   */
  add(what: string, reason: string): void;
  /** How many were left out. */
  readonly count: number;
  /** What was left out, in words; empty if nothing was. */
  notes(): readonly string[];
}

/** What to count, and when it is too much. */
export interface SkipOptions {
  /** What the examples are, e.g. `clips of speech-commands`. */
  readonly kind: string;
  /** Examples in all; a function where that is not known before they are read. */
  readonly total: number | (() => number);
  /** Largest share of them that may be left out, 0 to 1; default 0.01. */
  readonly share?: number;
}

/** Share of broken examples that says little about the rest. */
export const SKIPPED_SHARE = 0.01;

/** Starts a count. */
export function allowSkips({ kind, total, share = SKIPPED_SHARE }: SkipOptions): Skips {
  const seen = new Set<string>();
  const inAll = (): number => typeof total === "number" ? total : total();
  let first = "";
  return {
    add(what, reason): void {
      if (seen.size === 0) first = `${what} (${reason})`;
      seen.add(what);
      if (seen.size <= share * inAll()) return;
      throw new EnvironmentError(
        `Cannot use ${kind}: at least ${seen.size} of ${inAll()} are broken, the first ${first}, expected at most ${
          percent(share)
        }`,
        { remedy: "fetch or unpack the data set anew" },
      );
    },
    get count(): number {
      return seen.size;
    },
    notes: () =>
      seen.size === 0
        ? []
        : [`${kind}: ${seen.size} of ${inAll()} left out as broken, the first ${first}`],
  };
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
