/**
 * Arithmetic of a graph, counted from its shapes.
 *
 * @module
 */
import { sizeOf } from "../core/mod.ts";
import { type Graph, inferShapes } from "../models/mod.ts";

/** Multiply-accumulates of all matrix products and convolutions of a graph, zeros included. */
export function graphMacs(graph: Graph): number {
  const values = inferShapes(graph);
  let macs = 0;
  for (const node of graph.nodes) {
    if (node.op === "Conv") {
      const weight = values.get(node.inputs[1]!)!.shape;
      macs += sizeOf(values.get(node.outputs[0]!)!.shape) * sizeOf(weight.slice(1));
    }
    if (node.op !== "MatMul" && node.op !== "Gemm") continue;
    const [left] = node.inputs.map((name) => values.get(name)!.shape);
    const output = values.get(node.outputs[0]!)!.shape;
    const transposed = node.op === "Gemm" && node.attributes["transA"]?.value === 1;
    const inner = transposed ? left!.at(-2)! : left!.at(-1)!;
    macs += sizeOf(output) * inner;
  }
  return macs;
}
