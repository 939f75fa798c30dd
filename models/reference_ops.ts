/**
 * What each operator computes, after the ONNX operator reference; matrix products are in `reference_matmul.ts`.
 *
 * @module
 */
import { type DType, sizeOf } from "../core/mod.ts";
import type { Node, ValueInfo } from "./graph.ts";
import { intsAttribute, numberAttribute, stringAttribute } from "./op_specs.ts";
import { normaliseAxis } from "./shapes.ts";

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
function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** For each element of `shape` in row-major order, an index by the given stride an axis. */
function walk(shape: readonly number[], strides: readonly number[]): Uint32Array {
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

/** A function of one element. */
export function unary(f: (x: number) => number): OpReference {
  return ({ inputs, outputs: [output] }) => {
    const { dtype, shape } = output!;
    return [{ dtype, shape, data: Float64Array.from(present(inputs, 0).data, f) }];
  };
}

/** A function of two elements, broadcasting; integers are truncated, which only division needs. */
export function binary(f: (a: number, b: number) => number): OpReference {
  return ({ inputs, outputs: [output] }) => {
    const { dtype, shape } = output!;
    const [a, b] = [present(inputs, 0), present(inputs, 1)];
    const [left, right] = [broadcastOffsets(a.shape, shape), broadcastOffsets(b.shape, shape)];
    const data = new Float64Array(left.length);
    for (let i = 0; i < data.length; i++) data[i] = f(a.data[left[i]!]!, b.data[right[i]!]!);
    return [{ dtype, shape, data: dtype === "float32" ? data : data.map(Math.trunc) }];
  };
}

/** `Cast`: to integers towards zero, to bool by comparing with zero. */
export const cast: OpReference = ({ inputs, outputs: [output] }) => {
  const { dtype, shape } = output!;
  const { data } = present(inputs, 0);
  if (dtype === "float32") return [{ dtype, shape, data }];
  const convert = dtype === "bool" ? (x: number) => Number(x !== 0) : Math.trunc;
  return [{ dtype, shape, data: Float64Array.from(data, convert) }];
};

/** Other sizes for the same elements: `Reshape`, `Squeeze`, `Unsqueeze`. */
export const reshape: OpReference = ({ inputs, outputs: [output] }) => {
  const { dtype, shape } = output!;
  return [{ dtype, shape, data: present(inputs, 0).data }];
};

/** Axes in another order. */
export const transpose: OpReference = ({ node, inputs, outputs: [output] }) => {
  const x = present(inputs, 0);
  const { dtype, shape } = output!;
  const perm = intsAttribute(node, "perm") ?? x.shape.map((_, i) => x.shape.length - 1 - i);
  const strides = stridesOf(x.shape);
  const offsets = walk(shape, perm.map((axis) => strides[axis]!));
  return [{ dtype, shape, data: pick(x.data, offsets) }];
};

/** A matrix with rows and columns exchanged. */
export function transposeMatrix({ dtype, shape, data }: Value): Value {
  const [rows, cols] = [shape[0]!, shape[1]!];
  return { dtype, shape: [cols, rows], data: pick(data, walk([cols, rows], [1, cols])) };
}

function pick(data: Numbers, offsets: Uint32Array): Numbers {
  const picked = data instanceof Float32Array
    ? new Float32Array(offsets.length)
    : new Float64Array(offsets.length);
  for (let i = 0; i < offsets.length; i++) picked[i] = data[offsets[i]!]!;
  return picked;
}

/** Sizes before, along and after an axis. */
function around(shape: readonly number[], axis: number): [number, number, number] {
  return [sizeOf(shape.slice(0, axis)), shape[axis]!, sizeOf(shape.slice(axis + 1))];
}

/** `Gather`: slices along an axis, by index. */
export const gather: OpReference = ({ node, inputs, outputs: [output] }) => {
  const [x, indices] = [present(inputs, 0), present(inputs, 1)];
  const axis = normaliseAxis(node, numberAttribute(node, "axis"), x.shape.length);
  const [outer, size, inner] = around(x.shape, axis);
  const { dtype, shape } = output!;
  const data = new Float64Array(sizeOf(shape));
  for (let o = 0; o < outer; o++) {
    indices.data.forEach((index, i) => {
      const normal = index < 0 ? index + size : index;
      if (normal < 0 || normal >= size) {
        throw new RangeError(
          `Cannot run node "${node.name}": index ${index}, expected ${-size} to ${size - 1}`,
        );
      }
      const start = (o * size + normal) * inner;
      data.set(x.data.subarray(start, start + inner), (o * indices.data.length + i) * inner);
    });
  }
  return [{ dtype, shape, data }];
};

/** `Split`: consecutive parts of an axis. */
export const split: OpReference = ({ node, inputs, outputs }) => {
  const x = present(inputs, 0);
  const axis = normaliseAxis(node, numberAttribute(node, "axis"), x.shape.length);
  const [outer, size, inner] = around(x.shape, axis);
  let first = 0;
  return outputs.map(({ dtype, shape }) => {
    const width = shape[axis]! * inner;
    const data = new Float64Array(sizeOf(shape));
    for (let o = 0; o < outer; o++) {
      const start = (o * size + first) * inner;
      data.set(x.data.subarray(start, start + width), o * width);
    }
    first += shape[axis]!;
    return { dtype, shape, data };
  });
};

/** `Softmax` along an axis; the largest score is taken off first, so that nothing overflows. */
export const softmax: OpReference = ({ node, inputs, outputs: [output] }) => {
  const x = present(inputs, 0);
  const { dtype, shape } = output!;
  const axis = normaliseAxis(node, numberAttribute(node, "axis"), shape.length);
  const [outer, size, inner] = around(shape, axis);
  const data = new Float64Array(x.data.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const at = (k: number) => (o * size + k) * inner + i;
      let largest = -Infinity;
      for (let k = 0; k < size; k++) largest = Math.max(largest, x.data[at(k)]!);
      let sum = 0;
      for (let k = 0; k < size; k++) sum += data[at(k)] = Math.exp(x.data[at(k)]! - largest);
      for (let k = 0; k < size; k++) data[at(k)]! /= sum;
    }
  }
  return [{ dtype, shape, data }];
};

/** `LayerNormalization` over the axes from `axis` on: mean 0 and variance 1, then gain and bias. */
export const layerNormalization: OpReference = ({ node, inputs, outputs: [output] }) => {
  const x = present(inputs, 0);
  const [gain, bias] = [present(inputs, 1), inputs[2]];
  const { dtype, shape } = output!;
  const axis = normaliseAxis(node, numberAttribute(node, "axis"), shape.length);
  const size = sizeOf(shape.slice(axis));
  const epsilon = numberAttribute(node, "epsilon");
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start += size) {
    let mean = 0;
    for (let i = 0; i < size; i++) mean += x.data[start + i]! / size;
    let variance = 0;
    for (let i = 0; i < size; i++) variance += (x.data[start + i]! - mean) ** 2 / size;
    const scale = 1 / Math.sqrt(variance + epsilon);
    for (let i = 0; i < size; i++) {
      const normal = (x.data[start + i]! - mean) * scale;
      data[start + i] = normal * gain.data[i]! + (bias?.data[i] ?? 0);
    }
  }
  return [{ dtype, shape, data }];
};

/** `Gelu`: x times the normal distribution's cumulative probability at x, exact or by the tanh approximation. */
export const gelu: OpReference = (call) => {
  const tanh = stringAttribute(call.node, "approximate") === "tanh";
  return unary(tanh ? geluTanh : (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)))(call);
};

function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

/**
 * The error function, to double precision: `2/√π · exp(-x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·5···(2n+1))`, whose terms have one sign (Abramowitz and
 * Stegun 7.1.6).
 */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x); // 1 - erf(6) is 2e-17
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= 2 * x * x / (2 * n + 1);
    sum += term;
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}
