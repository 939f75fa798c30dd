/**
 * Which examples sparsity gives up: the hard ones, or any.
 *
 * Hooker et al., "What Do Compressed Deep Neural Networks Forget?" (2019) compare the most frequent prediction of many dense with that of
 * many sparse networks. Here it is whether most of them are right, which needs a bit an example and network.
 *
 * @module
 */
import { createRandom, type Random } from "../core/mod.ts";
import { correctOf, type TrainedModel } from "./experiment.ts";
import { pairsOf } from "./experiment_figures.ts";

/** Examples of like difficulty. */
export interface Difficulty {
  /** How many of the other dense networks are right about them. */
  readonly bucket: "all" | "most" | "few" | "none";
  /** For each seed that has such examples: how many, and the share that its dense and its sparse network are right about. */
  readonly seeds: readonly {
    readonly seed: number;
    readonly count: number;
    readonly dense: number;
    readonly sparse: number;
  }[];
}

const BUCKETS = ["all", "most", "few", "none"] as const;

/**
 * Accuracy of dense and sparse networks by the difficulty of the examples.
 *
 * How hard an example is, is judged by the dense networks of all *other* seeds. Judged by the same networks, hard examples would be those
 * that these networks happened to miss, and any other network would seem better at them.
 *
 * @param examples Number of evaluation examples.
 */
export function accuracyByDifficulty(
  sparse: TrainedModel,
  dense: TrainedModel,
  examples: number,
): Difficulty[] {
  const pairs = correctPairs(sparse, dense, examples);
  if (pairs.length < 2) return [];
  const seeds = pairs.map(({ seed, dense, sparse }) => {
    const judges = pairs.filter((pair) => pair.seed !== seed).map((pair) => pair.dense);
    const buckets = Int32Array.from({ length: examples }, (_, i) => bucketOf(rightOf(judges, i)));
    return { seed, dense, sparse, buckets };
  });
  return BUCKETS.map((bucket, index) => ({
    bucket,
    seeds: seeds.flatMap(({ seed, dense, sparse, buckets }) => {
      const count = buckets.filter((own) => own === index).length;
      const right = (correct: Uint8Array): number =>
        correct.reduce((sum, bit, i) => sum + (buckets[i] === index ? bit : 0), 0) / count;
      return count === 0 ? [] : [{ seed, count, dense: right(dense), sparse: right(sparse) }];
    }),
  })).filter(({ seeds }) => seeds.length > 0);
}

/** Number of a bucket by the share of judges that are right. */
function bucketOf(share: number): number {
  if (share === 1) return 0;
  if (share === 0) return 3;
  return share >= 0.5 ? 1 : 2;
}

function rightOf(networks: readonly Uint8Array[], example: number): number {
  return networks.reduce((sum, correct) => sum + correct[example]!, 0) / networks.length;
}

interface CorrectPair {
  readonly seed: number;
  readonly dense: Uint8Array;
  readonly sparse: Uint8Array;
}

function correctPairs(sparse: TrainedModel, dense: TrainedModel, examples: number): CorrectPair[] {
  return pairsOf(sparse, dense).flatMap(([run, other]) => {
    const [own, base] = [correctOf(run, examples), correctOf(other, examples)];
    return own === null || base === null ? [] : [{ seed: run.seed, sparse: own, dense: base }];
  });
}

/** An example that most networks of one kind are right about, and most of the other wrong. */
export interface ChangedExample {
  /** Its number. */
  readonly example: number;
  /** Share of the dense networks that are right. */
  readonly dense: number;
  /** Share of the sparse networks that are right. */
  readonly sparse: number;
}

/** Examples that change sides, and how many would by chance. */
export interface ChangedExamples {
  /** Most dense networks are right, most sparse ones wrong; the clearest first. */
  readonly forgotten: readonly ChangedExample[];
  /** The reverse. */
  readonly gained: readonly ChangedExample[];
  /** How many would be forgotten if dense and sparse networks differed as little as networks of two seeds do. */
  readonly byChance: {
    /** On average. */
    readonly mean: number;
    /** In 95 of 100 cases at most. */
    readonly most: number;
  };
}

/**
 * Examples whose majority changes with sparsity; `null` with fewer than three seeds, which have no majority to speak of.
 *
 * @param examples Number of evaluation examples.
 */
export function changedExamples(
  sparse: TrainedModel,
  dense: TrainedModel,
  examples: number,
): ChangedExamples | null {
  const pairs = correctPairs(sparse, dense, examples);
  if (pairs.length < 3) return null;
  const [denseNetworks, sparseNetworks] = [
    pairs.map(({ dense }) => dense),
    pairs.map(({ sparse }) => sparse),
  ];
  const all = Array.from({ length: examples }, (_, example) => ({
    example,
    dense: rightOf(denseNetworks, example),
    sparse: rightOf(sparseNetworks, example),
  }));
  const networksLost = ({ dense, sparse }: ChangedExample): number =>
    Math.abs(Math.round((dense - sparse) * pairs.length));
  const clearest = (a: ChangedExample, b: ChangedExample): number =>
    networksLost(b) - networksLost(a) || a.example - b.example;
  return {
    forgotten: all.filter(({ dense, sparse }) => dense > 0.5 && sparse < 0.5).sort(clearest),
    gained: all.filter(({ dense, sparse }) => dense < 0.5 && sparse > 0.5).sort(clearest),
    byChance: forgottenByChance([...denseNetworks, ...sparseNetworks]),
  };
}

/** Ways to call networks dense that are drawn. */
const DRAWS = 500;

/** What calling any half of the networks dense gives. */
function forgottenByChance(networks: readonly Uint8Array[]): ChangedExamples["byChance"] {
  const random = createRandom("which networks are called dense");
  const counts = Array.from({ length: DRAWS }, () => countForgotten(shuffled(networks, random)))
    .sort((a, b) => a - b);
  return {
    mean: counts.reduce((sum, count) => sum + count, 0) / DRAWS,
    most: counts[Math.ceil(0.95 * DRAWS) - 1]!,
  };
}

function shuffled(networks: readonly Uint8Array[], random: Random): Uint8Array[] {
  const order = Int32Array.from(networks.keys());
  random.shuffle(order);
  return Array.from(order, (i) => networks[i]!);
}

/** Examples that most of the first half are right about, and most of the second wrong. */
function countForgotten(networks: readonly Uint8Array[]): number {
  const half = networks.length / 2;
  let count = 0;
  for (let example = 0; example < networks[0]!.length; example++) {
    let [first, second] = [0, 0];
    for (let i = 0; i < half; i++) {
      first += networks[i]![example]!;
      second += networks[half + i]![example]!;
    }
    if (2 * first > half && 2 * second < half) count++;
  }
  return count;
}
