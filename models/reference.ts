/**
 * The truth that every engine is compared with: a plain interpreter of graphs, in double precision from first to last.
 *
 * Meant to be read, not to be fast: BERT-mini takes about half a second for 128 tokens. The ops are in
 * `reference_elementwise.ts`, `reference_layout.ts`, `reference_matmul.ts`, `reference_normalise.ts`
 * and `reference_spatial.ts`.
 *
 * @module
 */
import type { DType, DTypeArrays, Tensor } from "../core/mod.ts";
import type { Graph, Op, ValueInfo } from "./graph.ts";
import { binary, cast, gelu, unary } from "./reference_elementwise.ts";
import { concat, gather, reshape, split, transpose } from "./reference_layout.ts";
import { gemm, matMul } from "./reference_matmul.ts";
import { layerNormalization, softmax } from "./reference_normalise.ts";
import {
  averagePool,
  batchNormalization,
  conv,
  globalAveragePool,
  globalMaxPool,
  maxPool,
} from "./reference_spatial.ts";
import type { OpReference, Value } from "./reference_value.ts";
import { inferShapes } from "./shapes.ts";

/** The meaning of every operator. */
const REFERENCES: Readonly<Record<Op, OpReference>> = {
  Add: binary((a, b) => a + b),
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Cast: cast,
  Concat: concat,
  Conv: conv,
  Div: binary((a, b) => a / b),
  Exp: unary(Math.exp),
  Flatten: reshape,
  Gather: gather,
  Gelu: gelu,
  Gemm: gemm,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  LayerNormalization: layerNormalization,
  MatMul: matMul,
  MaxPool: maxPool,
  Mul: binary((a, b) => a * b),
  Relu: unary((x) => Math.max(0, x)),
  Reshape: reshape,
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Softmax: softmax,
  Split: split,
  Squeeze: reshape,
  Sub: binary((a, b) => a - b),
  Tanh: unary(Math.tanh),
  Transpose: transpose,
  Unsqueeze: reshape,
};

/**
 * Runs a graph and gives its outputs, rounded to their element types at the very end.
 *
 * @throws {TypeError} If an input is missing or has another element type or shape than the graph says.
 * @throws {RangeError} If an index reaches outside its table.
 */
export function runReference(
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const types = inferShapes(graph);
  const values = new Map<string, Value>();
  for (const [name, tensor] of graph.initializers) values.set(name, valueOf(tensor));
  for (const info of graph.inputs) {
    values.set(info.name, inputValue(graph, info, inputs[info.name]));
  }
  const readers = countReaders(graph);
  for (const node of graph.nodes) {
    const outputs = REFERENCES[node.op]({
      node,
      inputs: node.inputs.map((name) => values.get(name) ?? null),
      outputs: node.outputs.map((name) => types.get(name)!), // inferShapes covers all
    });
    node.outputs.forEach((name, i) => values.set(name, outputs[i]!));
    for (const name of node.inputs) forget(name, readers, values);
  }
  return Object.fromEntries(
    graph.outputs.map((info) => [info.name, tensorOf(info, values.get(info.name)!)]),
  );
}

function inputValue(graph: Graph, info: ValueInfo, tensor: Tensor | undefined): Value {
  const { name, dtype, shape } = info;
  if (tensor?.dtype !== dtype || tensor.shape.join() !== shape.join()) {
    throw new TypeError(
      `Cannot run ${graph.name}: input "${name}" is ${
        tensor ? `${tensor.dtype} [${tensor.shape}]` : "missing"
      }, expected ${dtype} [${shape}]`,
    );
  }
  return valueOf(tensor);
}

/** Integers become doubles, exact up to 2^53; floats are widened where they are used. */
function valueOf({ dtype, shape, data }: Tensor): Value {
  if (data instanceof Float32Array) return { dtype, shape, data };
  return { dtype, shape, data: Float64Array.from(data, Number) };
}

/** How often each value is read, the caller counting as a reader of the outputs. */
function countReaders(graph: Graph): Map<string, number> {
  const readers = new Map<string, number>();
  const names = graph.nodes.flatMap((node) => node.inputs);
  for (const name of [...names, ...graph.outputs.map(({ name }) => name)]) {
    readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  return readers;
}

/** Lets go of a value after its last reader. */
function forget(name: string, readers: Map<string, number>, values: Map<string, Value>): void {
  const left = readers.get(name)! - 1;
  readers.set(name, left);
  if (left === 0) values.delete(name);
}

const ROUNDED: { readonly [D in DType]: (data: ArrayLike<number>) => DTypeArrays[D] } = {
  float32: (data) => Float32Array.from(data),
  int64: (data) => BigInt64Array.from(Array.from(data, BigInt)),
  int32: (data) => Int32Array.from(data),
  uint8: (data) => Uint8Array.from(data),
  int8: (data) => Int8Array.from(data),
  bool: (data) => Uint8Array.from(data),
};

function tensorOf({ dtype, shape }: ValueInfo, { data }: Value): Tensor {
  return { dtype, shape, data: ROUNDED[dtype](data) } as Tensor; // ROUNDED pairs type and array
}
