/**
 * Accuracy of a network that gives a score to every class.
 *
 * @module
 */

/**
 * How many examples have their class among the `best` highest scores; of equal scores the one of the lower class number is the higher.
 *
 * @param scores `labels.length × classes`.
 * @throws {RangeError} If a label is no class: the data set has others than the network.
 */
export function countTop(scores: Float32Array, labels: ArrayLike<number>, best: number): number {
  const classes = scores.length / labels.length;
  let right = 0;
  for (let example = 0; example < labels.length; example++) {
    const label = labels[example]!;
    if (!(label >= 0 && label < classes)) {
      throw new RangeError(
        `Cannot score example ${example}: its class is ${label}, expected 0 to ${classes - 1}`,
      );
    }
    const own = scores[example * classes + label]!;
    let higher = 0;
    for (let other = 0; other < classes; other++) {
      const score = scores[example * classes + other]!;
      if (score > own || (score === own && other < label)) higher++;
    }
    if (higher < best) right++;
  }
  return right;
}

/**
 * Checks that a network tells as many classes apart as a data set has.
 *
 * @throws {RangeError} If it does not.
 */
export function checkClassCount(
  dataset: { readonly name: string; readonly classes: readonly string[] },
  network: { readonly name: string; readonly classes: number },
): void {
  if (dataset.classes.length === network.classes) return;
  throw new RangeError(
    `Cannot train ${network.name} on ${dataset.name}: it tells ${network.classes} classes apart, the data set has ${dataset.classes.length}`,
  );
}
