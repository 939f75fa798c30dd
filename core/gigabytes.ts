/**
 * Sizes of memory and of files, in words.
 *
 * @module
 */

/**
 * Bytes as decimal gigabytes with one digit.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(gigabytes(2 ** 32), "4.3 GB");
 * ```
 */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
