/**
 * Shape inference: the element type and sizes of every value of a graph, from its inputs and initializers.
 *
 * @module
 */
import { sizeOf, type Tensor } from "../core/mod.ts";
import type { Graph, Node, ValueInfo } from "./graph.ts";
import { refuse, SHAPE_RULES, type ValueType } from "./shape_rules.ts";

/**
 * Element type and sizes of every value: inputs, initializers and what the nodes write.
 *
 * @throws {TypeError} If a node gets an element type that it does not take.
 * @throws {RangeError} If sizes do not fit together, a value is read before it is written, or a shape depends on data.
 */
export function inferShapes(graph: Graph): Map<string, ValueInfo> {
  const values = new Map<string, ValueInfo>();
  for (const input of graph.inputs) {
    if (!isHoldable(input.shape)) {
      throw new RangeError(
        `Cannot infer shapes of graph "${graph.name}": input "${input.name}" of [${input.shape}], expected ${HOLDABLE}`,
      );
    }
    values.set(input.name, input);
  }
  for (const [name, { dtype, shape }] of graph.initializers) {
    values.set(name, { name, dtype, shape });
  }
  for (const node of graph.nodes) {
    for (const output of inferNode(graph, node, values)) values.set(output.name, output);
  }
  return values;
}

/** Values of more elements are mistakes, and their sizes would not be exact. */
const MOST_ELEMENTS = 2 ** 40;
const HOLDABLE = `sizes from 0 and ${MOST_ELEMENTS} elements at most`;

function isHoldable(shape: readonly number[]): boolean {
  return shape.every((size) => Number.isInteger(size) && size >= 0) &&
    sizeOf(shape) <= MOST_ELEMENTS;
}

function inferNode(
  graph: Graph,
  node: Node,
  values: ReadonlyMap<string, ValueInfo>,
): readonly ValueInfo[] {
  const types = node.inputs.map((name) => {
    const value = name === "" ? null : values.get(name);
    return value === undefined
      ? refuse(node, `"${name}" is unknown`, "a value written before")
      : value;
  });
  const integers = (position: number) => constantIntegers(graph, node, position);
  const inferred = SHAPE_RULES[node.op]({ node, types, integers });
  const outputs = Array.isArray(inferred)
    ? inferred as readonly ValueType[]
    : [inferred as ValueType];
  if (outputs.length !== node.outputs.length) {
    refuse(node, `${node.outputs.length} outputs`, `${outputs.length}`);
  }
  return outputs.map(({ dtype, shape }, i) => {
    if (!isHoldable(shape)) refuse(node, `an output of [${shape}]`, HOLDABLE);
    return { name: node.outputs[i]!, dtype, shape };
  });
}

function constantIntegers(graph: Graph, node: Node, position: number): readonly number[] | null {
  const name = node.inputs[position] ?? "";
  if (name === "") return null;
  const tensor: Tensor | undefined = graph.initializers.get(name);
  if (tensor?.dtype !== "int64") {
    return refuse(node, `input "${name}" is no int64 initializer`, "a shape known beforehand");
  }
  return Array.from(tensor.data, Number);
}
