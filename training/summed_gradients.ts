/**
 * Gradients of a batch that is run in parts, since the whole finds no place in memory.
 *
 * @module
 */
import { type Floats, tidied } from "../engines/tfjs/mod.ts";
import { findGradients, type Lesson, type PlacedBatch } from "./gradients.ts";
import type { GradientSum } from "./gradient_sum.ts";
import { viewOf } from "./network.ts";
import type { PartRange } from "./parts.ts";
import type { TaskBatch } from "./task.ts";

/** A batch to run in parts, each with dropout of its own. */
export interface PartedBatch<B extends TaskBatch> extends PlacedBatch<B> {
  /** Where parts begin and end. */
  readonly ranges: readonly PartRange[];
}

/**
 * Runs the parts one after the other and adds their gradients to an empty `sum`; frees all tensors of each. Statistics of batch
 * normalisation are the means of those of the parts, weighted by examples.
 */
export function sumGradients<B extends TaskBatch>(
  lesson: Lesson<B>,
  { batch, inputs, ranges, ...shared }: PartedBatch<B>,
  sum: GradientSum,
): { readonly loss: number; readonly statistics: ReadonlyMap<string, Floats> } {
  const { network, task } = lesson;
  const placed: B = { ...batch, inputs };
  const statistics = new Map<string, Floats>();
  let loss = 0;
  for (const range of ranges) {
    const part = task.part(batch, range);
    const { inputs } = task.part(placed, range);
    tidied(network.machine.ops.tf, () => {
      const found = findGradients(lesson, { ...shared, batch: part, inputs });
      loss += found.loss;
      for (const [name, gradient] of found.gradients) sum.add(name, viewOf(network, gradient));
      addMeans(statistics, found.statistics, (range.to - range.from) / batch.shape.batch);
    });
  }
  return { loss, statistics };
}

function addMeans(
  means: Map<string, Floats>,
  statistics: ReadonlyMap<string, Floats>,
  share: number,
): void {
  for (const [name, values] of statistics) {
    const mean = means.get(name) ?? new Float32Array(values.length);
    values.forEach((value, i) => mean[i]! += share * value);
    means.set(name, mean);
  }
}
