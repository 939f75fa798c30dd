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

/** As {@linkcode rangesOf}, for as few threads as get at least `least` each; nobody gets nothing. */
export function sharesOf(count: number, threads: number, least = 1): readonly Range[] {
  if (count === 0) return [];
  return rangesOf(count, Math.max(1, Math.min(threads, Math.floor(count / least))));
}
