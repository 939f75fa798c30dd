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
/** Up to here the largest are kept sorted while the values pass by. */
const FEW = 128;

const counts = new Int32Array(VALUES);
const largest = new Float32Array(FEW);

/**
 * The `count`-th largest of some floats, counted from 1: what stands there once they are sorted down. NaN is let pass, somewhere in
 * the order, so that a loss can tell of it.
 *
 * Radix selection over the bits: one pass finds the highest digit, and only what shares it is looked at for the others.
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
  return values.length <= FEW ? ofFew(values, count) : ofMany(values, count);
}

function ofFew(values: Float32Array, count: number): number {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    let at = Math.min(i, count);
    if (at === count && value <= largest[count - 1]!) continue;
    for (; at > 0 && largest[at - 1]! < value; at--) if (at < FEW) largest[at] = largest[at - 1]!;
    largest[at] = value;
  }
  return largest[count - 1]!;
}

function ofMany(values: Float32Array<ArrayBuffer>, count: number): number {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  let keys = new Int32Array(bits.length);
  counts.fill(0);
  for (let i = 0; i < bits.length; i++) {
    const key = ordered(bits[i]!);
    keys[i] = key;
    counts[key >>> SHIFTS[0]]!++;
  }
  let left = count;
  let found = 0;
  for (const shift of SHIFTS) {
    const mask = VALUES - 1 >> (shift === 0 ? 1 : 0);
    if (shift !== SHIFTS[0]) {
      counts.fill(0);
      for (let i = 0; i < keys.length; i++) counts[keys[i]! >> shift & mask]!++;
    }
    let digit = mask;
    while (counts[digit]! < left) left -= counts[digit--]!;
    found |= digit << shift;
    keys = sharing(keys, shift, mask, digit, counts[digit]!);
  }
  return fromOrdered(found);
}

/** The `count` keys that have a digit. */
function sharing(
  keys: Int32Array<ArrayBuffer>,
  shift: number,
  mask: number,
  digit: number,
  count: number,
): Int32Array<ArrayBuffer> {
  const found = new Int32Array(count);
  for (let i = 0, at = 0; at < count; i++) {
    if ((keys[i]! >> shift & mask) === digit) found[at++] = keys[i]!;
  }
  return found;
}

/** Bits in the order of the numbers, without a sign: the sign bit turned, all others too where the number is negative. */
function ordered(bits: number): number {
  return bits ^ (bits >> 31 | -0x8000_0000);
}

const scratch = new Int32Array(1);
const scratchFloat = new Float32Array(scratch.buffer);

function fromOrdered(key: number): number {
  scratch[0] = key < 0 ? key ^ -0x8000_0000 : ~key;
  return scratchFloat[0]!;
}
