/**
 * A network in memory: a typed subset of an ONNX graph.
 *
 * Op names, attribute names and layouts are ONNX's own (default domain, opset {@linkcode OPSET}). What each op takes stands
 * in `op_specs.ts`, what it computes in `reference.ts`.
 *
 * @module
 */
import type { DType, Tensor } from "../core/mod.ts";

/** Version of the default ONNX operator set that every graph here uses. */
export const OPSET = 20;

/** The operators that builders emit. Images are `[N, C, H, W]`. */
export const OPS = [
  "Add",
  "AveragePool",
  "BatchNormalization",
  "Cast",
  "Concat",
  "Conv",
  "Div",
  "Exp",
  "Flatten",
  "Gather",
  "Gelu",
  "Gemm",
  "GlobalAveragePool",
  "GlobalMaxPool",
  "LayerNormalization",
  "MatMul",
  "MaxPool",
  "Mul",
  "Relu",
  "Reshape",
  "Sigmoid",
  "Softmax",
  "Split",
  "Squeeze",
  "Sub",
  "Tanh",
  "Transpose",
  "Unsqueeze",
] as const;

/** Name of an operator of the subset. */
export type Op = (typeof OPS)[number];

/** An attribute's value with ONNX's own type tag, since 1 and 1.0 are different attributes there. */
export type Attribute =
  | { readonly type: "int"; readonly value: number }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "ints"; readonly value: readonly number[] }
  | { readonly type: "floats"; readonly value: readonly number[] };

/** One operation. */
export interface Node {
  /** Operator. */
  readonly op: Op;
  /** Unique in the graph, e.g. `bert.encoder.layer.0.attention.self.query/MatMul`. */
  readonly name: string;
  /** Names of the values read, in ONNX's order; `""` leaves an optional input out. */
  readonly inputs: readonly string[];
  /** Names of the values written. */
  readonly outputs: readonly string[];
  /** Attributes; those absent have ONNX's default. */
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A value that enters or leaves the graph. */
export interface ValueInfo {
  /** Name of the value. */
  readonly name: string;
  /** Element type. */
  readonly dtype: DType;
  /** Sizes; every dimension is known. */
  readonly shape: readonly number[];
}

/** A network: nodes in topological order, and the tensors that it owns. */
export interface Graph {
  /** Short name, e.g. `bert-mini`. */
  readonly name: string;
  /** Values that a caller provides. */
  readonly inputs: readonly ValueInfo[];
  /** Values that a caller gets. */
  readonly outputs: readonly ValueInfo[];
  /** Operations, each after those it reads from. */
  readonly nodes: readonly Node[];
  /**
   * Parameters and constants by name. Linear weights are `[OC, IC]`, as in the checkpoints of the field. Names of
   * constants start with {@linkcode CONSTANT_PREFIX}.
   */
  readonly initializers: ReadonlyMap<string, Tensor>;
}

/** What the names of initializers start with that belong to the architecture and are never trained. */
export const CONSTANT_PREFIX = "constant/";
