import { assertEquals, assertThrows } from "@std/assert";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { float32 } from "../core/mod.ts";
import { decodeOnnx } from "./onnx_decode.ts";
import {
  AttributeProto_AttributeType as AttributeType,
  type GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
} from "./onnx_pb.ts";

type GraphInit = MessageInitShape<typeof GraphProtoSchema>;

/** A file of one Relu, with changes. */
function fileOf(graph: Partial<GraphInit>, opset = 20n, irVersion = 9n): Uint8Array {
  const dim = [{ value: { case: "dimValue" as const, value: 2n } }];
  const type = { value: { case: "tensorType" as const, value: { elemType: 1, shape: { dim } } } };
  const model = create(ModelProtoSchema, {
    irVersion,
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
const huge = { value: { case: "dimValue" as const, value: 2n ** 40n } };
const REFUSED: readonly (readonly [what: string, file: Uint8Array, says: string])[] = [
  ["another opset", fileOf({}, 17n), "its opset is 17, expected 20"],
  [
    "a version of the format before opset 20",
    fileOf({}, 20n, 3n),
    "IR version is 3, expected 4 to 10",
  ],
  ["a version of the format to come", fileOf({}, 20n, 99n), "IR version is 99, expected 4 to 10"],
  ["a file without a version", fileOf({}, 20n, 0n), "IR version is not named"],
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
    'attribute "alpha" of 1 on node "Relu(y)" (Relu), expected no attributes',
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
    'attribute "body" of node "y" (Relu) is of type GRAPH, expected INT, FLOAT, STRING, INTS or FLOATS',
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
    'value "x" has the dynamic size "batch" on axis 0, expected a number; export the model with fixed sizes, or give sizes: { "batch": 1 }',
  ],
  [
    "an unnamed dynamic size",
    fileOf({
      input: [{
        name: "x",
        type: { value: { case: "tensorType", value: { elemType: 1, shape: { dim: [{}] } } } },
      }],
    }),
    'value "x" has the dynamic size unknown on axis 0, expected a number; export the model with fixed sizes',
  ],
  [
    "an input of more elements than there can be",
    fileOf({
      input: [{
        name: "x",
        type: {
          value: { case: "tensorType", value: { elemType: 1, shape: { dim: [huge, huge, huge] } } },
        },
      }],
    }),
    'input "x" of [1099511627776,1099511627776,1099511627776], expected sizes from 0',
  ],
  [
    "an initializer of more elements than there can be",
    fileOf({ initializer: [{ name: "w", dims: [2n ** 62n, 4n], dataType: 1 }] }),
    'initializer "w" is of [4611686018427388000,4], expected sizes that memory can hold',
  ],
  [
    "an initializer of a negative size",
    fileOf({ initializer: [{ name: "w", dims: [-1n, -1n], dataType: 1, floatData: [1] }] }),
    'initializer "w" is of [-1,-1]',
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
      initializer: [{
        name: "w",
        dims: [1n],
        dataType: 1,
        dataLocation: DataLocation.EXTERNAL,
        externalData: [{ key: "location", value: "w.bin" }],
      }],
    }),
    'initializer "w" keeps its elements in "w.bin", expected them in this file; readOnnx() reads both',
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
    fileOf({ sparseInitializer: [{ values: { name: "w" }, dims: [3n, 4n] }] }),
    'initializer "w" of [3,4] is stored sparse, expected dense ones',
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
  [
    "nodes in a cycle",
    fileOf({
      node: [
        { opType: "Add", name: "a", input: ["x", "t"], output: ["s"] },
        { opType: "Relu", name: "b", input: ["s"], output: ["t"] },
        { opType: "Relu", name: "c", input: ["t"], output: ["y"] },
      ],
    }),
    'nodes "a" ← "b" ← "a" wait for each other in a cycle, expected a graph without cycles',
  ],
  [
    "a weight that is missing",
    fileOf({ node: [{ opType: "Add", name: "a", input: ["x", "w"], output: ["y"] }] }),
    'node "a" (Add) reads "w", which nothing writes, expected an input, an initializer or the output',
  ],
];

for (const [what, file, says] of REFUSED) {
  Deno.test(`decodeOnnx() refuses ${what} by name`, () => {
    assertThrows(() => decodeOnnx(file, "odd.onnx"), RangeError, says);
  });
}

Deno.test("decodeOnnx() takes sizes for dimensions that a file leaves open", () => {
  const shape = { dim: [...dynamic, { value: { case: "dimValue" as const, value: 2n } }] };
  const type = { value: { case: "tensorType" as const, value: { elemType: 1, shape } } };
  const file = fileOf({ input: [{ name: "x", type }], output: [{ name: "y", type }] });
  const { inputs, outputs } = decodeOnnx(file, "open.onnx", { sizes: { batch: 3 } });
  assertEquals([inputs[0]?.shape, outputs[0]?.shape], [[3, 2], [3, 2]]);
  assertThrows(
    () => decodeOnnx(file, "open.onnx", { sizes: { tokens: 3 } }),
    RangeError,
    'size "batch"',
  );
  assertThrows(() => decodeOnnx(file, "open.onnx", { sizes: { batch: 0 } }), RangeError, "[0,2]");
});

Deno.test("decodeOnnx() throws TypeError and names the node if element types are mixed", () => {
  const integers = { name: "i", dims: [2n], dataType: 7, int64Data: [1n, 2n] };
  const file = fileOf({
    node: [{ opType: "Add", name: "a", input: ["x", "i"], output: ["y"] }],
    initializer: [integers],
  });
  assertThrows(
    () => decodeOnnx(file, "mixed.onnx"),
    TypeError,
    'node "a" (Add): inputs are float32 and int64, expected equal numeric types',
  );
});

Deno.test("decodeOnnx() throws and names the node if an input has the wrong rank", () => {
  const matrix = { name: "w", dims: [2n, 2n], dataType: 1, floatData: [1, 2, 3, 4] };
  const file = fileOf({
    node: [{ opType: "Gemm", name: "g", input: ["x", "w"], output: ["y"] }],
    initializer: [matrix],
  });
  assertThrows(
    () => decodeOnnx(file, "rank.onnx"),
    RangeError,
    'node "g" (Gemm): [2] and [2,2], expected two matrices',
  );
});
