/**
 * Batches of planes: chosen, changed by chance, normalised. At most one batch is in memory beside the examples.
 *
 * Every batch has a stream of chance of its own, so that a run that goes on at batch k sees what an uninterrupted one saw.
 *
 * @module
 */
import { createRandom, type Random } from "../core/mod.ts";
import {
  type Normalisation,
  type PlaneBatch,
  type PlaneChange,
  type PlaneExamples,
  sizeOfPlanes,
} from "./planes.ts";

/** How batches of an epoch of training are made. */
export interface PlaneStreamOptions {
  /** Examples per batch. */
  readonly size: number;
  /** Names the stream of chance, such as `seed 1 epoch 3`. */
  readonly label: string;
  /** What networks expect. */
  readonly normalisation: Normalisation;
  /** Changes made to each example, one after the other; default none. */
  readonly changes?: readonly PlaneChange[];
  /** First batch, for runs that go on; default 0. */
  readonly from?: number;
}

/**
 * The batches of one epoch of training, all of the same size; those that fill no whole batch are left out, other ones each epoch.
 *
 * @throws {RangeError} If there are fewer examples than a batch holds.
 */
export async function* trainingPlanes(
  examples: PlaneExamples,
  options: PlaneStreamOptions,
): AsyncGenerator<PlaneBatch> {
  const { size, label, from = 0 } = options;
  const random = createRandom(label);
  const order = shuffled(examples.count, size, random);
  for (let batch = from; (batch + 1) * size <= order.length; batch++) {
    const numbers = order.slice(batch * size, (batch + 1) * size);
    yield planesOf(examples, numbers, options, random.fork(`batch ${batch}`));
    await Promise.resolve();
  }
}

/** Numbers of all examples in random order. */
function shuffled(count: number, size: number, random: Random): Int32Array {
  if (!Number.isInteger(size) || size < 1 || size > count) {
    throw new RangeError(
      `Cannot make batches of ${size}: there are ${count} examples, expected 1 to ${count}`,
    );
  }
  const order = Int32Array.from({ length: count }, (_, i) => i);
  random.shuffle(order);
  return order;
}

/**
 * Batches that cover all examples once, in order; the last is smaller if need be.
 *
 * @param options Chance is drawn for `changes` only, such as noise.
 */
export async function* evaluationPlanes(
  examples: PlaneExamples,
  options: PlaneStreamOptions,
): AsyncGenerator<PlaneBatch> {
  const { size, label, from = 0 } = options;
  const random = createRandom(label);
  for (let batch = from; batch * size < examples.count; batch++) {
    const length = Math.min(size, examples.count - batch * size);
    const numbers = Int32Array.from({ length }, (_, i) => batch * size + i);
    yield planesOf(examples, numbers, options, random.fork(`batch ${batch}`));
    await Promise.resolve();
  }
}

/** Gathers, changes and normalises the numbered examples. */
export function planesOf(
  examples: PlaneExamples,
  numbers: Int32Array,
  { normalisation, changes = [] }: Pick<PlaneStreamOptions, "normalisation" | "changes">,
  random: Random,
): PlaneBatch {
  const size = sizeOfPlanes(examples.shape);
  const planes = new Float32Array(numbers.length * size);
  numbers.forEach((number, row) => {
    const values = planes.subarray(row * size, (row + 1) * size);
    const source = examples.values.subarray(number * size, (number + 1) * size);
    if (source instanceof Uint8Array) toFractions(source, values);
    else values.set(source);
    for (const change of changes) change(values, examples.shape, random);
    normalise(values, normalisation);
  });
  return { examples: numbers, planes, labels: numbers.map((number) => examples.labels[number]!) };
}

function toFractions(bytes: Uint8Array, values: Float32Array): void {
  for (let i = 0; i < bytes.length; i++) values[i] = bytes[i]! / 255;
}

/**
 * Normalises one example in place, channel by channel.
 *
 * @param values `channels × rest`; a whole multiple of the number of channels.
 */
export function normalise(values: Float32Array, { mean, deviation }: Normalisation): void {
  const plane = values.length / mean.length;
  mean.forEach((middle, channel) => {
    const factor = 1 / deviation[channel]!;
    const end = (channel + 1) * plane;
    for (let i = channel * plane; i < end; i++) values[i] = (values[i]! - middle) * factor;
  });
}
