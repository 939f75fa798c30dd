/**
 * Which examples make a batch: in random order, examples of like length together.
 *
 * A batch is padded to its own longest example, rounded up to a multiple of {@linkcode ROUNDING}, so that there are few shapes.
 * SST-2 has 13 tokens an example on average, and most of a batch padded to 128 would be padding.
 *
 * @module
 */
import { createRandom } from "../core/mod.ts";

/** Sequences are this long, or a multiple of it. */
export const ROUNDING = 4;

/** Batches that are sorted by length together; larger means less padding and less chance. */
const POOL_BATCHES = 50;

/** Examples to run together. */
export interface Batch {
  /** Numbers of the examples. */
  readonly examples: Int32Array;
  /** Tokens per example, padding included. */
  readonly sequence: number;
}

/**
 * The batches of one epoch of training, all of the same size. `count / size`
 * batches rounded down; the examples that fill no whole batch are left out, other ones in the next epoch.
 *
 * @param label Names the stream of chance, such as `seed 1 dense epoch 3`.
 */
export function trainingBatches(
  lengths: Int32Array,
  size: number,
  label: string,
): readonly Batch[] {
  const random = createRandom(label);
  const order = Int32Array.from(lengths.keys());
  random.shuffle(order);
  const batches: Batch[] = [];
  const pool = POOL_BATCHES * size;
  for (let start = 0; start < order.length; start += pool) {
    const part = order.subarray(start, start + pool).sort((a, b) => lengths[a]! - lengths[b]!);
    for (let at = 0; at + size <= part.length; at += size) {
      batches.push(batchOf(part.slice(at, at + size), lengths));
    }
  }
  random.shuffle(batches);
  return batches;
}

/** Batches that cover all examples once, by length; the last is smaller if need be. */
export function evaluationBatches(lengths: Int32Array, size: number): readonly Batch[] {
  const order = Int32Array.from(lengths.keys()).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const batches: Batch[] = [];
  for (let at = 0; at < order.length; at += size) {
    batches.push(batchOf(order.slice(at, at + size), lengths));
  }
  return batches;
}

function batchOf(examples: Int32Array, lengths: Int32Array): Batch {
  let longest = 1;
  for (const example of examples) longest = Math.max(longest, lengths[example]!);
  return { examples, sequence: Math.ceil(longest / ROUNDING) * ROUNDING };
}
