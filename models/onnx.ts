/**
 * Writes real `.onnx` files: a {@linkcode Graph} as a protobuf message.
 *
 * `onnx_pb.ts` is generated from `onnx.proto`. To regenerate it, in an empty folder with a copy of `onnx.proto`:
 *
 * ```sh
 * npm install @bufbuild/buf@1.75.0 @bufbuild/protoc-gen-es@2.13.0
 * npx buf generate --template '{"version":"v2","plugins":[{"local":"protoc-gen-es","out":".","opt":["target=ts","import_extension=ts"]}]}'
 * ```
 *
 * @module
 */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { Tensor } from "../core/mod.ts";
import { type Attribute, type Graph, type Node, OPSET, type ValueInfo } from "./graph.ts";
import {
  AttributeProto_AttributeType as AttributeType,
  type AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  type ValueInfoProtoSchema,
} from "./onnx_pb.ts";
import { encodeTensor, framed } from "./onnx_tensor.ts";
import { ONNX_DTYPES } from "./onnx_dtypes.ts";
import { concatenate } from "./tensor_bytes.ts";

/** A node for a file: of the subset, or of another runtime's own operators. */
export interface OnnxNode extends Omit<Node, "op"> {
  /** Operator. */
  readonly op: string;
  /** Who defines the operator, e.g. `com.microsoft`; ONNX itself unless given. */
  readonly domain?: string;
}

/** A graph for a file. */
export interface OnnxGraph extends Omit<Graph, "nodes"> {
  /** Operations in topological order. */
  readonly nodes: readonly OnnxNode[];
}

/** Version of the file format in which opset 20 appeared (ONNX 1.15). */
const IR_VERSION = 9n;

/**
 * The bytes of a `.onnx` file. The same graph gives the same bytes.
 *
 * Cost: one copy of the weights. `splitOnnx` and `writeOnnx` make none.
 *
 * @throws {RangeError} If the file would pass protobuf's limit of 2 GiB.
 */
export function encodeOnnx(graph: OnnxGraph): Uint8Array<ArrayBuffer> {
  const parts = modelParts(graph, encodeTensor);
  const bytes = bytesIn(parts);
  if (bytes > MOST_ONNX_BYTES) {
    throw new RangeError(
      `Cannot encode ${graph.name}: ${
        (bytes / 2 ** 30).toFixed(2)
      } GiB, expected less than 2 GiB, which is all that one .onnx file holds; ` +
        "writeOnnx() puts the weights beside it",
    );
  }
  return concatenate(parts);
}

/** Most bytes of a message: protobuf counts with 31 bits, and readers take longer ones for broken. */
export const MOST_ONNX_BYTES: number = 2 ** 31 - 1;

/** Bytes of all parts together. */
export function bytesIn(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/**
 * A file as parts in order, so that weights need not be copied.
 *
 * @param encode Makes the message of an initializer.
 */
export function modelParts(
  graph: OnnxGraph,
  encode: (name: string, tensor: Tensor) => readonly Uint8Array[],
): readonly Uint8Array[] {
  const foreign = new Set(graph.nodes.flatMap(({ domain }) => domain ?? []));
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: "skipzero",
    opsetImport: [
      { domain: "", version: BigInt(OPSET) },
      ...[...foreign].map((domain) => ({ domain, version: 1n })),
    ],
  });
  const bare = create(GraphProtoSchema, {
    name: graph.name,
    node: graph.nodes.map(encodeNode),
    input: graph.inputs.map(encodeValue),
    output: graph.outputs.map(encodeValue),
  });
  // The library would copy the weights once a level of nesting: 14 s for BERT-large. So the outer levels are framed here.
  const initializers = [...graph.initializers].flatMap(([name, tensor]) =>
    framed(GraphProtoSchema.field.initializer.number, encode(name, tensor))
  );
  const graphParts = [toBinary(GraphProtoSchema, bare), ...initializers];
  return [
    toBinary(ModelProtoSchema, model),
    ...framed(ModelProtoSchema.field.graph.number, graphParts),
  ];
}

function encodeNode(node: OnnxNode): MessageInitShape<typeof NodeProtoSchema> {
  return {
    opType: node.op,
    domain: node.domain ?? "",
    name: node.name,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attributes).map(([name, value]) => encodeAttribute(name, value)),
  };
}

function encodeAttribute(
  name: string,
  attribute: Attribute,
): MessageInitShape<typeof AttributeProtoSchema> {
  switch (attribute.type) {
    case "int":
      return { name, type: AttributeType.INT, i: BigInt(attribute.value) };
    case "float":
      return { name, type: AttributeType.FLOAT, f: attribute.value };
    case "string":
      return { name, type: AttributeType.STRING, s: new TextEncoder().encode(attribute.value) };
    case "ints":
      return { name, type: AttributeType.INTS, ints: attribute.value.map(BigInt) };
    case "floats":
      return { name, type: AttributeType.FLOATS, floats: [...attribute.value] };
  }
}

function encodeValue(
  { name, dtype, shape }: ValueInfo,
): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape.map((size) => ({
    value: { case: "dimValue" as const, value: BigInt(size) },
  }));
  const value = { elemType: ONNX_DTYPES[dtype], shape: { dim } };
  return { name, type: { value: { case: "tensorType", value } } };
}
