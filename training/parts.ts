/**
 * Parts of a batch, for networks whose whole batch finds no place in memory: gradients are computed part by part and added up.
 *
 * Parts add up to the batch: a loss that is a mean over something is multiplied by the part's share of it ({@linkcode shareOf}), be it
 * examples, tokens or answers.
 *
 * @module
 */
import { sizeOf, type Tensor } from "../core/mod.ts";
import type { NetworkShape } from "../models/mod.ts";
import type { BatchLoss, TaskBatch } from "./task.ts";

/** Convolutions take images in as many lanes; fewer leave some empty. */
export const LANES = 16;

/** Some examples of a batch, one after the other. */
export interface PartRange {
  /** First example. */
  readonly from: number;
  /** Example after the last. */
  readonly to: number;
}

/**
 * The parts of a batch, all but the last of `part` examples.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(partsOf(5, 2), [{ from: 0, to: 2 }, { from: 2, to: 4 }, { from: 4, to: 5 }]);
 * ```
 */
export function partsOf(batch: number, part: number): readonly PartRange[] {
  return Array.from({ length: Math.ceil(batch / part) }, (_, i) => ({
    from: i * part,
    to: Math.min(batch, (i + 1) * part),
  }));
}

/**
 * Examples a part: as few parts as can be, of multiples of {@linkcode LANES} where that many fit, and as even as can be.
 *
 * @param fits Whether so many examples find a place; if some do, fewer do, too.
 * @returns `null` if not even one example fits.
 */
export function evenPart(batch: number, fits: (examples: number) => boolean): number | null {
  const unit = fits(LANES) ? LANES : 1;
  if (!fits(unit)) return null;
  // Between `least`, which fits, and `most`, which does not.
  let [least, most] = [1, Math.floor(batch / unit) + 1];
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (fits(middle * unit)) least = middle;
    else most = middle;
  }
  const parts = Math.ceil(batch / (least * unit));
  return unit * Math.ceil(batch / parts / unit);
}

/**
 * What every part of a batch has, its inputs in place; tasks add their own.
 *
 * @param axes Along which axis of an input examples lie, where it is not the first.
 */
export function partOf<B extends TaskBatch>(
  batch: B,
  range: PartRange,
  axes: Readonly<Record<string, number>> = {},
): { readonly shape: NetworkShape; readonly inputs: TaskBatch["inputs"]; readonly whole: B } {
  const inputs = Object.entries(batch.inputs).map(([name, tensor]) => [
    name,
    partOfTensor(tensor, range, axes[name] ?? 0),
  ]);
  return {
    shape: { ...batch.shape, batch: range.to - range.from },
    inputs: Object.fromEntries(inputs),
    whole: batch,
  };
}

function partOfTensor(tensor: Tensor, { from, to }: PartRange, axis: number): Tensor {
  const { shape, data } = tensor;
  const rows = sizeOf(shape.slice(0, axis));
  const width = sizeOf(shape.slice(axis + 1));
  const row = shape[axis]! * width;
  const piece = (i: number) => data.subarray(i * row + from * width, i * row + to * width);
  const part = rows === 1 ? piece(0) : data.slice(0, rows * (to - from) * width);
  if (rows > 1) {
    for (let i = 0; i < rows; i++) {
      // Of one tensor: like arrays.
      (part as Int32Array).set(piece(i) as Int32Array, i * (to - from) * width);
    }
  }
  // As the tensor's own, but for the size of the axis.
  return { ...tensor, shape: shape.with(axis, to - from), data: part } as Tensor;
}

/**
 * How much a part has of what its whole batch is averaged over; 1 for a batch that is no part.
 *
 * @param count What a loss is divided by, for a batch.
 */
export function shareOf<B extends TaskBatch>(
  batch: B & { readonly whole?: B },
  count: (batch: B) => number,
): number {
  if (batch.whole === undefined) return 1;
  const all = count(batch.whole);
  return all === 0 ? 0 : count(batch) / all;
}

/** Share of the examples. */
export function shareOfExamples<B extends TaskBatch>(batch: B & { readonly whole?: B }): number {
  return shareOf(batch, ({ shape }) => shape.batch);
}

/** A loss and its gradients times a share. */
export function weighted(share: number, { value, gradients }: BatchLoss): BatchLoss {
  if (share === 1) return { value, gradients };
  return {
    value: share * value,
    gradients: Object.fromEntries(
      Object.entries(gradients).map(([name, part]) => [name, part.map((one) => share * one)]),
    ),
  };
}
