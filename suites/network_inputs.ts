/**
 * Inputs of any network, example by example.
 *
 * @module
 */
import { float32, int64, sizeOf, type Tensor } from "../core/mod.ts";
import type { Tensors } from "../engines/mod.ts";
import { drawInputs, type ValueInfo } from "../models/mod.ts";
import type { NetworkSpec } from "./network.ts";
import { hollowNetwork } from "./network_layers.ts";

/** Which examples {@linkcode drawExamples} gives. */
export interface InputChoice {
  /** Number of examples. */
  readonly batch: number;
  /** Number of the first example; an example depends on its number only. */
  readonly first?: number;
  /** Whether every second example is shorter than the sequence and padded. Timed inputs are not. */
  readonly padded?: boolean;
}

/** Inputs of examples drawn by their numbers, so that one example is the same in every batch. */
export function drawExamples(
  spec: NetworkSpec,
  { batch, first = 0, padded = false }: InputChoice,
): Tensors {
  const [one, two] = [hollowNetwork(spec, 1), hollowNetwork(spec, 2)] as const;
  const examples = Array.from({ length: batch }, (_, row) => {
    const example = first + row;
    const inputs = drawInputs(one, `${spec.seed} example ${example}`);
    return spec.sequence === null ? inputs : sentence(inputs, padded && example % 2 === 1);
  });
  return Object.fromEntries(
    one.inputs.map((input, index) => {
      const axis = batchAxis(input, two.inputs[index]!);
      return [input.name, join(examples.map((example) => example[input.name]!), axis)];
    }),
  );
}

/** Two sentences, the second half of the tokens being the second; what is beyond the length is masked. */
function sentence(inputs: Record<string, Tensor>, isShort: boolean): Record<string, Tensor> {
  const { input_ids: ids, attention_mask: mask, token_type_ids: types } = inputs;
  if (ids === undefined || mask === undefined || types === undefined) return inputs;
  const tokens = ids.data.length;
  const length = isShort ? Math.ceil(0.6 * tokens) : tokens;
  const fill = (value: (token: number) => number): Tensor =>
    int64(ids.shape, Array.from({ length: tokens }, (_, i) => i < length ? value(i) : 0));
  return {
    ...inputs,
    input_ids: fill((token) => Number(ids.data[token])),
    attention_mask: fill(() => 1),
    token_type_ids: fill((token) => token < length / 2 ? 0 : 1),
  };
}

/** The axis along which examples lie: not always the first. */
function batchAxis(one: ValueInfo, two: ValueInfo): number {
  return one.shape.findIndex((size, axis) => two.shape[axis] !== size);
}

/** Tensors of one example each, joined along an axis. */
function join(tensors: readonly Tensor[], axis: number): Tensor {
  const { dtype, shape, data } = tensors[0]!;
  const count = tensors.length;
  const inner = sizeOf(shape.slice(axis + 1));
  const size = data.length * count;
  const values = dtype === "float32" ? new Float32Array(size) : new Float64Array(size);
  tensors.forEach((tensor, index) => {
    for (let at = 0; at < data.length; at++) {
      const row = Math.floor(at / inner);
      values[(row * count + index) * inner + at % inner] = Number(tensor.data[at]);
    }
  });
  const joined = shape.with(axis, count);
  return values instanceof Float32Array ? float32(joined, values) : int64(joined, values);
}
