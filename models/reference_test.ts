import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { float32, int64, type Tensor } from "../core/mod.ts";
import type { Attribute, Graph, Op } from "./graph.ts";
import { float, int, ints } from "./graph_builder.ts";
import { runReference } from "./reference.ts";
import { erf } from "./reference_elementwise.ts";
import { inferShapes } from "./shapes.ts";

/** Runs one op on tensors; integer vectors become constants of the graph. */
function run(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Record<string, Attribute> = {},
  outputs = 1,
): Tensor[] {
  const names = inputs.map((_, i) => `in${i}`);
  const isConstant = (tensor: Tensor, i: number) =>
    i > 0 && tensor.dtype === "int64" && op !== "Gather";
  const draft: Graph = {
    name: op,
    inputs: inputs.flatMap((tensor, i) =>
      isConstant(tensor, i) ? [] : [{ name: names[i]!, dtype: tensor.dtype, shape: tensor.shape }]
    ),
    outputs: [],
    nodes: [{
      op,
      name: "n",
      inputs: names,
      outputs: Array.from({ length: outputs }, (_, i) => `out${i}`),
      attributes,
    }],
    initializers: new Map(
      inputs.flatMap((tensor, i) => isConstant(tensor, i) ? [[names[i]!, tensor] as const] : []),
    ),
  };
  const types = inferShapes(draft);
  const graph = { ...draft, outputs: draft.nodes[0]!.outputs.map((name) => types.get(name)!) };
  const given = graph.inputs.map(({ name }) => [name, inputs[names.indexOf(name)]!] as const);
  return Object.values(runReference(graph, Object.fromEntries(given)));
}

function floats(shape: readonly number[], ...values: number[]): Tensor {
  return float32(shape, Float32Array.from(values));
}

function integers(...values: number[]): Tensor {
  return int64([values.length], values);
}

interface Case {
  readonly what: string;
  readonly op: Op;
  readonly inputs: readonly Tensor[];
  readonly attributes?: Record<string, Attribute>;
  readonly gives: readonly Tensor[];
}

/** Worked by hand. */
const CASES: readonly Case[] = [
  {
    what: "spreads a row over a matrix",
    op: "Add",
    inputs: [floats([2, 2], 1, 2, 3, 4), floats([2], 10, 20)],
    gives: [floats([2, 2], 11, 22, 13, 24)],
  },
  {
    what: "spreads a column and a row over a matrix",
    op: "Sub",
    inputs: [floats([2, 1], 1, 2), floats([1, 3], 1, 2, 3)],
    gives: [floats([2, 3], 0, -1, -2, 1, 0, -1)],
  },
  {
    what: "truncates the quotient of integers towards zero",
    op: "Div",
    inputs: [{ dtype: "int32", shape: [2], data: Int32Array.of(-7, 7) }, {
      dtype: "int32",
      shape: [],
      data: Int32Array.of(2),
    }],
    gives: [{ dtype: "int32", shape: [2], data: Int32Array.of(-3, 3) }],
  },
  {
    what: "multiplies by a scalar",
    op: "Mul",
    inputs: [floats([2], 1.5, -2), floats([], 2)],
    gives: [floats([2], 3, -4)],
  },
  {
    what: "truncates floats to integers",
    op: "Cast",
    inputs: [floats([3], -1.7, 0.5, 2.9)],
    attributes: { to: int(7) },
    gives: [integers(-1, 0, 2)],
  },
  {
    what: "makes booleans of what is not zero",
    op: "Cast",
    inputs: [floats([3], 0, 0.5, -3)],
    attributes: { to: int(9) },
    gives: [{ dtype: "bool", shape: [3], data: Uint8Array.of(0, 1, 1) }],
  },
  {
    what: "picks rows, counting negative indices from the end",
    op: "Gather",
    inputs: [floats([3, 2], 1, 2, 3, 4, 5, 6), int64([2, 1], [2, -3])],
    gives: [floats([2, 1, 2], 5, 6, 1, 2)],
  },
  {
    what: "picks along an inner axis",
    op: "Gather",
    inputs: [floats([2, 2, 2], 1, 2, 3, 4, 5, 6, 7, 8), int64([], [1])],
    attributes: { axis: int(1) },
    gives: [floats([2, 2], 3, 4, 7, 8)],
  },
  {
    what: "multiplies transposed matrices and scales both terms",
    op: "Gemm",
    inputs: [floats([2, 1], 1, 2), floats([2, 2], 3, 4, 5, 6), floats([2], 1, 10)],
    attributes: { transA: int(1), transB: int(1), alpha: float(2), beta: float(0.5) },
    gives: [floats([1, 2], 2 * (3 + 8) + 0.5, 2 * (5 + 12) + 5)],
  },
  {
    what: "multiplies every matrix of a batch by the same one",
    op: "MatMul",
    inputs: [floats([2, 1, 2], 1, 2, 3, 4), floats([2, 2], 1, 0, 1, 1)],
    gives: [floats([2, 1, 2], 3, 2, 7, 4)],
  },
  {
    what: "sums inner sizes that are no multiple of four",
    op: "MatMul",
    inputs: [floats([1, 6], 1, 2, 3, 4, 5, 6), floats([6, 1], 1, 1, 1, 1, 10, 100)],
    gives: [floats([1, 1], 660)],
  },
  {
    what: "brings rows to mean 0 and variance 1",
    op: "LayerNormalization",
    inputs: [floats([2, 2], 1, 3, -5, 5), floats([2], 1, 2), floats([2], 0, 10)],
    attributes: { epsilon: float(0) },
    gives: [floats([2, 2], -1, 12, -1, 12)],
  },
  {
    what: "slides its taps over padded images",
    op: "Conv",
    inputs: [
      floats([1, 1, 2, 2], 1, 2, 3, 4),
      floats([1, 1, 2, 2], 1, 10, 100, 1000),
      floats([1], 0.5),
    ],
    attributes: { pads: ints(1, 0, 0, 1) },
    gives: [floats([1, 1, 2, 2], 2100.5, 200.5, 4321.5, 402.5)],
  },
  {
    what: "lets groups see their own channels",
    op: "Conv",
    inputs: [floats([1, 2, 1, 2], 1, 2, 3, 4), floats([2, 1, 1, 2], 1, 10, 1, 10)],
    attributes: { group: int(2) },
    gives: [floats([1, 2, 1, 1], 21, 43)],
  },
  {
    what: "skips pixels and taps",
    op: "Conv",
    inputs: [floats([1, 1, 1, 6], 1, 2, 3, 4, 5, 6), floats([1, 1, 1, 2], 1, 10)],
    attributes: { strides: ints(1, 3), dilations: ints(1, 2) },
    gives: [floats([1, 1, 1, 2], 31, 64)],
  },
  {
    what: "takes the largest pixel, pads left out",
    op: "MaxPool",
    inputs: [floats([1, 1, 2, 2], -1, -2, -3, -4)],
    attributes: { kernel_shape: ints(2, 2), pads: ints(1, 1, 0, 0) },
    gives: [floats([1, 1, 2, 2], -1, -1, -1, -1)],
  },
  {
    what: "divides by the pixels that it sees",
    op: "AveragePool",
    inputs: [floats([1, 1, 1, 3], 2, 4, 9)],
    attributes: { kernel_shape: ints(1, 2), pads: ints(0, 1, 0, 0) },
    gives: [floats([1, 1, 1, 3], 2, 3, 6.5)],
  },
  {
    what: "counts pads but not what lies past them",
    op: "AveragePool",
    inputs: [floats([1, 1, 1, 3], 2, 4, 9)],
    attributes: {
      kernel_shape: ints(1, 3),
      strides: ints(1, 2),
      pads: ints(0, 2, 0, 0),
      count_include_pad: int(1),
      ceil_mode: int(1),
    },
    gives: [floats([1, 1, 1, 2], 2 / 3, 5)],
  },
  {
    what: "averages each channel",
    op: "GlobalAveragePool",
    inputs: [floats([1, 2, 1, 2], 1, 3, 5, 8)],
    gives: [floats([1, 2, 1, 1], 2, 6.5)],
  },
  {
    what: "takes each channel's largest pixel",
    op: "GlobalMaxPool",
    inputs: [floats([1, 2, 1, 2], -1, -3, 5, 8)],
    gives: [floats([1, 2, 1, 1], -1, 8)],
  },
  {
    what: "uses the running mean and variance of a channel",
    op: "BatchNormalization",
    inputs: [
      floats([1, 2, 1], 3, 5),
      floats([2], 2, 1),
      floats([2], 1, 0),
      floats([2], 1, 5),
      floats([2], 4, 1),
    ],
    attributes: { epsilon: float(0) },
    gives: [floats([1, 2, 1], 3, 0)],
  },
  { what: "cuts at 0", op: "Relu", inputs: [floats([3], -1, 0, 2)], gives: [floats([3], 0, 0, 2)] },
  {
    what: "keeps the order of elements",
    op: "Reshape",
    inputs: [floats([2, 2], 1, 2, 3, 4), integers(-1)],
    gives: [floats([4], 1, 2, 3, 4)],
  },
  {
    what: "survives large scores",
    op: "Softmax",
    inputs: [floats([2, 2], 1000, 1000, -1e4, 0)],
    gives: [floats([2, 2], 0.5, 0.5, 0, 1)],
  },
  {
    what: "sums to 1 along an outer axis",
    op: "Softmax",
    inputs: [floats([2, 2], 0, Math.log(3), 0, 0)],
    attributes: { axis: int(0) },
    gives: [floats([2, 2], 0.5, 0.75, 0.5, 0.25)],
  },
  {
    what: "cuts an inner axis into parts of the given sizes",
    op: "Split",
    inputs: [floats([2, 3], 1, 2, 3, 4, 5, 6), integers(1, 2)],
    attributes: { axis: int(1) },
    gives: [floats([2, 1], 1, 4), floats([2, 2], 2, 3, 5, 6)],
  },
  {
    what: "drops axes of size 1",
    op: "Squeeze",
    inputs: [floats([1, 2, 1], 1, 2), integers(0)],
    gives: [floats([2, 1], 1, 2)],
  },
  {
    what: "adds axes of size 1",
    op: "Unsqueeze",
    inputs: [floats([2], 1, 2), integers(1)],
    gives: [floats([2, 1], 1, 2)],
  },
  {
    what: "moves axes",
    op: "Transpose",
    inputs: [floats([1, 2, 3], 1, 2, 3, 4, 5, 6)],
    attributes: { perm: ints(2, 0, 1) },
    gives: [floats([3, 1, 2], 1, 4, 2, 5, 3, 6)],
  },
  {
    what: "appends along an inner axis",
    op: "Concat",
    inputs: [floats([2, 1], 1, 2), floats([2, 2], 3, 4, 5, 6)],
    attributes: { axis: int(1) },
    gives: [floats([2, 3], 1, 3, 4, 2, 5, 6)],
  },
  {
    what: "keeps the order of elements",
    op: "Flatten",
    inputs: [floats([1, 2, 2], 1, 2, 3, 4)],
    attributes: { axis: int(2) },
    gives: [floats([2, 2], 1, 2, 3, 4)],
  },
  { what: "of 0 is 1", op: "Exp", inputs: [floats([1], 0)], gives: [floats([1], 1)] },
  {
    what: "is 1/2 at 0 and saturates",
    op: "Sigmoid",
    inputs: [floats([3], -1000, 0, 1000)],
    gives: [floats([3], 0, 0.5, 1)],
  },
  { what: "is odd", op: "Tanh", inputs: [floats([3], -20, 0, 20)], gives: [floats([3], -1, 0, 1)] },
];

for (const { what, op, inputs, attributes, gives } of CASES) {
  Deno.test(`runReference() of ${op} ${what}`, () => {
    assertEquals(run(op, inputs, attributes, gives.length), [...gives]);
  });
}

Deno.test("runReference() of Gelu is x Φ(x), or its tanh approximation", () => {
  const x = floats([4], -1, 0, 1, 3);
  const [exact] = run("Gelu", [x]);
  const [rough] = run("Gelu", [x], { approximate: { type: "string", value: "tanh" } });
  // Φ(1) = 0.8413447460685429, Φ(3) = 0.9986501019683699
  const wanted = [-0.15865525393145707, 0, 0.8413447460685429, 2.99595030590511];
  wanted.forEach((value, i) => {
    assertAlmostEquals(Number(exact!.data[i]), value, 2e-7);
    assertAlmostEquals(Number(rough!.data[i]), value, 1e-3);
  });
  assert(exact!.data[2] !== rough!.data[2]);
});

Deno.test("erf() has double precision", () => {
  // Abramowitz and Stegun, tables 7.1 and 7.3
  for (const [x, value] of [[0, 0], [0.5, 0.5204998778130465], [1, 0.8427007929497149]] as const) {
    assertAlmostEquals(erf(x), value, 1e-15);
    assertAlmostEquals(erf(-x), -value, 1e-15);
  }
  assertAlmostEquals(erf(2), 0.9953222650189527, 1e-15);
  assertAlmostEquals(erf(4), 0.9999999845827421, 1e-15);
  assertEquals(erf(30), 1);
  assert(Number.isNaN(erf(NaN)));
});

Deno.test("runReference() throws if an index reaches outside the table", () => {
  const table = floats([3, 1], 1, 2, 3);
  assertThrows(() => run("Gather", [table, integers(3)]), RangeError, "index 3, expected -3 to 2");
});

Deno.test("runReference() throws if an input is missing or of another type or shape", () => {
  const graph: Graph = {
    name: "g",
    inputs: [{ name: "x", dtype: "float32", shape: [2] }],
    outputs: [{ name: "x", dtype: "float32", shape: [2] }],
    nodes: [],
    initializers: new Map(),
  };
  assertThrows(() => runReference(graph, {}), TypeError, 'input "x" is missing');
  assertThrows(() => runReference(graph, { x: integers(1, 2) }), TypeError, "is int64 [2]");
  assertThrows(() => runReference(graph, { x: floats([1], 1) }), TypeError, "expected float32 [2]");
});
