/**
 * Figures in words, spelled alike wherever people read them.
 *
 * @module
 */

/** A fraction as percentage points without the sign for per cent, e.g. `-0.69`. */
export function points(fraction: number, digits = 2): string {
  const text = (100 * fraction).toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text;
}

/** A fraction as a percentage, e.g. `90.0 %`. */
export function percent(fraction: number, digits = 1): string {
  return `${points(fraction, digits)} %`;
}

/** A speed-up, e.g. `5.2x`; two digits below 2, where they matter. */
export function times(ratio: number): string {
  return `${ratio.toFixed(ratio < 2 ? 2 : 1)}x`;
}

/** A speed-up with its interval, e.g. `5.2x [5.1, 5.3]`. */
export function timesWithin(
  ratio: { readonly estimate: number; readonly low: number; readonly high: number },
): string {
  const digits = ratio.estimate < 2 ? 2 : 1;
  return `${times(ratio.estimate)} [${ratio.low.toFixed(digits)}, ${ratio.high.toFixed(digits)}]`;
}

/**
 * A number and its noun, e.g. `1 seed`, `3 seeds`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(count(1, "seed"), "1 seed");
 * assertEquals(count(24, "layer"), "24 layers");
 * ```
 */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Words as a list, e.g. `a, b and c`. */
export function list(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
