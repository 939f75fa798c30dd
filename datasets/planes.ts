/**
 * Examples that are stacks of planes: images, and spectrograms.
 *
 * @module
 */
import type { Random } from "../core/mod.ts";
import type { DatasetFacts, ExampleGroups } from "./dataset.ts";

/** Sizes of one example. */
export interface PlaneShape {
  /** Planes of an example, such as red, green and blue. */
  readonly channels: number;
  /** Rows of a plane. */
  readonly height: number;
  /** Values of a row. */
  readonly width: number;
}

/** Examples in memory, one class each. */
export interface PlaneExamples {
  /** Number of examples. */
  readonly count: number;
  /** Sizes of each example. */
  readonly shape: PlaneShape;
  /** `count × channels × height × width`; bytes stand for 0 to 1 in steps of 1/255. */
  readonly values: Uint8Array | Float32Array;
  /** Class of each example. */
  readonly labels: Int32Array;
  /** Sub-populations. */
  readonly groups: readonly ExampleGroups[];
}

/** What networks expect of each channel: `(value - mean) / deviation`, with values from 0 to 1. */
export interface Normalisation {
  /** Mean of each channel. */
  readonly mean: readonly number[];
  /** Standard deviation of each channel. */
  readonly deviation: readonly number[];
}

/** A batch for a network that sees planes. */
export interface PlaneBatch {
  /** Numbers of the examples. */
  readonly examples: Int32Array;
  /** `batch × channels × height × width`, normalised. */
  readonly planes: Float32Array<ArrayBuffer>;
  /** Class of each example. */
  readonly labels: Int32Array;
}

/**
 * Changes the values of one example in place, before they are normalised.
 *
 * @param values `channels × height × width`; those of images are 0 to 1.
 */
export type PlaneChange = (values: Float32Array, shape: PlaneShape, random: Random) => void;

/** A data set of images or spectrograms, small enough for memory. */
export interface PlaneDataset extends DatasetFacts {
  /** Tells it from data sets of text. */
  readonly kind: "planes";
  /** Metric of the task. */
  readonly metric: "accuracy";
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  /** Training examples. */
  readonly train: PlaneExamples;
  /** Evaluation examples. */
  readonly dev: PlaneExamples;
  /** What networks expect. */
  readonly normalisation: Normalisation;
}

/** Values of one example. */
export function sizeOfPlanes({ channels, height, width }: PlaneShape): number {
  return channels * height * width;
}

/** The examples at the given positions, in that order; copies them. */
export function pickPlanes(examples: PlaneExamples, positions: readonly number[]): PlaneExamples {
  const size = sizeOfPlanes(examples.shape);
  const length = positions.length * size;
  const values = examples.values instanceof Uint8Array
    ? new Uint8Array(length)
    : new Float32Array(length);
  positions.forEach((from, to) => {
    values.set(examples.values.subarray(from * size, (from + 1) * size), to * size);
  });
  return {
    ...{ count: positions.length, shape: examples.shape, values },
    labels: Int32Array.from(positions, (i) => examples.labels[i]!),
    groups: examples.groups.map(({ by, buckets, of }) => ({
      ...{ by, buckets },
      of: Uint8Array.from(positions, (i) => of[i]!),
    })),
  };
}

/** The division by class. */
export function byClass(classes: readonly string[], labels: Int32Array): ExampleGroups {
  return { by: "class", buckets: classes, of: Uint8Array.from(labels) };
}
