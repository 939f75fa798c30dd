/**
 * Values, calls and indices of the reference.
 *
 * @module
 */
import { type DType, sizeOf } from "../core/mod.ts";
import type { Node, ValueInfo } from "./graph.ts";

/** Elements: double precision, or parameters as they are stored. */
export type Numbers = Float64Array | Float32Array;

/** A value while the graph runs. */
export interface Value {
  /** Element type that the graph gives it. */
  readonly dtype: DType;
  /** Sizes. */
  readonly shape: readonly number[];
  /** Elements in row-major order. */
  readonly data: Numbers;
}

/** One node with what it reads and what it is to write. */
export interface OpCall {
  /** The node. */
  readonly node: Node;
  /** Its inputs; `null` if left out. */
  readonly inputs: readonly (Value | null)[];
  /** Types of its outputs. */
  readonly outputs: readonly ValueInfo[];
}

/** An operator's meaning. */
export type OpReference = (call: OpCall) => readonly Value[];

/** An input that must be there. */
export function present(inputs: readonly (Value | null)[], position: number): Value {
  const value = inputs[position];
  if (!value) {
    throw new RangeError(`Cannot run node: input ${position} is absent, expected a value`);
  }
  return value;
}

/** Number of elements between neighbours along each axis. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** For each element of `shape` in row-major order, an index by the given stride an axis. */
export function walk(shape: readonly number[], strides: readonly number[]): Uint32Array {
  const offsets = new Uint32Array(sizeOf(shape));
  let filled = 1; // offsets of the axes done so far, from the innermost on
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    for (let i = 1; i < shape[axis]!; i++) {
      for (let j = 0; j < filled; j++) {
        offsets[i * filled + j] = offsets[j]! + i * strides[axis]!;
      }
    }
    filled *= shape[axis]!;
  }
  return offsets;
}

/** For each element of `to`, the index of the element of `from` that broadcasts to it. */
export function broadcastOffsets(from: readonly number[], to: readonly number[]): Uint32Array {
  const missing = to.length - from.length;
  const strides = stridesOf(from);
  const spread = to.map((_, axis) => from[axis - missing] === 1 ? 0 : strides[axis - missing] ?? 0);
  return walk(to, spread);
}

/** Sizes before, along and after an axis. */
export function around(shape: readonly number[], axis: number): [number, number, number] {
  return [sizeOf(shape.slice(0, axis)), shape[axis]!, sizeOf(shape.slice(axis + 1))];
}
