/**
 * The blessing of dimensionality as a formula: how likely a sparse neuron takes one pattern for another.
 *
 * Ahmad and Scheinkman, "How Can We Be So Dense? The Benefits of Using Highly Sparse Representations" (2019), section 3.
 *
 * @module
 */

/** A neuron and what it sees. */
export interface MatchSizes {
  /** Inputs there are. */
  readonly inputs: number;
  /** Inputs that are active in a pattern. */
  readonly active: number;
  /** Inputs that the neuron is connected to. */
  readonly synapses: number;
  /** Active ones among them from which on it takes a pattern for its own. */
  readonly threshold: number;
}

/**
 * Probability that a random pattern matches: the upper tail of the hypergeometric distribution, summed in whole numbers.
 *
 * @throws {RangeError} If sizes are not whole, negative, or larger than the inputs.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * const published = falseMatchProbability({ inputs: 300, active: 64, synapses: 24, threshold: 12 });
 * assertAlmostEquals(published, 1.09e-3, 5e-6);
 * ```
 */
export function falseMatchProbability(sizes: MatchSizes): number {
  const { inputs, active, synapses, threshold } = checked(sizes);
  let matching = 0n;
  for (let overlap = threshold; overlap <= Math.min(synapses, active); overlap++) {
    matching += choose(active, overlap) * choose(inputs - active, synapses - overlap);
  }
  return ratio(matching, choose(inputs, synapses));
}

function checked(sizes: MatchSizes): MatchSizes {
  const { inputs, active, synapses, threshold } = sizes;
  const whole = [inputs, active, synapses, threshold].every((size) =>
    Number.isInteger(size) && size >= 0
  );
  if (!whole || active > inputs || synapses > inputs) {
    throw new RangeError(
      `Cannot compute false matches: ${
        JSON.stringify(sizes)
      }, expected whole numbers from 0, active and synapses at most the inputs`,
    );
  }
  return sizes;
}

/** Ways to choose some of many; 0 if there are not that many. */
function choose(from: number, some: number): bigint {
  if (some > from) return 0n;
  let ways = 1n;
  for (let i = 1; i <= some; i++) ways = ways * BigInt(from - some + i) / BigInt(i);
  return ways;
}

/** A quotient of whole numbers of any size to 15 digits. */
function ratio(above: bigint, below: bigint): number {
  if (above === 0n) return 0;
  const shift = below.toString(2).length - above.toString(2).length + 60;
  return Number((above << BigInt(Math.max(0, shift))) / below) * 2 ** -Math.max(0, shift);
}

/** A probability printed in the paper's plotting code. */
export interface PublishedMatch {
  /** What it is of. */
  readonly sizes: MatchSizes;
  /** As printed there. */
  readonly probability: number;
}

function published(active: number, inputs: number, probability: number): PublishedMatch {
  return { sizes: { inputs, active, synapses: 24, threshold: 12 }, probability };
}

/**
 * Published points that the formula was checked with, to their printed precision. The same file has a curve for dense patterns (half
 * of the inputs active: .00519 at 300 inputs) that does not follow the formula, which gives .58; it is left out.
 */
export const PUBLISHED_MATCHES: readonly PublishedMatch[] = [
  published(64, 300, 1.09e-3),
  published(64, 500, 5.70e-6),
  published(64, 700, 1.41e-7),
  published(128, 300, 0.292),
  published(128, 1900, 7.1e-9),
  published(256, 300, 0.999998),
  published(256, 3500, 2.2e-8),
];
