/**
 * The k-th largest of many numbers.
 *
 * @module
 */

/** Bits of a digit: a table of its values stays in the first cache. */
const DIGIT_BITS = 11;
const VALUES = 2 ** DIGIT_BITS;
/** Shifts of the three digits, highest first; the last has ten bits. */
const SHIFTS = [21, 10, 0] as const;

const counts = new Int32Array(VALUES);

/**
 * The `count`-th largest of some floats, counted from 1: what stands there once they are sorted down.
 *
 * Radix selection over the bits in three passes, whatever the values; -0 lies below 0. NaN is larger than all numbers if positive.
 *
 * @throws {RangeError} If there are fewer values.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(kthLargest(Float32Array.of(3, -1, 7, 3), 2), 3);
 * ```
 */
export function kthLargest(values: Float32Array<ArrayBuffer>, count: number): number {
  if (!Number.isInteger(count) || count < 1 || count > values.length) {
    throw new RangeError(
      `Cannot choose the ${count}th largest of ${values.length} values, expected 1 to ${values.length}`,
    );
  }
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let prefix = 0;
  let left = count;
  let known = 0; // bits of the prefix that are decided
  for (const shift of SHIFTS) {
    counts.fill(0);
    const mask = VALUES - 1 >>> (shift === 0 ? 1 : 0);
    for (let i = 0; i < bits.length; i++) {
      const key = ordered(bits[i]!);
      if (((key ^ prefix) & known) === 0) counts[key >>> shift & mask]!++;
    }
    let digit = mask;
    while (counts[digit]! < left) left -= counts[digit--]!;
    prefix = (prefix | digit << shift) >>> 0;
    known = (known | mask << shift) >>> 0;
  }
  return fromOrdered(prefix);
}

/** Bits in the order of the numbers: the sign bit turned, all others too where the number is negative. */
function ordered(bits: number): number {
  return (bits ^ (bits >> 31 | 0x8000_0000)) >>> 0;
}

const scratch = new Uint32Array(1);
const scratchFloat = new Float32Array(scratch.buffer);

function fromOrdered(key: number): number {
  scratch[0] = key & 0x8000_0000 ? key ^ 0x8000_0000 : ~key;
  return scratchFloat[0]!;
}
