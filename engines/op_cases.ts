/**
 * Graphs of one operator each that between them use every operator, attribute and kind of broadcasting of the subset: test
 * material on which an engine must agree with the reference.
 *
 * @module
 */
import { createRandom, float32, int64, type Random, sizeOf, type Tensor } from "../core/mod.ts";
import {
  type Attribute,
  float,
  type Graph,
  inferShapes,
  int,
  ints,
  type Op,
} from "../models/mod.ts";
import type { Tensors } from "./engine.ts";

/** A graph of one operator, and inputs for it. */
export interface OpCase {
  /** Says what is special, e.g. `Softmax, outer axis`. */
  readonly name: string;
  /** The graph. */
  readonly graph: Graph;
  /** Random inputs. */
  readonly inputs: Tensors;
}

/** An input: float32 of a shape, whole numbers below a bound, or integers that are constants of the graph. */
type Source =
  | { readonly floats: readonly number[]; readonly constant?: true }
  | { readonly positive: readonly number[] }
  | { readonly below: number; readonly shape: readonly number[] }
  | { readonly integers: readonly number[] };

interface Draft {
  readonly op: Op;
  readonly what: string;
  readonly from: readonly Source[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly outputs?: number;
}

function floats(...shape: number[]): Source {
  return { floats: shape };
}

/** A float32 constant of the graph. */
function weights(...shape: number[]): Source {
  return { floats: shape, constant: true };
}

function integers(...values: number[]): Source {
  return { integers: values };
}

const DRAFTS: readonly Draft[] = [
  { op: "Add", what: "same shapes", from: [floats(3, 5), floats(3, 5)] },
  { op: "Add", what: "a row onto a batch", from: [floats(2, 3, 5), floats(5)] },
  { op: "Add", what: "both spread", from: [floats(2, 1, 3, 1), floats(4, 1, 5)] },
  { op: "Sub", what: "from a scalar", from: [weights(), floats(4, 3)] },
  { op: "Mul", what: "by a column", from: [floats(4, 3), floats(4, 1)] },
  { op: "Div", what: "by a scalar constant", from: [floats(4, 3), weights()] },
  {
    op: "AveragePool",
    what: "without pads",
    from: [floats(2, 3, 7, 9)],
    attributes: { kernel_shape: ints(3, 2), strides: ints(2, 1), pads: ints(1, 1, 1, 0) },
  },
  {
    op: "AveragePool",
    what: "counting pads, ceil mode",
    from: [floats(1, 2, 6, 6)],
    attributes: {
      kernel_shape: ints(3, 3),
      strides: ints(2, 2),
      pads: ints(1, 1, 1, 1),
      ceil_mode: int(1),
      count_include_pad: int(1),
    },
  },
  {
    op: "BatchNormalization",
    what: "images",
    from: [floats(2, 3, 4, 5), weights(3), weights(3), weights(3), { positive: [3] }],
    attributes: { epsilon: float(1e-3) },
  },
  { op: "Conv", what: "plain", from: [floats(2, 3, 7, 9), weights(4, 3, 3, 3)] },
  {
    op: "Conv",
    what: "strides, pads, dilations and bias",
    from: [floats(1, 3, 11, 13), weights(4, 3, 3, 2), weights(4)],
    attributes: { strides: ints(2, 3), pads: ints(2, 1, 0, 2), dilations: ints(2, 1) },
  },
  {
    op: "Conv",
    what: "groups",
    from: [floats(1, 6, 5, 5), weights(4, 3, 3, 3), weights(4)],
    attributes: { group: int(2), pads: ints(1, 1, 1, 1), kernel_shape: ints(3, 3) },
  },
  {
    op: "Conv",
    what: "depthwise",
    from: [floats(2, 4, 6, 5), weights(4, 1, 3, 3)],
    attributes: { group: int(4), pads: ints(1, 1, 1, 1) },
  },
  {
    op: "Cast",
    what: "int64 to float32",
    from: [{ below: 9, shape: [3, 4] }],
    attributes: { to: int(1) },
  },
  { op: "Cast", what: "float32 to int64", from: [floats(9)], attributes: { to: int(7) } },
  { op: "Gather", what: "rows of a table", from: [weights(7, 5), { below: 7, shape: [2, 3] }] },
  {
    op: "Gather",
    what: "one along axis 1",
    from: [floats(2, 4, 3), { below: 4, shape: [] }],
    attributes: { axis: int(1) },
  },
  { op: "Gelu", what: "exact", from: [floats(5, 7)] },
  {
    op: "Gelu",
    what: "tanh",
    from: [floats(5, 7)],
    attributes: { approximate: { type: "string", value: "tanh" } },
  },
  { op: "Gemm", what: "plain", from: [floats(3, 5), weights(5, 4)] },
  {
    op: "Gemm",
    what: "transposed and scaled",
    from: [floats(5, 3), weights(4, 5), weights(4)],
    attributes: { transA: int(1), transB: int(1), alpha: float(0.5), beta: float(2) },
  },
  { op: "GlobalAveragePool", what: "", from: [floats(2, 3, 7, 5)] },
  { op: "GlobalMaxPool", what: "", from: [floats(2, 3, 7, 5)] },
  {
    op: "MaxPool",
    what: "strides and pads",
    from: [floats(2, 3, 8, 9)],
    attributes: { kernel_shape: ints(3, 3), strides: ints(2, 2), pads: ints(1, 1, 1, 1) },
  },
  {
    op: "MaxPool",
    what: "ceil mode",
    from: [floats(1, 2, 5, 6)],
    attributes: { kernel_shape: ints(2, 3), strides: ints(2, 2), ceil_mode: int(1) },
  },
  {
    op: "LayerNormalization",
    what: "last axis",
    from: [floats(2, 3, 8), weights(8), weights(8)],
    attributes: { epsilon: float(1e-12) },
  },
  {
    op: "LayerNormalization",
    what: "two axes, no bias",
    from: [floats(4, 3, 5), weights(3, 5)],
    attributes: { axis: int(1) },
  },
  { op: "MatMul", what: "matrices", from: [floats(5, 3), weights(3, 7)] },
  { op: "MatMul", what: "a batch times a matrix", from: [floats(2, 5, 3), weights(3, 7)] },
  { op: "MatMul", what: "batches that spread", from: [floats(2, 1, 5, 3), floats(3, 3, 4)] },
  { op: "Relu", what: "", from: [floats(3, 5)] },
  { op: "Reshape", what: "0 and -1", from: [floats(2, 3, 4), integers(0, -1)] },
  { op: "Softmax", what: "last axis", from: [floats(3, 5)] },
  { op: "Softmax", what: "outer axis", from: [floats(3, 5, 2)], attributes: { axis: int(0) } },
  {
    op: "Split",
    what: "given sizes",
    from: [floats(2, 6), integers(2, 4)],
    attributes: { axis: int(1) },
    outputs: 2,
  },
  {
    op: "Split",
    what: "equal parts, the last smaller",
    from: [floats(5, 2)],
    attributes: { num_outputs: int(3) },
    outputs: 3,
  },
  { op: "Squeeze", what: "all", from: [floats(1, 3, 1)] },
  { op: "Squeeze", what: "one", from: [floats(1, 3, 1), integers(-1)] },
  { op: "Tanh", what: "", from: [floats(3, 5)] },
  { op: "Transpose", what: "reversed", from: [floats(2, 3, 4)] },
  {
    op: "Transpose",
    what: "heads",
    from: [floats(2, 3, 4, 5)],
    attributes: { perm: ints(0, 2, 1, 3) },
  },
  {
    op: "Concat",
    what: "three along axis 1",
    from: [floats(2, 3, 2), weights(2, 1, 2), floats(2, 2, 2)],
    attributes: { axis: int(1) },
  },
  {
    op: "Concat",
    what: "two along the last axis",
    from: [floats(2, 3), floats(2, 1)],
    attributes: { axis: int(-1) },
  },
  { op: "Exp", what: "", from: [floats(3, 5)] },
  { op: "Sigmoid", what: "", from: [floats(3, 5)] },
  { op: "Flatten", what: "", from: [floats(2, 3, 4)] },
  {
    op: "Flatten",
    what: "after the last axis",
    from: [floats(2, 3)],
    attributes: { axis: int(2) },
  },
  { op: "Unsqueeze", what: "both ends", from: [floats(3, 4), integers(0, -1)] },
];

/** Every case; inputs depend on nothing but the list. */
export const OP_CASES: readonly OpCase[] = DRAFTS.map(caseOf);

function caseOf(draft: Draft): OpCase {
  const { op, what, from, attributes = {}, outputs = 1 } = draft;
  const name = what === "" ? op : `${op}, ${what}`;
  const random = createRandom(name);
  const inputs: Record<string, Tensor> = {};
  const initializers = new Map<string, Tensor>();
  const names = from.map((source, i) => {
    const tensor = tensorOf(source, random);
    if ("integers" in source || "constant" in source) initializers.set(`in${i}`, tensor);
    else inputs[`in${i}`] = tensor;
    return `in${i}`;
  });
  const written = Array.from({ length: outputs }, (_, i) => `out${i}`);
  const node = { op, name: "node", inputs: names, outputs: written, attributes };
  const declared = Object.entries(inputs).map(([name, { dtype, shape }]) => ({
    name,
    dtype,
    shape,
  }));
  const open: Graph = { name, inputs: declared, outputs: [], nodes: [node], initializers };
  const types = inferShapes(open);
  return { name, graph: { ...open, outputs: written.map((name) => types.get(name)!) }, inputs };
}

function tensorOf(source: Source, random: Random): Tensor {
  if ("integers" in source) return int64([source.integers.length], source.integers);
  if ("below" in source) {
    const { below, shape } = source;
    return int64(shape, Array.from({ length: sizeOf(shape) }, () => random.integer(below)));
  }
  const shape = "positive" in source ? source.positive : source.floats;
  const data = new Float32Array(sizeOf(shape)).map(() => 2 * random.normal());
  return float32(shape, "positive" in source ? data.map(Math.abs) : data);
}
