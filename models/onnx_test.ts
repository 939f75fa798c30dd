import { assert, assertEquals, assertThrows } from "@std/assert";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { float32, type Tensor } from "../core/mod.ts";
import { buildBert } from "./bert.ts";
import { bertConfigs } from "./bert_config.ts";
import type { Graph } from "./graph.ts";
import { encodeOnnx } from "./onnx.ts";
import { decodeOnnx } from "./onnx_decode.ts";
import {
  AttributeProto_AttributeType as AttributeType,
  type GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
} from "./onnx_pb.ts";

const bert = buildBert(
  { ...bertConfigs["bert-tiny"], hidden: 8, intermediate: 12, vocabulary: 9, positions: 6 },
  { batch: 2, sequence: 5 },
  undefined,
  { outputs: ["last_hidden_state"] },
);

/** x + b, with every element type among the initializers. */
const tensors: readonly Tensor[] = [
  float32([2], Float32Array.of(1.5, -0)),
  { dtype: "int64", shape: [2], data: BigInt64Array.of(-(2n ** 62n), 3n) },
  { dtype: "int32", shape: [2], data: Int32Array.of(-5, 5) },
  { dtype: "uint8", shape: [2], data: Uint8Array.of(0, 255) },
  { dtype: "int8", shape: [2], data: Int8Array.of(-128, 127) },
  { dtype: "bool", shape: [2], data: Uint8Array.of(0, 1) },
  float32([], Float32Array.of(7)),
];
const small: Graph = {
  name: "small",
  inputs: [{ name: "x", dtype: "float32", shape: [3, 2] }],
  outputs: [{ name: "y", dtype: "float32", shape: [3, 2] }],
  nodes: [{ op: "Add", name: "add", inputs: ["x", "float32 0"], outputs: ["y"], attributes: {} }],
  initializers: new Map(tensors.map((tensor, i) => [`${tensor.dtype} ${i}`, tensor])),
};

Deno.test("decodeOnnx() gives back what encodeOnnx() wrote", () => {
  assertEquals(decodeOnnx(encodeOnnx(bert), "bert.onnx"), bert);
  assertEquals(decodeOnnx(encodeOnnx(small), "small.onnx"), small);
});

Deno.test("decodeOnnx() reads bytes that start at an odd address", () => {
  const bytes = encodeOnnx(small);
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  assertEquals(decodeOnnx(shifted.subarray(1), "small.onnx"), small);
});

Deno.test("encodeOnnx() gives the same bytes for the same graph", () => {
  assertEquals(encodeOnnx(bert), encodeOnnx(decodeOnnx(encodeOnnx(bert), "bert.onnx")));
});

Deno.test("encodeOnnx() does not change when a view of a larger buffer is encoded", () => {
  const data = new Float32Array([9, 1.5, -0, 9]).subarray(1, 3);
  const initializers = new Map(small.initializers).set("float32 0", float32([2], data));
  assertEquals(decodeOnnx(encodeOnnx({ ...small, initializers }), "view.onnx"), small);
});

Deno.test("encodeOnnx() declares the domains of other runtimes' operators", () => {
  const node = { ...small.nodes[0]!, op: "FancyAdd", domain: "com.example" };
  const bytes = encodeOnnx({ ...small, nodes: [node] });
  assertThrows(
    () => decodeOnnx(bytes, "fancy.onnx"),
    RangeError,
    'Cannot read fancy.onnx: node "add" has op "com.example.FancyAdd", expected one of Add',
  );
});

Deno.test("decodeOnnx() throws SyntaxError wherever the file is cut off", () => {
  const bytes = encodeOnnx(small);
  for (let length = 0; length < bytes.length; length++) {
    const error = assertThrows(() => decodeOnnx(bytes.subarray(0, length), "cut.onnx"));
    assert(
      error instanceof Error && error.message.startsWith("Cannot read cut.onnx: "),
      `${length}`,
    );
  }
});

Deno.test("decodeOnnx() throws SyntaxError if the file is something else", () => {
  const text = new TextEncoder().encode("<!doctype html><title>404</title>");
  assertThrows(() => decodeOnnx(text, "page.onnx"), SyntaxError, "expected a whole .onnx file");
});

type GraphInit = MessageInitShape<typeof GraphProtoSchema>;

/** A file of one Relu, with changes. */
function fileOf(graph: Partial<GraphInit>, opset = 20n): Uint8Array {
  const dim = [{ value: { case: "dimValue" as const, value: 2n } }];
  const type = { value: { case: "tensorType" as const, value: { elemType: 1, shape: { dim } } } };
  const model = create(ModelProtoSchema, {
    opsetImport: [{ version: opset }],
    graph: {
      name: "g",
      node: [{ opType: "Relu", input: ["x"], output: ["y"] }],
      input: [{ name: "x", type }],
      output: [{ name: "y", type }],
      ...graph,
    } as GraphInit, // Partial<...> of the same type
  });
  return toBinary(ModelProtoSchema, model);
}

Deno.test("decodeOnnx() names nodes that have no name", () => {
  assertEquals(decodeOnnx(fileOf({}), "relu.onnx").nodes[0]?.name, "Relu(y)");
});

Deno.test("decodeOnnx() reads elements outside raw_data, and initializers listed among the inputs", () => {
  const dim = [{ value: { case: "dimValue" as const, value: 2n } }];
  const type = { value: { case: "tensorType" as const, value: { elemType: 1, shape: { dim } } } };
  const graph = decodeOnnx(
    fileOf({
      node: [{ opType: "Add", input: ["x", "b"], output: ["y"] }],
      input: [{ name: "x", type }, { name: "b", type }],
      initializer: [
        { name: "b", dims: [2n], dataType: 1, floatData: [1, 2] },
        { name: "i", dims: [1n], dataType: 7, int64Data: [5n] },
        { name: "u", dims: [1n], dataType: 2, int32Data: [200] },
      ],
    }),
    "old.onnx",
  );
  assertEquals(graph.inputs.map(({ name }) => name), ["x"]);
  assertEquals(graph.initializers.get("b"), float32([2], Float32Array.of(1, 2)));
  assertEquals(graph.initializers.get("i")?.data, BigInt64Array.of(5n));
  assertEquals(graph.initializers.get("u")?.data, Uint8Array.of(200));
});

const dynamic = [{ value: { case: "dimParam" as const, value: "batch" } }];
const unknownType = {
  value: { case: "tensorType" as const, value: { elemType: 10, shape: { dim: [] } } },
};
const REFUSED: readonly (readonly [what: string, file: Uint8Array, says: string])[] = [
  ["another opset", fileOf({}, 17n), "opset is 17, expected 20"],
  [
    "an unknown op",
    fileOf({ node: [{ opType: "Det", name: "c", input: ["x"], output: ["y"] }] }),
    'node "c" has op "Det", expected one of Add',
  ],
  [
    "an unknown attribute",
    fileOf({
      node: [{
        opType: "Relu",
        input: ["x"],
        output: ["y"],
        attribute: [{ name: "alpha", type: AttributeType.FLOAT, f: 1 }],
      }],
    }),
    'attribute "alpha" on node "Relu(y)" (Relu)',
  ],
  [
    "an attribute that holds a graph",
    fileOf({
      node: [{
        opType: "Relu",
        input: ["x"],
        output: ["y"],
        attribute: [{ name: "body", type: AttributeType.GRAPH }],
      }],
    }),
    'attribute "body" of node "" is of type GRAPH',
  ],
  [
    "a dynamic size",
    fileOf({
      input: [{
        name: "x",
        type: {
          value: { case: "tensorType", value: { elemType: 1, shape: { dim: dynamic } } },
        },
      }],
    }),
    'value "x" has the dynamic size "batch" on axis 0',
  ],
  [
    "an input of unknown shape",
    fileOf({ input: [{ name: "x" }] }),
    'value "x" is no tensor of known shape',
  ],
  [
    "an input of another element type",
    fileOf({ input: [{ name: "x", type: unknownType }] }),
    'value "x" has element type 10, expected float32',
  ],
  [
    "an initializer of another element type",
    fileOf({ initializer: [{ name: "w", dims: [1n], dataType: 11 }] }),
    'initializer "w" has element type DOUBLE, expected float32',
  ],
  [
    "an initializer in another file",
    fileOf({
      initializer: [{ name: "w", dims: [1n], dataType: 1, dataLocation: DataLocation.EXTERNAL }],
    }),
    'initializer "w" keeps its elements in another file',
  ],
  [
    "an initializer with too few elements",
    fileOf({ initializer: [{ name: "w", dims: [3n], dataType: 1, rawData: new Uint8Array(8) }] }),
    'initializer "w" of [3] has 2 elements, expected 3',
  ],
  [
    "an initializer with half an element",
    fileOf({ initializer: [{ name: "w", dims: [1n], dataType: 1, rawData: new Uint8Array(6) }] }),
    'initializer "w" of [1] has broken elements',
  ],
  [
    "two initializers of one name",
    fileOf({
      initializer: [1, 2].map((x) => ({ name: "w", dims: [1n], dataType: 1, floatData: [x] })),
    }),
    'two initializers named "w"',
  ],
  [
    "sparse initializers",
    fileOf({ sparseInitializer: [{}] }),
    "it has sparse initializers",
  ],
  [
    "nodes out of order",
    fileOf({
      node: [
        { opType: "Relu", input: ["h"], output: ["y"] },
        { opType: "Relu", input: ["x"], output: ["h"] },
      ],
    }),
    'reads "h", which node "Relu(h)" writes later',
  ],
];

for (const [what, file, says] of REFUSED) {
  Deno.test(`decodeOnnx() refuses ${what} by name`, () => {
    assertThrows(() => decodeOnnx(file, "odd.onnx"), RangeError, says);
  });
}

Deno.test("encodeOnnx() refuses a graph that no .onnx file holds", () => {
  const part = float32([2 ** 24]); // 64 MiB, shared by all
  const initializers = new Map(small.initializers);
  for (let i = 0; i < 32; i++) initializers.set(`part ${i}`, part);
  assertThrows(
    () => encodeOnnx({ ...small, initializers }),
    RangeError,
    "Cannot encode small: 2.00 GiB, expected less than 2 GiB",
  );
});
