/**
 * Writes graphs without bookkeeping: values are names, constants are shared, the result is validated.
 *
 * @module
 */
import { type DType, float32, int64, sizeOf, type Tensor, type TensorOf } from "../core/mod.ts";
import { type Attribute, CONSTANT_PREFIX, type Graph, type Node, type Op } from "./graph.ts";
import type { ValueInfo } from "./graph.ts";
import { inferShapes } from "./shapes.ts";
import { validateGraph } from "./validate.ts";

/** Attributes, given with ONNX's type tags: `{ axis: int(1) }`. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** An integer attribute. */
export function int(value: number): Attribute {
  return { type: "int", value };
}

/** A float attribute, rounded to the single precision in which ONNX keeps it. */
export function float(value: number): Attribute {
  return { type: "float", value: Math.fround(value) };
}

/** An attribute that lists integers. */
export function ints(...value: readonly number[]): Attribute {
  return { type: "ints", value };
}

/** Collects a graph. Every method that makes a value returns its name. */
export interface GraphBuilder {
  /** Declares a value that the caller provides. */
  input(name: string, dtype: DType, shape: readonly number[]): string;
  /** Adds a trained tensor under its checkpoint's name. */
  parameter(name: string, tensor: Tensor): string;
  /** Adds a tensor of the architecture, which is never trained. The name says what is in it; one name stands for one tensor. */
  constant(name: string, tensor: Tensor): string;
  /** A float32 scalar of the architecture; equal ones are shared. */
  scalar(value: number): string;
  /** An int64 scalar of the architecture, such as the index of a `Gather`; equal ones are shared. */
  index(value: number): string;
  /** An int64 vector of the architecture, such as a shape or axes; equal ones are shared. */
  integers(values: readonly number[]): string;
  /** Adds an operation with one output, which gets the node's name. */
  node(op: Op, name: string, inputs: readonly string[], attributes?: Attributes): string;
  /**
   * A linear layer `y = x · Wᵀ + b` on a value of any rank, from the parameters `<name>.weight` `[rows, cols]` and
   * `<name>.bias` `[rows]`, which must have been added.
   *
   * Emits Transpose, MatMul and Add, so that the graph owns the weight as `[OC, IC]`. ONNX Runtime folds the Transpose
   * and fuses the rest to a Gemm: BERT-mini is as fast as with transposed weights or with Gemm (within 2 %).
   */
  linear(x: string, name: string): string;
  /** Declares a value as the graph's output, under a name of its own. */
  output(value: string, name: string): void;
  /**
   * The finished graph, validated.
   *
   * @throws {RangeError} As {@linkcode validateGraph} does.
   */
  build(): Graph;
}

/**
 * Starts a graph.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { float32 } from "../core/mod.ts";
 * const builder = createGraphBuilder("tiny");
 * builder.parameter("fc.weight", float32([3, 2]));
 * builder.parameter("fc.bias", float32([3]));
 * const x = builder.input("x", "float32", [5, 2]);
 * builder.output(builder.linear(x, "fc"), "y");
 * assertEquals(builder.build().outputs, [{ name: "y", dtype: "float32", shape: [5, 3] }]);
 * ```
 */
export function createGraphBuilder(name: string): GraphBuilder {
  const inputs: ValueInfo[] = [];
  const nodes: Node[] = [];
  const initializers = new Map<string, Tensor>();
  const outputs = new Map<string, string>(); // inner name -> outer name

  function constant(name: string, tensor: Tensor): string {
    initializers.set(CONSTANT_PREFIX + name, tensor);
    return CONSTANT_PREFIX + name;
  }

  const builder: GraphBuilder = {
    input(name, dtype, shape): string {
      inputs.push({ name, dtype, shape });
      return name;
    },
    parameter(name, tensor): string {
      if (initializers.has(name) || name.startsWith(CONSTANT_PREFIX)) {
        throw new RangeError(`Cannot add parameter "${name}": name is taken, expected a new one`);
      }
      initializers.set(name, tensor);
      return name;
    },
    constant,
    scalar: (value) => constant(`${value}`, float32([], Float32Array.of(value))),
    index: (value) => constant(`index ${value}`, int64([], [value])),
    integers: (values) => constant(`[${values}]`, int64([values.length], values)),
    node(op, name, inputs, attributes = {}): string {
      nodes.push({ op, name, inputs, outputs: [name], attributes });
      return name;
    },
    linear(x, name): string {
      const weight = `${name}.weight`;
      const transposed = builder.node("Transpose", `${weight}/Transpose`, [weight], {
        perm: ints(1, 0),
      });
      const product = builder.node("MatMul", `${name}/MatMul`, [x, transposed]);
      return builder.node("Add", `${name}/Add`, [product, `${name}.bias`]);
    },
    output(value, name): void {
      outputs.set(value, name);
    },
    build(): Graph {
      const renamed = nodes.map((node) => renameValues(node, outputs));
      const draft: Graph = { name, inputs, outputs: [], nodes: renamed, initializers };
      const values = inferShapes(draft);
      const declared = [...outputs.values()].map((name) => {
        const value = values.get(name);
        if (value === undefined) {
          throw new RangeError(`Cannot build graph: output "${name}" is no node's value`);
        }
        return value;
      });
      const graph = { ...draft, outputs: declared };
      validateGraph(graph);
      return graph;
    },
  };
  return builder;
}

function renameValues(node: Node, names: ReadonlyMap<string, string>): Node {
  const rename = (name: string) => names.get(name) ?? name;
  return { ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) };
}

/**
 * The trained tensors of a graph: its float32 initializers that are neither constants nor the running mean and variance of a
 * `BatchNormalization`.
 */
export function parametersOf(graph: Graph): Map<string, TensorOf<"float32">> {
  const statistics = new Set(
    graph.nodes.flatMap(({ op, inputs }) => op === "BatchNormalization" ? inputs.slice(3) : []),
  );
  const parameters = new Map<string, TensorOf<"float32">>();
  for (const [name, tensor] of graph.initializers) {
    if (tensor.dtype === "float32" && !name.startsWith(CONSTANT_PREFIX) && !statistics.has(name)) {
      parameters.set(name, tensor);
    }
  }
  return parameters;
}

/** Number of trained values of a graph. */
export function parameterCount(graph: Graph): number {
  return parametersOf(graph).values().reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
