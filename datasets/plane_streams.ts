/**
 * Data sets of planes as trainings consume them: streams of batches, wherever the examples come from.
 *
 * @module
 */
import { createRandom, EnvironmentError, type Random } from "../core/mod.ts";
import type { DatasetFacts, ExampleGroups } from "./dataset.ts";
import { evaluationPlanes, normalise, trainingPlanes } from "./plane_batches.ts";
import {
  type Normalisation,
  type PlaneBatch,
  type PlaneChange,
  type PlaneDataset,
  type PlaneShape,
  sizeOfPlanes,
} from "./planes.ts";
import type { Skips } from "./skips.ts";

/** Which batches of an epoch. */
export interface TrainBatches {
  /** Examples per batch. */
  readonly size: number;
  /** Names the stream of chance, such as `seed 1 epoch 3`. */
  readonly label: string;
  /** First batch, for runs that go on; default 0. */
  readonly from?: number;
}

/** How to evaluate. */
export interface EvaluationBatches {
  /** Examples per batch. */
  readonly size: number;
  /** Noise to test with, 0 to 1; default 0. Data sets without a noise test refuse other values. */
  readonly noise?: number;
}

/** What is known of examples before they are read. */
export interface ExampleFacts {
  /** Number of examples. */
  readonly count: number;
  /** Class of each example. */
  readonly labels: Int32Array;
  /** Sub-populations. */
  readonly groups: readonly ExampleGroups[];
}

/** A data set of images or spectrograms as streams. Memory holds a few batches, whatever its size. */
export interface PlaneStreams extends DatasetFacts {
  /** Tells it from data sets of text. */
  readonly kind: "planes";
  /** Metric of the task. */
  readonly metric: "accuracy";
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  /** Sizes of each example. */
  readonly shape: PlaneShape;
  /** Training examples. */
  readonly train: ExampleFacts;
  /** Evaluation examples. */
  readonly dev: ExampleFacts;
  /** Batches of one epoch of training, changed by chance, all of one size. */
  trainBatches(options: TrainBatches): AsyncGenerator<PlaneBatch>;
  /** Batches that cover the evaluation examples once; `examples` says which ones, as broken ones are left out. */
  devBatches(options: EvaluationBatches): AsyncGenerator<PlaneBatch>;
  /** Broken examples that were left out so far, in words. */
  skipped(): readonly string[];
}

/** What is done to examples in memory. */
export interface PlaneChanges {
  /** Changes of training. */
  readonly train: readonly PlaneChange[];
  /** Noise of a level; absent if there is no noise test. */
  readonly noise?: (level: number) => PlaneChange;
}

/** Streams of examples that are in memory. */
export function streamPlanes(dataset: PlaneDataset, changes: PlaneChanges): PlaneStreams {
  const { train, dev, normalisation, ...facts } = dataset;
  return {
    ...facts,
    shape: train.shape,
    train: factsOf(train),
    dev: factsOf(dev),
    trainBatches: (options) =>
      trainingPlanes(train, { ...options, normalisation, changes: changes.train }),
    devBatches({ size, noise = 0 }): AsyncGenerator<PlaneBatch> {
      const level = noise === 0 ? [] : [noiseOf(facts.name, changes)(noise)];
      return evaluationPlanes(dev, {
        size,
        label: `noise ${noise}`,
        normalisation,
        changes: level,
      });
    },
    skipped: () => [],
  };
}

function factsOf({ count, labels, groups }: ExampleFacts): ExampleFacts {
  return { count, labels, groups };
}

function noiseOf(name: string, { noise }: PlaneChanges): (level: number) => PlaneChange {
  if (noise) return noise;
  throw new RangeError(`Cannot add noise to ${name}: it has no noise test, expected noise 0`);
}

/** Examples that are read one by one. */
export interface LoadedPlanes extends ExampleFacts {
  /** What to call an example in messages, such as its path. */
  nameOf(example: number): string;
  /**
   * Reads an example.
   *
   * @param random Chance for the changes of training or noise.
   * @returns `channels × height × width`, not normalised; the caller may change it.
   * @throws {SyntaxError} If it is broken.
   * @throws {EnvironmentError} If it cannot be read.
   */
  load(example: number, random: Random): Promise<Float32Array>;
}

/** How batches of loaded examples are made. */
export interface LoadOptions {
  /** Examples per batch. */
  readonly size: number;
  /** Names the stream of chance. */
  readonly label: string;
  /** First batch; default 0. */
  readonly from?: number;
  /** Sizes of each example. */
  readonly shape: PlaneShape;
  /** What networks expect. */
  readonly normalisation: Normalisation;
  /** Counts broken examples. */
  readonly skips: Skips;
}

/** Batches of one epoch of training. In the place of a broken example stands another one, drawn at random. */
export async function* loadTraining(
  examples: LoadedPlanes,
  options: LoadOptions,
): AsyncGenerator<PlaneBatch> {
  const { size, label, from = 0 } = options;
  if (size > examples.count) {
    throw new RangeError(
      `Cannot make batches of ${size}: there are ${examples.count} examples, expected at least as many`,
    );
  }
  const random = createRandom(label);
  const order = Int32Array.from({ length: examples.count }, (_, i) => i);
  random.shuffle(order);
  for (let batch = from; (batch + 1) * size <= order.length; batch++) {
    const chance = random.fork(`batch ${batch}`);
    const wanted = order.slice(batch * size, (batch + 1) * size);
    const loaded = await loadAll(examples, wanted, chance, options);
    for (let i = 0; i < size; i++) {
      for (let other = 0; loaded[i] === null; other++) {
        const instead = chance.integer(examples.count);
        wanted[i] = instead;
        loaded[i] = await loadOne(examples, instead, chance.fork(`${i} ${other}`), options.skips);
      }
    }
    yield batchOf(examples, wanted, loaded as Float32Array[], options); // none is null any more
  }
}

/** Batches that cover all examples but the broken ones. */
export async function* loadEvaluation(
  examples: LoadedPlanes,
  options: LoadOptions,
): AsyncGenerator<PlaneBatch> {
  const { size, label, from = 0 } = options;
  const random = createRandom(label);
  for (let batch = from; batch * size < examples.count; batch++) {
    const length = Math.min(size, examples.count - batch * size);
    const numbers = Int32Array.from({ length }, (_, i) => batch * size + i);
    const loaded = await loadAll(examples, numbers, random.fork(`batch ${batch}`), options);
    const whole = numbers.filter((_, i) => loaded[i] !== null);
    const values = loaded.filter((planes) => planes !== null);
    if (values.length > 0) yield batchOf(examples, whole, values, options);
  }
}

function loadAll(
  examples: LoadedPlanes,
  numbers: Int32Array,
  random: Random,
  { skips }: LoadOptions,
): Promise<(Float32Array | null)[]> {
  return Promise.all(
    Array.from(numbers, (number, i) => loadOne(examples, number, random.fork(`${i}`), skips)),
  );
}

/** An example, or `null` if it is broken or its file is gone. */
async function loadOne(
  examples: LoadedPlanes,
  number: number,
  random: Random,
  skips: Skips,
): Promise<Float32Array | null> {
  try {
    return await examples.load(number, random);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof EnvironmentError)) throw error;
    skips.add(examples.nameOf(number), error.message);
    return null;
  }
}

function batchOf(
  { labels }: ExampleFacts,
  numbers: Int32Array,
  loaded: readonly Float32Array[],
  { shape, normalisation }: LoadOptions,
): PlaneBatch {
  const size = sizeOfPlanes(shape);
  const planes = new Float32Array(numbers.length * size);
  loaded.forEach((values, row) => {
    planes.set(values, row * size);
    normalise(planes.subarray(row * size, (row + 1) * size), normalisation);
  });
  return { examples: numbers, planes, labels: numbers.map((number) => labels[number]!) };
}
