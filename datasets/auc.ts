/**
 * How well scores tell clicks from the rest.
 *
 * @module
 */

/**
 * The area under the ROC curve, exactly: the share of pairs of a positive and a negative example in which the positive one has the higher
 * score; equal scores count half. `NaN` if one of the two kinds is missing.
 *
 * Takes the time of sorting.
 *
 * @param scores Not changed. Must not be `NaN`.
 * @param labels 1 for positive examples, 0 for negative ones.
 * @throws {RangeError} If a score is `NaN`, or there are not as many labels as scores.
 */
export function areaUnderRoc(scores: Float32Array, labels: ArrayLike<number>): number {
  if (scores.length !== labels.length) {
    throw new RangeError(`Cannot score: ${scores.length} scores, expected ${labels.length}`);
  }
  const positives = scores.filter((_, i) => labels[i] === 1).sort();
  const negatives = scores.filter((_, i) => labels[i] !== 1).sort();
  let [below, equal, halves] = [0, 0, 0];
  for (let i = 0; i < positives.length; i++) {
    const score = positives[i]!;
    if (Number.isNaN(score)) throw new RangeError("Cannot score: a score is NaN, expected numbers");
    while (below < negatives.length && negatives[below]! < score) below++;
    equal = Math.max(equal, below);
    while (equal < negatives.length && negatives[equal]! <= score) equal++;
    // Twice the pairs, so that sums stay whole: exact up to 9e15 of them.
    halves += below + equal;
  }
  if (Number.isNaN(negatives.at(-1) ?? 0)) {
    throw new RangeError("Cannot score: a score is NaN, expected numbers");
  }
  return halves / (2 * positives.length * negatives.length);
}

/** Share of examples on whose side of the threshold the score is; a score of just the threshold says positive. */
export function thresholdAccuracy(
  scores: Float32Array,
  labels: ArrayLike<number>,
  threshold = 0.5,
): number {
  let right = 0;
  for (let i = 0; i < scores.length; i++) {
    if ((scores[i]! >= threshold ? 1 : 0) === labels[i]) right++;
  }
  return right / Math.max(1, scores.length);
}
