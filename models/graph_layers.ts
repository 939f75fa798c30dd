/**
 * The layers of a graph that have weights, as the matrix products that they are.
 *
 * @module
 */
import { sizeOf } from "../core/mod.ts";
import type { Graph, Node } from "./graph.ts";
import { numberAttribute } from "./op_specs.ts";
import { inferShapes } from "./shapes.ts";

/** A layer as `groups` products of `rows`×`inner` weights and `inner`×`lanes` activations. */
export interface GraphLayer {
  /** Name of the weight. */
  readonly weight: string;
  /** The node that multiplies. */
  readonly node: Node;
  /** Shape of the weight as the graph keeps it: `[OC, IC]` or `[OC, IC / groups, KH, KW]`. */
  readonly shape: readonly number[];
  /** Output channels of a group. */
  readonly rows: number;
  /** Input channels of a group, times the taps of a convolution. */
  readonly inner: number;
  /** Tokens, samples or output pixels of the whole batch. */
  readonly lanes: number;
  /** Groups of a convolution, else 1. */
  readonly groups: number;
  /** Multiply-accumulates, zeros included. */
  readonly macs: number;
}

/**
 * Every `Conv`, `Gemm` and `MatMul` of a graph that multiplies by a parameter, in order. Products of two activations are none.
 *
 * @throws {RangeError} If shapes do not fit together.
 */
export function graphLayers(graph: Graph): readonly GraphLayer[] {
  const values = inferShapes(graph);
  const transposed = new Map(
    graph.nodes.filter(({ op }) => op === "Transpose").map((
      node,
    ) => [node.outputs[0], node.inputs[0]!]),
  );
  return graph.nodes.flatMap((node) => {
    if (node.op !== "Conv" && node.op !== "Gemm" && node.op !== "MatMul") return [];
    const read = node.inputs[1]!;
    const weight = transposed.get(read) ?? read;
    if (!graph.initializers.has(weight)) return [];
    const operand = values.get(read)!.shape;
    const result = values.get(node.outputs[0]!)!.shape;
    const sizes = node.op === "Conv"
      ? convolutionSizes(node, operand, result)
      : productSizes(node, operand, result);
    const { rows, inner, lanes, groups } = sizes;
    const macs = rows * inner * lanes * groups;
    return [{ weight, node, shape: values.get(weight)!.shape, ...sizes, macs }];
  });
}

type Sizes = Pick<GraphLayer, "rows" | "inner" | "lanes" | "groups">;

function convolutionSizes(
  node: Node,
  weight: readonly number[],
  result: readonly number[],
): Sizes {
  const groups = numberAttribute(node, "group");
  const lanes = result[0]! * result[2]! * result[3]!;
  return { rows: weight[0]! / groups, inner: sizeOf(weight.slice(1)), lanes, groups };
}

function productSizes(node: Node, operand: readonly number[], result: readonly number[]): Sizes {
  const rows = result.at(-1)!;
  const flipped = node.op === "Gemm" && numberAttribute(node, "transB") !== 0;
  const inner = flipped ? operand.at(-1)! : operand.at(-2)!;
  return { rows, inner, lanes: sizeOf(result) / rows, groups: 1 };
}
