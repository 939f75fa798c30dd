/**
 * How far what a network says goes along with the truth: the metrics of GLUE's tasks that are no shares.
 *
 * @module
 */

/**
 * Matthews' correlation of two-class predictions with their labels, -1 to 1; 0 if all predictions or all labels are the same, as in
 * scikit-learn.
 *
 * @throws {RangeError} If there are not as many predictions as labels.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * assertAlmostEquals(matthewsCorrelation([1, 1, 1, 0], [1, 0, 1, 1]), -1 / 3);
 * ```
 */
export function matthewsCorrelation(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
): number {
  checkCounts(predictions, labels);
  const binary = (values: ArrayLike<number>): number[] =>
    Array.from(values, (value) => value === 1 ? 1 : 0);
  return pearsonCorrelation(binary(predictions), binary(labels));
}

/**
 * Pearson's correlation, -1 to 1; 0 if all values of a side are the same.
 *
 * @throws {RangeError} If the sides are not of one length.
 */
export function pearsonCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  checkCounts(a, b);
  const mean = (values: ArrayLike<number>): number =>
    Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - meanA, b[i]! - meanB];
    both += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return squareA === 0 || squareB === 0 ? 0 : both / Math.sqrt(squareA * squareB);
}

/**
 * Spearman's correlation: Pearson's of the ranks, equal values sharing the mean of theirs.
 *
 * @throws {RangeError} If the sides are not of one length.
 */
export function spearmanCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  checkCounts(a, b);
  return pearsonCorrelation(ranksOf(a), ranksOf(b));
}

function ranksOf(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i)
    .sort((i, j) => values[i]! - values[j]!);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}

function checkCounts(a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length === b.length) return;
  throw new RangeError(`Cannot correlate ${a.length} values with ${b.length}, expected as many`);
}
