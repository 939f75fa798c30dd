import { assertEquals, assertThrows } from "@std/assert";
import { type DType, int64, type Tensor } from "../core/mod.ts";
import type { Attribute, Graph, Node, Op } from "./graph.ts";
import { float, int, ints } from "./graph_builder.ts";
import { broadcastShapes } from "./shape_rules.ts";
import { inferShapes } from "./shapes.ts";

type Input =
  | readonly number[]
  | readonly [DType, ...number[]]
  | { readonly constant: number[] }
  | null;

/** A graph of one node; its inputs are float32 of the given shape, of a named type, integer constants, or absent. */
function graphOf(
  op: Op,
  inputs: readonly Input[],
  attributes: Record<string, Attribute> = {},
  outputs = 1,
): Graph {
  const initializers = new Map<string, Tensor>();
  const values: Graph["inputs"][number][] = [];
  const names = inputs.map((input, i) => {
    const name = `in${i}`;
    if (input === null) return "";
    if ("constant" in input) {
      initializers.set(name, int64([input.constant.length], input.constant));
    } else {
      const [first, ...rest] = input;
      const typed = typeof first === "string";
      const shape = (typed ? rest : input) as number[]; // no type's name among them
      values.push({ name, dtype: typed ? first : "float32", shape });
    }
    return name;
  });
  const node: Node = {
    op,
    name: "n",
    inputs: names,
    outputs: Array.from({ length: outputs }, (_, i) => `out${i}`),
    attributes,
  };
  return { name: "g", inputs: values, outputs: [], nodes: [node], initializers };
}

interface Case {
  readonly op: Op;
  readonly inputs: readonly Input[];
  readonly attributes?: Record<string, Attribute>;
  /** Shapes of the outputs, or what the error says. */
  readonly gives: readonly (readonly number[])[] | string;
}

const CASES: readonly Case[] = [
  { op: "Add", inputs: [[2, 3, 4], [4]], gives: [[2, 3, 4]] },
  { op: "Add", inputs: [[2, 1], [1, 3]], gives: [[2, 3]] },
  { op: "Add", inputs: [[2, 3], [2]], gives: "[2,3] and [2], expected shapes that broadcast" },
  { op: "Mul", inputs: [[], [5]], gives: [[5]] },
  {
    op: "Conv",
    inputs: [[2, 3, 224, 224], [64, 3, 7, 7], [64]],
    attributes: { strides: ints(2, 2), pads: ints(3, 3, 3, 3) },
    gives: [[2, 64, 112, 112]],
  },
  {
    op: "Conv",
    inputs: [[1, 6, 9, 9], [4, 3, 3, 3]],
    attributes: { group: int(2), dilations: ints(2, 3) },
    gives: [[1, 4, 5, 3]],
  },
  {
    op: "Conv",
    inputs: [[1, 6, 9, 9], [4, 6, 3, 3]],
    attributes: { group: int(2) },
    gives: "weights of [4,6,3,3] in 2 groups, expected [OC, 3, KH, KW]",
  },
  { op: "Conv", inputs: [[1, 6, 9], [4, 6, 3]], gives: "images of [1,6,9], expected [N, C, H, W]" },
  { op: "Conv", inputs: [[1, 1, 2, 2], [1, 1, 3, 3]], gives: "a window of 3 on 2" },
  {
    op: "Conv",
    inputs: [[1, 1, 4, 4], [1, 1, 3, 3]],
    attributes: { auto_pad: { type: "string", value: "SAME_UPPER" } },
    gives: "auto_pad SAME_UPPER, expected explicit pads",
  },
  {
    op: "Conv",
    inputs: [[1, 1, 4, 4], [1, 1, 3, 3]],
    attributes: { kernel_shape: ints(2, 2) },
    gives: "kernel_shape [2,2], expected [3,3]",
  },
  {
    op: "MaxPool",
    inputs: [[1, 8, 13, 13]],
    attributes: { kernel_shape: ints(2, 2), strides: ints(2, 2), ceil_mode: int(1) },
    gives: [[1, 8, 7, 7]],
  },
  {
    op: "AveragePool",
    inputs: [[1, 8, 13, 13]],
    attributes: { kernel_shape: ints(2), strides: ints(2, 2) },
    gives: "kernel_shape [2], expected two sizes from 1 up",
  },
  {
    op: "MaxPool",
    inputs: [[1, 8, 13, 13]],
    attributes: { kernel_shape: ints(2, 2), pads: ints(1, -1, 0, 0) },
    gives: "pads [1,-1,0,0], expected four sizes from 0 up",
  },
  { op: "GlobalAveragePool", inputs: [[2, 5, 7, 7]], gives: [[2, 5, 1, 1]] },
  { op: "BatchNormalization", inputs: [[2, 5, 7], [5], [5], [5], [5]], gives: [[2, 5, 7]] },
  {
    op: "BatchNormalization",
    inputs: [[2, 5, 7], [5], [5], [4], [5]],
    gives: "input 3 of [4], expected [5], one for each channel",
  },
  { op: "Cast", inputs: [["int64", 2, 3]], attributes: { to: int(1) }, gives: [[2, 3]] },
  { op: "Gather", inputs: [[10, 4], ["int64", 2, 3]], gives: [[2, 3, 4]] },
  { op: "Gather", inputs: [[2, 7, 4], ["int64"]], attributes: { axis: int(1) }, gives: [[2, 4]] },
  {
    op: "Gather",
    inputs: [[2], ["int64"]],
    attributes: { axis: int(1) },
    gives: "axis 1 of rank 1",
  },
  { op: "Gelu", inputs: [[3, 3]], gives: [[3, 3]] },
  {
    op: "Gelu",
    inputs: [[3, 3]],
    attributes: { approximate: { type: "string", value: "fast" } },
    gives: 'approximate is "fast", expected "none" or "tanh"',
  },
  { op: "Gemm", inputs: [[2, 3], [3, 4], [4]], gives: [[2, 4]] },
  {
    op: "Gemm",
    inputs: [[3, 2], [4, 3]],
    attributes: { transA: int(1), transB: int(1) },
    gives: [[2, 4]],
  },
  { op: "Gemm", inputs: [[2, 3], [4, 3]], gives: "equal inner sizes" },
  { op: "Gemm", inputs: [[2, 3], [3, 4], [3, 4]], gives: "[3,4] and [2,4], expected shapes" },
  { op: "Gemm", inputs: [[1, 2, 3], [3, 4]], gives: "two matrices" },
  { op: "LayerNormalization", inputs: [[2, 5, 8], [8], [8]], gives: [[2, 5, 8]] },
  { op: "LayerNormalization", inputs: [[2, 8], [4]], gives: "input 1 of [4], expected [8]" },
  { op: "MatMul", inputs: [[2, 4, 5, 3], [2, 4, 3, 7]], gives: [[2, 4, 5, 7]] },
  { op: "MatMul", inputs: [[8, 5, 3], [3, 7]], gives: [[8, 5, 7]] },
  { op: "MatMul", inputs: [[5, 3], [4, 7]], gives: "equal inner sizes" },
  { op: "MatMul", inputs: [[2, 5, 3], [3, 3, 7]], gives: "shapes that broadcast" },
  { op: "Reshape", inputs: [[2, 6], { constant: [3, 4] }], gives: [[3, 4]] },
  { op: "Reshape", inputs: [[2, 6, 4], { constant: [0, -1] }], gives: [[2, 24]] },
  { op: "Reshape", inputs: [[2, 6], { constant: [5, -1] }], gives: "[2,6] to [5,-1], expected 12" },
  {
    op: "Reshape",
    inputs: [[2, 3], { constant: [-2, -3] }],
    gives: "[2,3] to [-2,-3], expected 6",
  },
  { op: "Reshape", inputs: [[1], { constant: [-1, -1] }], gives: "[1] to [-1,-1], expected 1" },
  { op: "Reshape", inputs: [[2, 6], ["int64", 2]], gives: "no int64 initializer" },
  { op: "Softmax", inputs: [[2, 3]], attributes: { axis: int(-2) }, gives: [[2, 3]] },
  { op: "Softmax", inputs: [[2, 3]], attributes: { axis: int(2) }, gives: "from -2 to 1" },
  {
    op: "Split",
    inputs: [[2, 6], { constant: [1, 5] }],
    attributes: { axis: int(1) },
    gives: [[2, 1], [2, 5]],
  },
  { op: "Split", inputs: [[5, 2]], attributes: { num_outputs: int(2) }, gives: [[3, 2], [2, 2]] },
  {
    op: "Split",
    inputs: [[2, 6], { constant: [1, 4] }],
    attributes: { axis: int(1) },
    gives: "a sum of 6",
  },
  { op: "Split", inputs: [[6]], attributes: { num_outputs: int(3) }, gives: "num_outputs is 3" },
  { op: "Split", inputs: [[6]], gives: '"num_outputs" of node "n" (Split): absent' },
  { op: "Squeeze", inputs: [[1, 3, 1]], gives: [[3]] },
  { op: "Squeeze", inputs: [[1, 3, 1], { constant: [-1] }], gives: [[1, 3]] },
  { op: "Squeeze", inputs: [[1, 3], { constant: [1] }], gives: "sizes of 1" },
  { op: "Transpose", inputs: [[2, 3, 4]], gives: [[4, 3, 2]] },
  { op: "Transpose", inputs: [[2, 3, 4]], attributes: { perm: ints(1, 0, 2) }, gives: [[3, 2, 4]] },
  { op: "Transpose", inputs: [[2, 3]], attributes: { perm: ints(0, 0) }, gives: "a permutation" },
  { op: "Concat", inputs: [[2, 3], [2, 4]], attributes: { axis: int(-1) }, gives: [[2, 7]] },
  {
    op: "Concat",
    inputs: [[2, 3], [3, 3]],
    attributes: { axis: int(1) },
    gives: "[2,3] and [3,3], expected shapes that differ on axis 1 only",
  },
  { op: "Exp", inputs: [[3]], gives: [[3]] },
  { op: "Flatten", inputs: [[2, 3, 4]], gives: [[2, 12]] },
  { op: "Flatten", inputs: [[2, 3, 4]], attributes: { axis: int(-1) }, gives: [[6, 4]] },
  { op: "Flatten", inputs: [[2, 3, 4]], attributes: { axis: int(3) }, gives: [[24, 1]] },
  { op: "Flatten", inputs: [[2, 3, 4]], attributes: { axis: int(0) }, gives: [[1, 24]] },
  { op: "Sigmoid", inputs: [[3]], gives: [[3]] },
  { op: "Unsqueeze", inputs: [[3, 4], { constant: [0, -1] }], gives: [[1, 3, 4, 1]] },
  { op: "Unsqueeze", inputs: [[3], { constant: [0, 0] }], gives: "different ones" },
];

for (const { op, inputs, attributes, gives } of CASES) {
  const described = `${op} of ${JSON.stringify(inputs)} ${JSON.stringify(attributes ?? {})}`;
  Deno.test(`inferShapes() ${typeof gives === "string" ? "refuses" : "gives the shape of"} ${described}`, () => {
    const graph = graphOf(op, inputs, attributes, typeof gives === "string" ? 2 : gives.length);
    if (typeof gives === "string") {
      assertThrows(() => inferShapes(graph), RangeError, gives);
    } else {
      const values = inferShapes(graph);
      assertEquals(gives.map((_, i) => values.get(`out${i}`)?.shape), [...gives]);
    }
  });
}

Deno.test("inferShapes() refuses values that nothing can hold", () => {
  const pads = ints(2 ** 40, 0, 2 ** 40, 0);
  assertThrows(
    () => inferShapes(graphOf("Conv", [[1, 1, 2, 2], [1, 1, 1, 1]], { pads })),
    RangeError,
    'node "n" (Conv): an output of [1,1,2199023255554,2], expected sizes from 0 and 1099511627776 elements at most',
  );
});

Deno.test("inferShapes() follows element types", () => {
  const cast = graphOf("Cast", [[2]], { to: int(7) });
  assertEquals(inferShapes(cast).get("out0")?.dtype, "int64");
  const gather = graphOf("Gather", [["int8", 9], ["int32", 2]]);
  assertEquals(inferShapes(gather).get("out0")?.dtype, "int8");
});

Deno.test("inferShapes() throws TypeError if an element type does not suit the op", () => {
  assertThrows(
    () => inferShapes(graphOf("Add", [[2], ["int64", 2]])),
    TypeError,
    "float32 and int64",
  );
  assertThrows(() => inferShapes(graphOf("Gelu", [["int64", 2]])), TypeError, "expected float32");
  assertThrows(
    () => inferShapes(graphOf("Conv", [[1, 1, 2, 2], [1, 1, 1, 1], ["int32", 1]])),
    TypeError,
    "input 2 is int32, expected float32",
  );
  assertThrows(
    () => inferShapes(graphOf("LayerNormalization", [[2, 8], ["int64", 8]])),
    TypeError,
    "input 1 is int64",
  );
  assertThrows(
    () => inferShapes(graphOf("Gemm", [[2, 3], [3, 4], ["int64", 4]])),
    TypeError,
    "input 2 is int64",
  );
  assertThrows(() => inferShapes(graphOf("Gather", [[2], [2]])), TypeError, "int64 or int32");
  assertThrows(() => inferShapes(graphOf("Cast", [[2]], { to: int(10) })), TypeError, "to is 10");
});

Deno.test("inferShapes() throws if a required input is left out", () => {
  assertThrows(() => inferShapes(graphOf("Add", [[2], null])), RangeError, "input 1 is absent");
});

Deno.test("inferShapes() ignores float attributes that do not matter to shapes", () => {
  const graph = graphOf("LayerNormalization", [[2, 8], [8]], { epsilon: float(1e-12) });
  assertEquals(inferShapes(graph).get("out0")?.shape, [2, 8]);
});

Deno.test("broadcastShapes() aligns shapes at the end", () => {
  assertEquals(broadcastShapes([], [2, 3]), [2, 3]);
  assertEquals(broadcastShapes([4, 1, 3], [2, 1]), [4, 2, 3]);
  assertEquals(broadcastShapes([2, 3], [2, 4]), null);
});
