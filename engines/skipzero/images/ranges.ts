/**
 * How threads share what can be counted.
 *
 * @module
 */

/** Some of what is counted. */
export interface Range {
  /** First. */
  readonly from: number;
  /** Behind the last. */
  readonly to: number;
}

/** About equally many for each thread, in order. */
export function rangesOf(count: number, threads: number): readonly Range[] {
  const cut = (i: number): number => Math.floor(count * i / threads);
  return Array.from({ length: threads }, (_, i) => ({ from: cut(i), to: cut(i + 1) }));
}
