/**
 * What each operator takes: inputs, outputs, attributes and their defaults, after the ONNX operator reference (opset 20).
 *
 * The one place that knows ONNX's defaults: validation, decoding and every engine ask here.
 *
 * @module
 */
import type { Attribute, Node, Op } from "./graph.ts";

/** Type of an attribute, and its default: `null` if ONNX has none and the attribute is optional. */
export interface AttributeSpec {
  /** ONNX's type tag. */
  readonly type: Attribute["type"];
  /** Value of an absent attribute. */
  readonly fallback: Attribute["value"] | null;
  /** Whether the attribute must be present. */
  readonly required?: true;
}

/** Signature of an operator. */
export interface OpSpec {
  /** Fewest and most inputs. */
  readonly inputs: readonly [least: number, most: number];
  /** Fewest and most outputs that are supported here. */
  readonly outputs: readonly [least: number, most: number];
  /** Attributes by name. */
  readonly attributes: Readonly<Record<string, AttributeSpec>>;
}

const unary: OpSpec = { inputs: [1, 1], outputs: [1, 1], attributes: {} };
const binary: OpSpec = { inputs: [2, 2], outputs: [1, 1], attributes: {} };
const reshaping: OpSpec = { inputs: [2, 2], outputs: [1, 1], attributes: {} };

function int(fallback: number | null): AttributeSpec {
  return { type: "int", fallback };
}

function float(fallback: number): AttributeSpec {
  return { type: "float", fallback };
}

const window: OpSpec["attributes"] = {
  auto_pad: { type: "string", fallback: "NOTSET" },
  dilations: { type: "ints", fallback: null },
  kernel_shape: { type: "ints", fallback: null },
  pads: { type: "ints", fallback: null },
  strides: { type: "ints", fallback: null },
};

const poolingWindow: OpSpec["attributes"] = {
  ...window,
  kernel_shape: { type: "ints", fallback: null, required: true },
  ceil_mode: int(0),
};

/** Signature of every operator of the subset. */
export const OP_SPECS: Readonly<Record<Op, OpSpec>> = {
  Add: binary,
  AveragePool: { ...unary, attributes: { ...poolingWindow, count_include_pad: int(0) } },
  BatchNormalization: {
    inputs: [5, 5],
    outputs: [1, 1],
    attributes: { epsilon: float(1e-5), momentum: float(0.9), training_mode: int(0) },
  },
  Cast: { ...unary, attributes: { to: { ...int(null), required: true }, saturate: int(1) } },
  Concat: {
    ...unary,
    inputs: [1, Infinity],
    attributes: { axis: { ...int(null), required: true } },
  },
  Conv: { inputs: [2, 3], outputs: [1, 1], attributes: { ...window, group: int(1) } },
  Div: binary,
  Exp: unary,
  Flatten: { ...unary, attributes: { axis: int(1) } },
  Gather: { ...binary, attributes: { axis: int(0) } },
  Gelu: { ...unary, attributes: { approximate: { type: "string", fallback: "none" } } },
  Gemm: {
    inputs: [2, 3],
    outputs: [1, 1],
    attributes: { alpha: float(1), beta: float(1), transA: int(0), transB: int(0) },
  },
  GlobalAveragePool: unary,
  GlobalMaxPool: unary,
  LayerNormalization: {
    inputs: [2, 3],
    outputs: [1, 1],
    attributes: { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) },
  },
  MatMul: binary,
  MaxPool: { ...unary, attributes: { ...poolingWindow, storage_order: int(0) } },
  Mul: binary,
  Relu: unary,
  Reshape: { ...reshaping, attributes: { allowzero: int(0) } },
  Sigmoid: unary,
  Softmax: { ...unary, attributes: { axis: int(-1) } },
  Split: {
    inputs: [1, 2],
    outputs: [1, Infinity],
    attributes: { axis: int(0), num_outputs: int(null) },
  },
  Squeeze: { ...reshaping, inputs: [1, 2] },
  Sub: binary,
  Tanh: unary,
  Transpose: { ...unary, attributes: { perm: { type: "ints", fallback: null } } },
  Unsqueeze: reshaping,
};

/**
 * An `int` or `float` attribute of a node, or ONNX's default.
 *
 * @throws {RangeError} If the node lacks it and ONNX has no default, or the op has no such attribute.
 */
export function numberAttribute(node: Node, name: string): number {
  const value = attributeValue(node, name, ["int", "float"]);
  if (value === null) {
    throw new RangeError(
      `Cannot read attribute "${name}" of node "${node.name}" (${node.op}): absent, expected a number`,
    );
  }
  return Number(value);
}

/** A `string` attribute of a node, or ONNX's default. */
export function stringAttribute(node: Node, name: string): string {
  return String(attributeValue(node, name, ["string"]) ?? "");
}

/** An `ints` attribute of a node, or `null` if absent. */
export function intsAttribute(node: Node, name: string): readonly number[] | null {
  const value = attributeValue(node, name, ["ints"]);
  return Array.isArray(value) ? value : null;
}

function attributeValue(
  node: Node,
  name: string,
  types: readonly Attribute["type"][],
): Attribute["value"] | null {
  const { attributes } = OP_SPECS[node.op];
  const spec = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (spec === undefined || !types.includes(spec.type)) {
    throw new RangeError(
      `Cannot read attribute "${name}" of node "${node.name}": ${node.op} has ${
        attributeNames(node.op)
      }, expected one of these with type ${types.join(" or ")}`,
    );
  }
  return node.attributes[name]?.value ?? spec.fallback;
}

/** The attributes of an op in words, for messages. */
export function attributeNames(op: Op): string {
  return Object.keys(OP_SPECS[op].attributes).join(", ") || "no attributes";
}
