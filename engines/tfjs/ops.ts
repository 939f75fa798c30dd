/**
 * Every operator in tfjs' own operations: what the race times, and what our own kernels are tested against.
 *
 * tfjs' matrix product is fast only as `a · b` of two plain matrices (XNNPACK, 27 GFLOP/s measured); with a transposed or batched
 * operand it is 15 times slower.
 *
 * @module
 */
import { sizeOf } from "../../core/mod.ts";
import {
  dtypeOfOnnx,
  intsAttribute,
  type Node,
  numberAttribute,
  stringAttribute,
} from "../../models/mod.ts";
import type { Tf, TfTensor } from "./heap.ts";
import { averagePool, batchNormalization, conv, maxPool, normalise } from "./spatial_ops.ts";

/** A node about to run. */
export interface NodeCall {
  /** The node. */
  readonly node: Node;
  /** Number of inputs that are present. */
  readonly count: number;
  /** The value of an input. */
  input(position: number): TfTensor;
  /** The integers of a constant input, or `null` if it is left out. */
  integers(position: number): readonly number[] | null;
  /** Present while training. */
  readonly training?: TrainingCalls | undefined;
}

/** What operators do otherwise while training, and what they tell. */
export interface TrainingCalls {
  /**
   * Called once by every `BatchNormalization`, which then normalises by the batch's own mean and variance.
   *
   * @param mean Of each channel; valid during the call.
   * @param variance Of each channel, unbiased (divided by one less than the number of values), as PyTorch keeps it.
   */
  batchStatistics(node: Node, mean: TfTensor, variance: TfTensor): void;
}

/** A batch normalisation about to run, with what follows it. */
export interface NormCall {
  /** The normalisation. */
  readonly node: Node;
  /** The value of an input of the node. */
  input(position: number): TfTensor;
  /** Is added to the normalised x, unless `null`; of its shape. */
  readonly beside: TfTensor | null;
  /** Whether a ReLU is last. */
  readonly relu: boolean;
  /** Present while training. */
  readonly training: TrainingCalls | undefined;
}

/** A set of implementations. */
export interface Ops {
  /** The tfjs that they belong to. */
  readonly tf: Tf;
  /** Any node by itself. */
  node(call: NodeCall): readonly TfTensor[];
  /** `x · Wᵀ + b` with `weight` `[OC, IC]`. */
  linear(x: TfTensor, weight: TfTensor, bias: TfTensor): TfTensor;
  /** `a · transpose(b, perm)ᵀ`, batched: ᵀ turns the last two axes. */
  product(a: TfTensor, b: TfTensor, perm: readonly number[]): TfTensor;
  /** `softmax(scale · x + mask)` over the last axis. */
  softmax(x: TfTensor, scale: number, mask: TfTensor): TfTensor;
  /** Batch normalisation with a residual and ReLU behind it. */
  normalise(call: NormCall): TfTensor;
  /** Zeroes a random fraction `rate` and scales the rest by `1 / (1 - rate)`. */
  dropout(x: TfTensor, rate: number, seed: number): TfTensor;
}

type Rule = (tf: Tf, call: NodeCall) => TfTensor | readonly TfTensor[];

const RULES: Readonly<Record<Node["op"], Rule>> = {
  Add: (tf, { input }) => tf.add(input(0), input(1)),
  Sub: (tf, { input }) => tf.sub(input(0), input(1)),
  Mul: (tf, { input }) => tf.mul(input(0), input(1)),
  Div: (tf, { input }) => tf.div(input(0), input(1)),
  Tanh: (tf, { input }) => tf.tanh(input(0)),
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Concat: concat,
  Conv: conv,
  Exp: (tf, { input }) => tf.exp(input(0)),
  Flatten: (tf, { node, input }) => tf.reshape(input(0), flatShape(node, input(0).shape)),
  Sigmoid: (tf, { input }) => tf.sigmoid(input(0)),
  GlobalAveragePool: (tf, { input }) => tf.mean(input(0), [2, 3], true),
  GlobalMaxPool: (tf, { input }) => tf.max(input(0), [2, 3], true),
  MaxPool: maxPool,
  Relu: (tf, { input }) => tf.relu(input(0)),
  MatMul: (tf, { input }) => stockMatMul(tf, input(0), input(1)),
  Cast: (tf, { node, input }) => {
    const dtype = dtypeOfOnnx(numberAttribute(node, "to"));
    return tf.cast(input(0), dtype === "float32" || dtype === "bool" ? dtype : "int32");
  },
  Gather: (tf, { node, input }) => gather(tf, input(0), input(1), numberAttribute(node, "axis")),
  Gelu: (tf, { node, input }) => gelu(tf, input(0), stringAttribute(node, "approximate")),
  Gemm: gemm,
  LayerNormalization: layerNorm,
  Reshape: (tf, { node, input, integers }) =>
    tf.reshape(input(0), resolve(node, integers(1)!, input(0).shape)),
  Softmax: softmaxOver,
  Split: split,
  Squeeze: (tf, { input, integers }) => tf.squeeze(input(0), axesOf(integers(1), input(0).rank)),
  Unsqueeze: (tf, { input, integers }) => {
    const axes = integers(1)!;
    const rank = input(0).rank + axes.length;
    return axes.map((axis) => axis < 0 ? axis + rank : axis).sort((a, b) => a - b)
      .reduce((x: TfTensor, axis) => tf.expandDims(x, axis), input(0));
  },
  Transpose: (tf, { node, input }) => tf.transpose(input(0), permutation(node)),
};

/** {@linkcode Ops} made of tfjs' own operations. */
export function stockOps(tf: Tf): Ops {
  return {
    tf,
    node(call): readonly TfTensor[] {
      const result = RULES[call.node.op](tf, call);
      return Array.isArray(result) ? result : [result as TfTensor]; // isArray does not narrow readonly arrays
    },
    linear: (x, weight, bias) => tf.add(stockMatMul(tf, x, tf.transpose(weight)), bias),
    product: (a, b, perm) =>
      stockMatMul(tf, a, tf.transpose(b, [...perm.slice(0, -2), perm.at(-1)!, perm.at(-2)!])),
    softmax: (x, scale, mask) => tf.softmax(tf.add(tf.mul(x, scale), mask)),
    normalise: (call) => normalise(tf, call),
    dropout: (x, rate, seed) => tf.dropout(x, rate, undefined, seed),
  };
}

/** Axes of a `Transpose`, or `undefined` for ONNX's default, which reverses them. */
export function permutation(node: Node): number[] | undefined {
  const perm = intsAttribute(node, "perm");
  return perm === null ? undefined : [...perm];
}

/** A product in the form that tfjs does fast, where there is one: a matrix on the right takes all rows at once. */
function stockMatMul(tf: Tf, a: TfTensor, b: TfTensor): TfTensor {
  if (b.rank === 2 && a.rank > 2) {
    const [inner, cols] = b.shape as [number, number]; // of rank 2
    const product = tf.matMul(tf.reshape(a, [a.size / inner, inner]), b);
    return tf.reshape(product, [...a.shape.slice(0, -1), cols]);
  }
  // tfjs' WebAssembly kernel takes the wrong matrices if both operands spread, so spread them first.
  const batch = spread(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const whole = (x: TfTensor): TfTensor => {
    const shape = [...batch, ...x.shape.slice(-2)];
    return x.shape.join() === shape.join() ? x : tf.broadcastTo(x, shape);
  };
  return tf.matMul(whole(a), whole(b));
}

/** The shape to which two shapes spread, as in NumPy. */
function spread(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [one, other] = [a.at(axis - rank) ?? 1, b.at(axis - rank) ?? 1];
    return one === 1 ? other : one;
  });
}

function concat(tf: Tf, { node, count, input }: NodeCall): TfTensor {
  const values = Array.from({ length: count }, (_, i) => input(i));
  const axis = numberAttribute(node, "axis");
  return tf.concat(values, axis < 0 ? axis + values[0]!.rank : axis);
}

function flatShape(node: Node, shape: readonly number[]): [number, number] {
  const axis = numberAttribute(node, "axis");
  const cut = axis < 0 ? axis + shape.length : axis;
  return [sizeOf(shape.slice(0, cut)), sizeOf(shape.slice(cut))];
}

function gather(tf: Tf, data: TfTensor, indices: TfTensor, axis: number): TfTensor {
  const at = axis < 0 ? axis + data.rank : axis;
  if (indices.rank > 0) return tf.gather(data, indices, at);
  // A slice has a gradient here, tfjs' look-up has none.
  const begin = data.shape.map((_, dim) => dim === at ? indices.dataSync()[0]! : 0);
  return tf.squeeze(tf.slice(data, begin, data.shape.map((size, dim) => dim === at ? 1 : size)), [
    at,
  ]);
}

function gelu(tf: Tf, x: TfTensor, approximate: string): TfTensor {
  const inner = approximate === "tanh"
    ? tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI)))
    : tf.erf(tf.mul(x, Math.SQRT1_2));
  return tf.mul(tf.mul(x, 0.5), tf.add(inner, 1));
}

function gemm(tf: Tf, { node, count, input }: NodeCall): TfTensor {
  const factor = (name: string) => numberAttribute(node, name);
  const a = factor("transA") ? tf.transpose(input(0)) : input(0);
  const b = factor("transB") ? tf.transpose(input(1)) : input(1);
  const product = tf.mul(tf.matMul(a, b), factor("alpha"));
  return count < 3 ? product : tf.add(product, tf.mul(input(2), factor("beta")));
}

function layerNorm(tf: Tf, { node, count, input }: NodeCall): TfTensor {
  const x = input(0);
  const axis = numberAttribute(node, "axis");
  const axes = [...x.shape.keys()].slice(axis < 0 ? axis + x.rank : axis);
  const { mean, variance } = tf.moments(x, axes, true);
  const normal = tf.div(
    tf.sub(x, mean),
    tf.sqrt(tf.add(variance, numberAttribute(node, "epsilon"))),
  );
  const scaled = tf.mul(normal, input(1));
  return count < 3 ? scaled : tf.add(scaled, input(2));
}

/** A shape with ONNX's 0 (as in the input) and -1 (what is left) replaced. */
function resolve(node: Node, shape: readonly number[], input: readonly number[]): number[] {
  const copies = numberAttribute(node, "allowzero") === 0;
  return shape.map((size, axis) => copies && size === 0 ? input[axis]! : size);
}

function softmaxOver(tf: Tf, { node, input }: NodeCall): TfTensor {
  const x = input(0);
  const axis = numberAttribute(node, "axis");
  const at = axis < 0 ? axis + x.rank : axis;
  if (at === x.rank - 1) return tf.softmax(x);
  const perm = [...x.shape.keys()];
  [perm[at], perm[x.rank - 1]] = [x.rank - 1, at];
  return tf.transpose(tf.softmax(tf.transpose(x, perm)), perm);
}

function split(tf: Tf, { node, input, integers }: NodeCall): readonly TfTensor[] {
  const x = input(0);
  const axis = numberAttribute(node, "axis");
  const at = axis < 0 ? axis + x.rank : axis;
  const given = node.inputs.length > 1 ? integers(1) : null;
  if (given) return tf.split(x, [...given], at);
  const parts = node.outputs.length;
  const size = Math.ceil(x.shape[at]! / parts);
  const sizes = Array.from({ length: parts }, (_, i) => Math.min(size, x.shape[at]! - i * size));
  return tf.split(x, sizes, at);
}

function axesOf(axes: readonly number[] | null, rank: number): number[] | undefined {
  return axes?.map((axis) => axis < 0 ? axis + rank : axis);
}
