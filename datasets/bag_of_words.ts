/**
 * What can be told from words alone: a logistic regression on bags of words. It is how tests show that a task needs order.
 *
 * @module
 */
import type { Dataset, Examples } from "./dataset.ts";

/** Features: words of each text, words that are in one text only and their number, or all of these. */
export type Bag = "both texts" | "difference" | "all";

const EPOCHS = 12;
const LEARNING_RATE = 0.05;
const DECAY = 1e-5;

/**
 * Trains on the training examples and returns the accuracy on the evaluation examples. Takes about a second.
 *
 * Plain stochastic gradient descent with one step per example, in the order of the file.
 */
export function bagAccuracy({ train, dev, vocabulary }: Dataset, bag: Bag): number {
  const weights = new Float64Array(3 * vocabulary + 2);
  const known = featuresOf(train, bag, vocabulary);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const rate = LEARNING_RATE * (1 - epoch / EPOCHS);
    known.forEach((features, i) => {
      const error = train.labels[i]! - 1 / (1 + Math.exp(-scoreOf(weights, features)));
      for (const [index, value] of features) {
        weights[index] = weights[index]! * (1 - DECAY) + rate * error * value;
      }
    });
  }
  const right = featuresOf(dev, bag, vocabulary).filter((features, i) =>
    (scoreOf(weights, features) > 0 ? 1 : 0) === dev.labels[i]
  );
  return right.length / dev.count;
}

type Features = readonly (readonly [index: number, value: number])[];

function scoreOf(weights: Float64Array, features: Features): number {
  return features.reduce((sum, [index, value]) => sum + weights[index]! * value, 0);
}

function featuresOf(examples: Examples, bag: Bag, vocabulary: number): Features[] {
  const last = 3 * vocabulary;
  return Array.from({ length: examples.count }, (_, i) => {
    const [first, second] = bagsOf(examples, i);
    const features: [number, number][] = [[last, 1]];
    if (bag !== "difference") {
      for (const word of first) features.push([word, 1]);
      for (const word of second) features.push([vocabulary + word, 1]);
    }
    if (bag !== "both texts") {
      const apart = [...first.symmetricDifference(second)];
      for (const word of apart) features.push([2 * vocabulary + word, 1]);
      features.push([last + 1, apart.length / 4]);
    }
    return features;
  });
}

function bagsOf(examples: Examples, i: number): [Set<number>, Set<number>] {
  const bags: [Set<number>, Set<number>] = [new Set(), new Set()];
  for (let at = 0; at < examples.lengths[i]!; at++) {
    const position = i * examples.sequence + at;
    bags[examples.tokenTypes[position] === 1 ? 1 : 0].add(examples.inputIds[position]!);
  }
  return bags;
}
