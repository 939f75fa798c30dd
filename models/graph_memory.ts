/**
 * How much memory a graph's weights and activations take, from shapes alone.
 *
 * @module
 */
import { sizeOf } from "../core/mod.ts";
import { type Graph, type Node, type Op, OPS } from "./graph.ts";
import { graphLayers } from "./graph_layers.ts";
import { inferShapes } from "./shapes.ts";
import { bytesPerElement } from "./tensor_bytes.ts";

/** Bytes of a graph's tensors. */
export interface GraphMemory {
  /** All initializers, once. */
  readonly weights: number;
  /** Of these, the weights of linear layers and convolutions, which engines keep in layouts of their own. */
  readonly layerWeights: number;
  /** Inputs and outputs of one run. */
  readonly ends: number;
  /** Most activations that are alive at once if each is let go after its last reader, inputs included. */
  readonly activationPeak: number;
  /** All activations together: what a run takes if none is let go. */
  readonly activationTotal: number;
}

/** Ops that give their input's elements in another shape; engines copy nothing. */
export const VIEWS: ReadonlySet<Op> = new Set<Op>(["Flatten", "Reshape", "Squeeze", "Unsqueeze"]);

/** Ops whose output may overwrite an input that nobody else reads. */
const IN_PLACE: ReadonlySet<Op> = new Set(
  OPS.filter((op) =>
    /^(Add|BatchNormalization|Div|Exp|Gelu|Mul|Relu|Sigmoid|Softmax|Sub|Tanh)$/.test(op)
  ),
);

/**
 * Adds up what a graph takes. Reads shapes only, so a graph of `zeroParameters()` tells as much as one with its weights.
 *
 * @throws {RangeError} If shapes do not fit together.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { networkNamed, zeroParameters } from "./mod.ts";
 * const bert = networkNamed("bert-large").build({ batch: 1 }, zeroParameters());
 * assertEquals(Math.round(graphMemory(bert).weights / 2 ** 20), 1274);
 * ```
 */
export function graphMemory(graph: Graph): GraphMemory {
  const values = inferShapes(graph);
  const bytesOf = (name: string): number => {
    const { dtype, shape } = values.get(name)!;
    return sizeOf(shape) * bytesPerElement(dtype);
  };
  const sum = (names: Iterable<string>): number =>
    Array.from(names, bytesOf).reduce((total, bytes) => total + bytes, 0);
  const layers = new Set(graphLayers(graph).map(({ weight }) => weight));
  const computed = graph.nodes.filter(({ op }) => !VIEWS.has(op)).flatMap(({ outputs }) => outputs);
  return {
    weights: sum(graph.initializers.keys()),
    layerWeights: sum(layers),
    ends: sum([...graph.inputs, ...graph.outputs].map(({ name }) => name)),
    activationPeak: activationPeak(graph, bytesOf),
    activationTotal: sum(computed),
  };
}

/** Walks through a run and follows who is alive. */
function activationPeak(graph: Graph, bytesOf: (name: string) => number): number {
  const readers = countReaders(graph);
  /** Which buffer a value lies in: its own, or that of the value it is a view of or has overwritten. */
  const buffers = new Map<string, { users: number; readonly bytes: number }>();
  let alive = 0;
  let peak = 0;
  const enter = (name: string): void => {
    const bytes = bytesOf(name);
    buffers.set(name, { users: 1, bytes });
    alive += bytes;
    peak = Math.max(peak, alive);
  };
  const leave = (name: string): void => {
    const buffer = buffers.get(name)!;
    buffer.users--;
    if (buffer.users === 0) alive -= buffer.bytes;
  };
  for (const { name } of graph.inputs) enter(name);
  for (const node of graph.nodes) {
    const shared = sharedInput(node, (name) => buffers.get(name), readers, bytesOf);
    if (shared !== null) {
      shared.users++;
      buffers.set(node.outputs[0]!, shared);
    } else node.outputs.forEach(enter);
    for (const name of node.inputs) {
      const left = (readers.get(name) ?? 0) - 1;
      readers.set(name, left);
      if (left === 0 && buffers.has(name)) leave(name);
    }
    for (const name of node.outputs) if (!readers.has(name)) leave(name);
  }
  return peak;
}

/** The buffer that a node's only output takes over, or `null` if it needs its own. */
function sharedInput<B extends { readonly users: number }>(
  { op, inputs, outputs }: Node,
  bufferOf: (name: string) => B | undefined,
  readers: ReadonlyMap<string, number>,
  bytesOf: (name: string) => number,
): B | null {
  if (VIEWS.has(op)) return bufferOf(inputs[0]!) ?? null;
  if (!IN_PLACE.has(op)) return null;
  const free = inputs.map((name) => {
    const buffer = bufferOf(name);
    const last = readers.get(name) === 1 && buffer?.users === 1;
    return last && bytesOf(name) === bytesOf(outputs[0]!) ? buffer : undefined;
  });
  return free.find((buffer) => buffer !== undefined) ?? null;
}

/** How often each value is read, the caller counting as a reader of the outputs. */
function countReaders(graph: Graph): Map<string, number> {
  const readers = new Map<string, number>();
  const names = graph.nodes.flatMap(({ inputs }) => inputs);
  for (const name of [...names, ...graph.outputs.map(({ name }) => name)]) {
    readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  return readers;
}
