/**
 * Reads `.onnx` files that stay within the subset of `graph.ts`, and says by name what does not.
 *
 * @module
 */
import { fromBinary } from "@bufbuild/protobuf";
import type { DType, Tensor } from "../core/mod.ts";
import { type Attribute, type Graph, type Node, type Op, OPS, OPSET } from "./graph.ts";
import type { ValueInfo } from "./graph.ts";
import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type ValueInfoProto,
} from "./onnx_pb.ts";
import { decodeTensor } from "./onnx_tensor.ts";
import { dtypeOfOnnx, ONNX_DTYPES } from "./onnx_dtypes.ts";
import { validateGraph } from "./validate.ts";

/**
 * The graph of a `.onnx` file.
 *
 * @param file The file's name, for messages.
 * @throws {SyntaxError} If the bytes are no ONNX model, or one that is cut off.
 * @throws {RangeError} If it uses what is not supported: another opset, an op, an attribute, a dynamic size, external data.
 * @throws {TypeError} If element types do not fit together.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { bertConfigs, buildBert, encodeOnnx } from "./mod.ts";
 * const graph = buildBert({ ...bertConfigs["bert-tiny"], vocabulary: 10 }, { batch: 1, sequence: 8 });
 * assertEquals(decodeOnnx(encodeOnnx(graph), "tiny.onnx"), graph);
 * ```
 */
export function decodeOnnx(bytes: Uint8Array, file: string): Graph {
  const proto = graphOf(decodeModel(bytes, file), file);
  const initializers = new Map<string, Tensor>();
  for (const tensor of proto.initializer) {
    if (initializers.has(tensor.name)) {
      refuse(file, `two initializers named "${tensor.name}"`, "unique names");
    }
    initializers.set(tensor.name, decodeTensor(tensor, file));
  }
  const graph: Graph = {
    name: proto.name,
    // Older exporters list the initializers among the inputs too.
    inputs: proto.input.filter(({ name }) => !initializers.has(name))
      .map((value) => decodeValue(value, file)),
    outputs: proto.output.map((value) => decodeValue(value, file)),
    nodes: proto.node.map((node) => decodeNode(node, file)),
    initializers,
  };
  validateGraph(graph);
  return graph;
}

function refuse(file: string, found: string, expected: string): never {
  throw new RangeError(`Cannot read ${file}: ${found}, expected ${expected}`);
}

function decodeModel(bytes: Uint8Array, file: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(
      `Cannot read ${file}: ${bytes.length} bytes are no ONNX model (${reason}), expected a whole .onnx file`,
      { cause },
    );
  }
}

function graphOf(model: ModelProto, file: string): GraphProto {
  const { graph, opsetImport, functions } = model;
  if (graph === undefined) {
    throw new SyntaxError(`Cannot read ${file}: no graph inside, expected an ONNX model`);
  }
  const opset = opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx");
  if (opset?.version !== BigInt(OPSET)) {
    refuse(file, `opset is ${opset?.version ?? "not named"}`, `${OPSET}`);
  }
  if (functions.length > 0) refuse(file, "it defines functions", "operators only");
  if (graph.sparseInitializer.length > 0) refuse(file, "it has sparse initializers", "dense ones");
  return graph;
}

function decodeValue({ name, type }: ValueInfoProto, file: string): ValueInfo {
  const tensor = type?.value.case === "tensorType" ? type.value.value : null;
  if (!tensor?.shape) {
    return refuse(file, `value "${name}" is no tensor of known shape`, "one");
  }
  const dtype: DType | null = dtypeOfOnnx(tensor.elemType);
  if (dtype === null) {
    const known = Object.keys(ONNX_DTYPES).join(", ");
    return refuse(file, `value "${name}" has element type ${tensor.elemType}`, known);
  }
  const shape = tensor.shape.dim.map(({ value }, axis) => {
    if (value.case === "dimValue") return Number(value.value);
    const size = value.value ? `"${value.value}"` : "unknown";
    return refuse(file, `value "${name}" has the dynamic size ${size} on axis ${axis}`, "a number");
  });
  return { name, dtype, shape };
}

function decodeNode(proto: NodeProto, file: string): Node {
  const op = OPS.find((op) => op === proto.opType && /^(ai\.onnx)?$/.test(proto.domain));
  if (op === undefined) {
    const full = proto.domain === "" ? proto.opType : `${proto.domain}.${proto.opType}`;
    return refuse(file, `node "${proto.name}" has op "${full}"`, `one of ${OPS.join(", ")}`);
  }
  return {
    op,
    name: nodeName(proto, op),
    inputs: proto.input,
    outputs: proto.output,
    attributes: Object.fromEntries(
      proto.attribute.map((attribute) => [attribute.name, decodeAttribute(attribute, proto, file)]),
    ),
  };
}

/** Names of nodes are optional in ONNX; those of values are unique. */
function nodeName(proto: NodeProto, op: Op): string {
  return proto.name || `${op}(${proto.output[0]})`;
}

function decodeAttribute(proto: AttributeProto, node: NodeProto, file: string): Attribute {
  switch (proto.type) {
    case AttributeType.INT:
      return { type: "int", value: Number(proto.i) };
    case AttributeType.FLOAT:
      return { type: "float", value: proto.f };
    case AttributeType.STRING:
      return { type: "string", value: new TextDecoder().decode(proto.s) };
    case AttributeType.INTS:
      return { type: "ints", value: proto.ints.map(Number) };
    case AttributeType.FLOATS:
      return { type: "floats", value: proto.floats };
    default:
      return refuse(
        file,
        `attribute "${proto.name}" of node "${node.name}" is of type ${AttributeType[proto.type]}`,
        "INT, FLOAT, STRING, INTS or FLOATS",
      );
  }
}
