/**
 * How much memory the activations of a step take, forward and backward.
 *
 * @module
 */
import { sizeOf } from "../core/mod.ts";
import { inputsOf, outputsOf, planGraph } from "../engines/tfjs/mod.ts";
import { type Graph, inferShapes, VIEWS } from "../models/mod.ts";
import { dropoutSites } from "./network.ts";

/** Bytes of a float32. */
const FLOAT = 4;

/**
 * Bytes of what a step computes from one end of a network to the other: values, and a gradient for every reader of each, which tfjs all keeps
 * until the step's end. Reads shapes only. Unlike `graphMemory` it knows what is fused, and counts gradients; a few small tensors
 * that kernels save are left out.
 *
 * @param drops Whether there is dropout, which gives values of its own.
 */
export function stepMemory(graph: Graph, drops: boolean): number {
  const shapes = inferShapes(graph);
  const bytesOf = (name: string): number => FLOAT * sizeOf(shapes.get(name)!.shape);
  const given = new Set(graph.inputs.map(({ name }) => name));
  const isComputed = (name: string): boolean => !given.has(name) && !graph.initializers.has(name);
  const sites = drops ? dropoutSites(graph) : new Set<string>();
  let bytes = 0;
  for (const { name } of graph.inputs) bytes += bytesOf(name);
  for (const { name } of graph.outputs) bytes += bytesOf(name);
  for (const step of planGraph(graph).steps) {
    if (step.kind === "node" && VIEWS.has(step.node.op)) continue;
    for (const name of outputsOf(step)) bytes += bytesOf(name) * (sites.has(name) ? 3 : 1);
    for (const name of inputsOf(step)) if (isComputed(name)) bytes += bytesOf(name);
  }
  return bytes;
}
