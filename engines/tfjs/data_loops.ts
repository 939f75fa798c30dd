/**
 * Loops that move data: look-ups and permutations, on typed arrays.
 *
 * @module
 */
import { sizeOf } from "../../core/mod.ts";
import type { Floats } from "./loops.ts";

/** How a tensor is cut by a look-up along one axis. */
export interface LookUp {
  /** Entries along the axis. */
  readonly size: number;
  /** Elements of one entry. */
  readonly inner: number;
}

/**
 * Copies the entries that `indices` name, for every position before the axis.
 *
 * @throws {RangeError} If an index is outside.
 */
export function gatherRows(
  data: Floats,
  indices: Int32Array,
  { size, inner }: LookUp,
  out: Floats,
): void {
  let to = 0;
  for (let outer = 0; outer < data.length; outer += size * inner) {
    for (const index of indices) {
      checkIndex(index, size);
      const from = outer + index * inner;
      out.set(data.subarray(from, from + inner), to);
      to += inner;
    }
  }
}

/** Gradient of {@linkcode gatherRows}: adds each entry to where it came from. */
export function scatterRows(
  dy: Floats,
  indices: Int32Array,
  { size, inner }: LookUp,
  out: Floats,
): void {
  out.fill(0);
  let from = 0;
  for (let outer = 0; outer < out.length; outer += size * inner) {
    for (const index of indices) {
      const to = outer + index * inner;
      for (let i = 0; i < inner; i++) out[to + i]! += dy[from + i]!;
      from += inner;
    }
  }
}

function checkIndex(index: number, size: number): void {
  if (index < 0 || index >= size) {
    throw new RangeError(`Cannot look up entry ${index}: expected 0 to ${size - 1}`);
  }
}

/** How a permutation copies: runs that stay whole, and where each comes from. */
export interface Copies {
  /** Elements of a run. */
  readonly run: number;
  /** Runs along each axis of the result that is moved, and elements between their sources. */
  readonly axes: readonly { readonly size: number; readonly step: number }[];
}

/** Runs of the axes that stay last are copied whole. */
export function copiesOf(shape: readonly number[], perm: readonly number[]): Copies {
  let kept = shape.length; // axes from here on stay in place
  while (kept > 0 && perm[kept - 1] === kept - 1) kept--;
  return {
    run: sizeOf(shape.slice(kept)),
    axes: perm.slice(0, kept).map((axis) => ({
      size: shape[axis]!,
      step: sizeOf(shape.slice(axis + 1)),
    })),
  };
}

/** Permutes the axes of an array. */
export function permute(
  x: Floats,
  shape: readonly number[],
  perm: readonly number[],
  out: Floats,
): void {
  const { run, axes } = copiesOf(shape, perm);
  if (axes.length === 0) return out.set(x);
  let to = 0;
  function copyAxis(axis: number, from: number): void {
    const { size, step } = axes[axis]!;
    if (axis < axes.length - 1) {
      for (let i = 0; i < size; i++) copyAxis(axis + 1, from + i * step);
    } else if (run === 1) {
      for (let i = 0; i < size; i++) out[to + i] = x[from + i * step]!;
      to += size;
    } else {
      for (let i = 0; i < size; i++, to += run) {
        const start = from + i * step;
        out.set(x.subarray(start, start + run), to);
      }
    }
  }
  copyAxis(0, 0);
}
