/**
 * What the products of a network move and multiply, counted from shapes.
 *
 * @module
 */
import { sizeOf } from "../core/mod.ts";
import { type Graph, graphLayers, inferShapes } from "../models/mod.ts";
import { nodeMacs } from "./graph_macs.ts";

/** One product: of a weight and activations, or of two activations. */
export interface ProductTraffic {
  /** Name of the weight; of the node's output where there is none. */
  readonly layer: string;
  /** Multiply-accumulates, zeros included. */
  readonly macs: number;
  /** Bytes of the weight; 0 where there is none. */
  readonly weightBytes: number;
  /** Bytes of the activations that are read and written. */
  readonly activationBytes: number;
}

const FLOAT_BYTES = 4;

/** Every `Conv`, `Gemm` and `MatMul` of a graph, in order. */
export function productTraffic(graph: Graph): ProductTraffic[] {
  const values = inferShapes(graph);
  const weights = new Map(
    graphLayers(graph).map(({ node, weight, shape }) => [
      node,
      { layer: weight, weightBytes: FLOAT_BYTES * sizeOf(shape) },
    ]),
  );
  const bytesOf = (name: string): number => FLOAT_BYTES * sizeOf(values.get(name)!.shape);
  return graph.nodes.flatMap((node): ProductTraffic[] => {
    const macs = nodeMacs(node, values);
    if (macs === 0) return [];
    const [left, right] = node.inputs;
    const output = node.outputs[0]!;
    const weight = weights.get(node);
    const activationBytes = bytesOf(left!) + bytesOf(output) + (weight ? 0 : bytesOf(right!));
    return [{ layer: output, weightBytes: 0, ...weight, macs, activationBytes }];
  });
}
