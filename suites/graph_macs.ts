/**
 * Arithmetic of a graph, counted from its shapes.
 *
 * @module
 */
import { sizeOf } from "../core/mod.ts";
import { type Graph, inferShapes, type Node, type ValueType } from "../models/mod.ts";

/** Multiply-accumulates of all matrix products and convolutions of a graph, zeros included. */
export function graphMacs(graph: Graph): number {
  const values = inferShapes(graph);
  return graph.nodes.reduce((sum, node) => sum + nodeMacs(node, values), 0);
}

/** Multiply-accumulates of one node; 0 unless it is a matrix product or a convolution. */
export function nodeMacs(node: Node, values: ReadonlyMap<string, ValueType>): number {
  const shapeOf = (name: string | undefined) => values.get(name!)!.shape;
  if (node.op === "Conv") {
    return sizeOf(shapeOf(node.outputs[0])) * sizeOf(shapeOf(node.inputs[1]).slice(1));
  }
  if (node.op !== "MatMul" && node.op !== "Gemm") return 0;
  const left = shapeOf(node.inputs[0]);
  const transposed = node.op === "Gemm" && node.attributes["transA"]?.value === 1;
  const inner = transposed ? left.at(-2)! : left.at(-1)!;
  return sizeOf(shapeOf(node.outputs[0])) * inner;
}
