/**
 * Lists of indices, as narrow as they can be.
 *
 * @module
 */

/** Whole numbers from 0, of 8, 16 or 32 bits each. */
export type Indices =
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>;

/**
 * Zeros, of the narrowest width that holds every number up to `largest`.
 *
 * @throws {RangeError} If a number or the length does not fit 32 bits.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(indices(3, 1024).BYTES_PER_ELEMENT, 2);
 * ```
 */
export function indices(length: number, largest: number): Indices {
  if (largest < 2 ** 8) return new Uint8Array(length);
  if (largest < 2 ** 16) return new Uint16Array(length);
  if (largest < 2 ** 32 && length < 2 ** 32) return new Uint32Array(length);
  throw new RangeError(
    `Cannot index up to ${largest} by ${length} numbers: expected below 2^32 of either`,
  );
}
