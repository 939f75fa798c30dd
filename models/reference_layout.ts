/**
 * Ops that move elements and compute nothing, after the ONNX operator reference.
 *
 * @module
 */
import { sizeOf } from "../core/mod.ts";
import { intsAttribute, numberAttribute } from "./op_specs.ts";
import {
  around,
  type Numbers,
  type OpReference,
  present,
  stridesOf,
  type Value,
  walk,
} from "./reference_value.ts";
import { normaliseAxis } from "./shape_rules.ts";

/** Other sizes for the same elements: `Flatten`, `Reshape`, `Squeeze`, `Unsqueeze`. */
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

/** `Concat`: values one after the other along an axis. */
export const concat: OpReference = ({ node, inputs, outputs: [output] }) => {
  const { dtype, shape } = output!;
  const axis = normaliseAxis(node, numberAttribute(node, "axis"), shape.length);
  const [outer, size, inner] = around(shape, axis);
  const data = new Float64Array(sizeOf(shape));
  let first = 0;
  for (const position of inputs.keys()) {
    const x = present(inputs, position);
    const width = x.shape[axis]! * inner;
    for (let o = 0; o < outer; o++) {
      data.set(x.data.subarray(o * width, (o + 1) * width), o * size * inner + first);
    }
    first += width;
  }
  return [{ dtype, shape, data }];
};
