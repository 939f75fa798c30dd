/**
 * Ops that look along an axis, after the ONNX operator reference.
 *
 * @module
 */
import { sizeOf } from "../core/mod.ts";
import { numberAttribute } from "./op_specs.ts";
import { around, type OpReference, present } from "./reference_value.ts";
import { normaliseAxis } from "./shape_rules.ts";

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
