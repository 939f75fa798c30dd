/**
 * Time, injected, so that the policy of measuring is tested in a millisecond.
 *
 * @module
 */

/** A source of time. */
export interface Clock {
  /** Nanoseconds since some fixed moment; never goes back. */
  now(): number;
}

/** The machine's monotonic clock. */
export const SYSTEM_CLOCK: Clock = { now: () => performance.now() * 1e6 };

/**
 * The smallest step that a clock is seen to make, in nanoseconds.
 *
 * Timed blocks should be a thousand times as long.
 */
export function clockStepNs(clock: Clock, tries = 20): number {
  let smallest = Infinity;
  for (let attempt = 0; attempt < tries; attempt++) {
    const start = clock.now();
    let next = clock.now();
    while (next === start) next = clock.now();
    smallest = Math.min(smallest, next - start);
  }
  return smallest;
}
