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
import type { ExternalReader } from "./onnx_external.ts";
import { describeFault } from "./onnx_faults.ts";
import { decodeTensor } from "./onnx_tensor.ts";
import { dtypeOfOnnx, ONNX_DTYPES } from "./onnx_dtypes.ts";
import { validateGraph } from "./validate.ts";

/** How to read what a file alone does not say. */
export interface DecodeOptions {
  /** Sizes of dimensions that the file names but leaves open, e.g. `{ batch: 1 }`. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Reads elements that lie in other files; `readOnnx` gives one. */
  readonly external?: ExternalReader;
}

/** What the parts of a file are decoded with. */
interface Source {
  /** The file's name, for messages. */
  readonly file: string;
  readonly options: DecodeOptions;
}

/**
 * The graph of a `.onnx` file.
 *
 * @param file The file's name, for messages.
 * @throws {SyntaxError} If the bytes are no ONNX model, or one that is cut off; says at which byte.
 * @throws {RangeError} If it uses what is not supported: another opset, an op, an attribute, an open size, sparse initializers.
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
export function decodeOnnx(bytes: Uint8Array, file: string, options: DecodeOptions = {}): Graph {
  const proto = graphOf(decodeModel(bytes, file), file);
  const source: Source = { file, options };
  const initializers = new Map<string, Tensor>();
  for (const tensor of proto.initializer) {
    if (initializers.has(tensor.name)) {
      refuse(file, `two initializers named "${tensor.name}"`, "unique names");
    }
    initializers.set(tensor.name, decodeTensor(tensor, file, options.external));
  }
  const graph: Graph = {
    name: proto.name,
    // Older exporters list the initializers among the inputs too.
    inputs: proto.input.filter(({ name }) => !initializers.has(name))
      .map((value) => decodeValue(value, source)),
    outputs: proto.output.map((value) => decodeValue(value, source)),
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
    throw new SyntaxError(
      `Cannot read ${file}: ${bytes.length} bytes are no ONNX model (${
        describeFault(bytes)
      }), expected a whole .onnx file`,
      { cause },
    );
  }
}

/** Versions of the file format since initializers need not be inputs; later ones add what this reader would not see. */
const IR_VERSIONS: readonly [least: bigint, most: bigint] = [4n, 10n];

function graphOf(model: ModelProto, file: string): GraphProto {
  const { graph, irVersion, opsetImport, functions } = model;
  if (graph === undefined) {
    throw new SyntaxError(
      `Cannot read ${file}: no graph inside, expected a whole .onnx file of a model`,
    );
  }
  const [least, most] = IR_VERSIONS;
  if (irVersion < least || irVersion > most) {
    const found = irVersion === 0n ? "not named" : `${irVersion}`;
    refuse(file, `its IR version is ${found}`, `${least} to ${most}`);
  }
  const opset = opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx");
  if (opset?.version !== BigInt(OPSET)) {
    const wanted = `${OPSET}; onnx.version_converter brings most models there`;
    refuse(file, `its opset is ${opset?.version ?? "not named"}`, wanted);
  }
  if (functions.length > 0) refuse(file, "it defines functions", "operators only");
  const [sparse] = graph.sparseInitializer;
  if (sparse !== undefined) {
    const name = sparse.values?.name ?? "";
    refuse(file, `initializer "${name}" of [${sparse.dims}] is stored sparse`, "dense ones");
  }
  return graph;
}

function decodeValue({ name, type }: ValueInfoProto, { file, options }: Source): ValueInfo {
  const tensor = type?.value.case === "tensorType" ? type.value.value : null;
  if (!tensor?.shape) {
    return refuse(file, `value "${name}" is no tensor of known shape`, "one");
  }
  const dtype: DType | null = dtypeOfOnnx(tensor.elemType);
  if (dtype === null) {
    const known = Object.keys(ONNX_DTYPES).join(", ");
    return refuse(file, `value "${name}" has element type ${tensor.elemType}`, known);
  }
  const sizes = options.sizes ?? {};
  const shape = tensor.shape.dim.map(({ value }, axis) => {
    if (value.case === "dimValue") return Number(value.value);
    const symbol = value.case === "dimParam" ? value.value : "";
    if (symbol !== "" && Object.hasOwn(sizes, symbol)) return sizes[symbol]!;
    const found = `value "${name}" has the dynamic size ${
      symbol === "" ? "unknown" : `"${symbol}"`
    } on axis ${axis}`;
    const remedy = symbol === ""
      ? "a number; export the model with fixed sizes"
      : `a number; export the model with fixed sizes, or give sizes: { "${symbol}": 1 }`;
    return refuse(file, found, remedy);
  });
  return { name, dtype, shape };
}

function decodeNode(proto: NodeProto, file: string): Node {
  const op = OPS.find((op) => op === proto.opType && /^(ai\.onnx)?$/.test(proto.domain));
  if (op === undefined) {
    const full = proto.domain === "" ? proto.opType : `${proto.domain}.${proto.opType}`;
    const name = proto.name || proto.output[0];
    return refuse(file, `node "${name}" has op "${full}"`, `one of ${OPS.join(", ")}`);
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
        `attribute "${proto.name}" of node "${
          node.name || node.output[0]
        }" (${node.opType}) is of type ${AttributeType[proto.type] ?? proto.type}`,
        "INT, FLOAT, STRING, INTS or FLOATS",
      );
  }
}
