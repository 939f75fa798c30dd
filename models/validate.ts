/**
 * Whether a graph is what it says: checked once at the door, so that engines can trust it.
 *
 * @module
 */
import { sizeOf } from "../core/mod.ts";
import { type Graph, type Node, OPS } from "./graph.ts";
import { attributeNames, OP_SPECS } from "./op_specs.ts";
import { inferShapes } from "./shapes.ts";

/**
 * Checks order, names, operators, attributes, element types and shapes of a graph. Cost: no look at the weights' values.
 *
 * @throws {RangeError} If something is missing, unknown, duplicate or of the wrong size; the message names it.
 * @throws {TypeError} If an element type is wrong.
 */
export function validateGraph(graph: Graph): void {
  checkInitializers(graph);
  const known = checkEntrances(graph);
  const nodeNames = new Set<string>();
  for (const node of graph.nodes) {
    if (nodeNames.has(node.name)) refuse(graph, `two nodes named "${node.name}"`, "unique names");
    nodeNames.add(node.name);
    checkSignature(graph, node);
    checkWiring(graph, node, known);
  }
  checkOutputs(graph);
}

function refuse(graph: Graph, found: string, expected: string): never {
  throw new RangeError(`Cannot use graph "${graph.name}": ${found}, expected ${expected}`);
}

function checkInitializers(graph: Graph): void {
  for (const [name, { shape, data }] of graph.initializers) {
    if (data.length !== sizeOf(shape)) {
      refuse(
        graph,
        `initializer "${name}" of [${shape}] has ${data.length} elements`,
        `${sizeOf(shape)}`,
      );
    }
  }
}

/** Names known before the first node. */
function checkEntrances(graph: Graph): Set<string> {
  const known = new Set(graph.initializers.keys());
  for (const { name, shape } of graph.inputs) {
    if (name === "" || known.has(name)) refuse(graph, `two values named "${name}"`, "unique names");
    if (!shape.every((size) => Number.isInteger(size) && size > 0)) {
      refuse(graph, `input "${name}" of [${shape}]`, "positive sizes");
    }
    known.add(name);
  }
  return known;
}

function checkSignature(graph: Graph, node: Node): void {
  if (!OPS.includes(node.op)) {
    refuse(graph, `node "${node.name}" has op "${node.op}"`, `one of ${OPS.join(", ")}`);
  }
  const spec = OP_SPECS[node.op];
  checkCount(graph, node, "inputs", spec.inputs);
  checkCount(graph, node, "outputs", spec.outputs);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    const wanted = spec.attributes[name];
    if (wanted === undefined) {
      refuse(
        graph,
        `attribute "${name}" on node "${node.name}" (${node.op})`,
        attributeNames(node.op),
      );
    }
    if (wanted.type !== attribute.type) {
      refuse(
        graph,
        `attribute "${name}" of node "${node.name}" is of type ${attribute.type}`,
        wanted.type,
      );
    }
  }
  for (const [name, { required }] of Object.entries(spec.attributes)) {
    if (required && !Object.hasOwn(node.attributes, name)) {
      refuse(
        graph,
        `node "${node.name}" (${node.op}) without attribute "${name}"`,
        "it to be there",
      );
    }
  }
}

function checkCount(
  graph: Graph,
  node: Node,
  side: "inputs" | "outputs",
  [least, most]: readonly [number, number],
): void {
  const count = node[side].length;
  if (count < least || count > most) {
    refuse(
      graph,
      `node "${node.name}" (${node.op}) with ${count} ${side}`,
      least === most ? `${least}` : `${least} to ${most}`,
    );
  }
}

function checkWiring(graph: Graph, node: Node, known: Set<string>): void {
  for (const name of node.inputs) {
    if (name !== "" && !known.has(name)) {
      const later = graph.nodes.find((other) => other.outputs.includes(name));
      refuse(
        graph,
        `node "${node.name}" reads "${name}", which ${
          later ? `node "${later.name}" writes later` : "nothing writes"
        }`,
        "nodes in topological order",
      );
    }
  }
  for (const name of node.outputs) {
    if (name === "" || known.has(name)) {
      refuse(graph, `node "${node.name}" writes "${name}" again`, "unique names");
    }
    known.add(name);
  }
}

function checkOutputs(graph: Graph): void {
  const values = inferShapes(graph);
  if (graph.outputs.length === 0) refuse(graph, "no outputs", "at least one");
  for (const { name, dtype, shape } of graph.outputs) {
    const value = values.get(name);
    if (value === undefined) refuse(graph, `output "${name}" that nothing writes`, "a value");
    if (value.dtype !== dtype || value.shape.join() !== shape.join()) {
      refuse(
        graph,
        `output "${name}" declared ${dtype} [${shape}]`,
        `${value.dtype} [${value.shape}], which its nodes give`,
      );
    }
  }
}
