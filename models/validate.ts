/**
 * Whether a graph is what it says: checked once at the door, so that engines can trust it.
 *
 * @module
 */
import { sizeOf } from "../core/mod.ts";
import { type Attribute, type Graph, type Node, OPS } from "./graph.ts";
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
    const wanted = Object.hasOwn(spec.attributes, name) ? spec.attributes[name] : undefined;
    if (wanted === undefined) {
      refuse(
        graph,
        `attribute "${name}" of ${describe(attribute)} on node "${node.name}" (${node.op})`,
        attributeNames(node.op),
      );
    }
    if (wanted.type !== attribute.type) {
      refuse(
        graph,
        `attribute "${name}" of node "${node.name}" (${node.op}) is ${
          describe(attribute)
        } of type ${attribute.type}`,
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

/** An attribute's value in words, long lists cut. */
function describe({ value }: Attribute): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
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
    if (name !== "" && !known.has(name)) refuseUnwritten(graph, node, name);
  }
  for (const name of node.outputs) {
    if (name === "" || known.has(name)) {
      refuse(graph, `node "${node.name}" writes "${name}" again`, "unique names");
    }
    known.add(name);
  }
}

/** A node reads what is not there yet: it never will be, or only later, or, in a cycle, only after the node itself. */
function refuseUnwritten(graph: Graph, node: Node, name: string): never {
  const writer = writerOf(graph, name);
  const reads = `node "${node.name}" (${node.op}) reads "${name}", which`;
  if (writer === undefined) {
    const wanted = "an input, an initializer or the output of a node before it";
    return refuse(graph, `${reads} nothing writes`, wanted);
  }
  const cycle = pathBetween(graph, writer, node);
  if (cycle === null) {
    return refuse(
      graph,
      `${reads} node "${writer.name}" writes later`,
      "nodes in topological order",
    );
  }
  const names = [node, ...cycle].map(({ name }) => `"${name}"`);
  return refuse(
    graph,
    `nodes ${names.join(" ← ")} wait for each other in a cycle`,
    "a graph without cycles",
  );
}

function writerOf({ nodes }: Graph, name: string): Node | undefined {
  return nodes.find(({ outputs }) => outputs.includes(name));
}

/** Nodes from `from` to `to`, each of which reads what the next one writes, or `null` if `to` is none of its sources. */
function pathBetween(graph: Graph, from: Node, to: Node): readonly Node[] | null {
  const writers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  const cameFrom = new Map<Node, Node | null>([[from, null]]);
  for (const node of cameFrom.keys()) { // a map's keys go on over those added meanwhile
    if (node === to) {
      const path: Node[] = [];
      for (let step: Node | null = to; step; step = cameFrom.get(step) ?? null) path.push(step);
      return path.reverse();
    }
    for (const name of node.inputs) {
      const source = writers.get(name);
      if (source !== undefined && !cameFrom.has(source)) cameFrom.set(source, node);
    }
  }
  return null;
}

function checkOutputs(graph: Graph): void {
  const values = inferShapes(graph);
  if (graph.outputs.length === 0) refuse(graph, "no outputs", "at least one");
  const names = new Set<string>();
  for (const { name, dtype, shape } of graph.outputs) {
    if (names.has(name)) refuse(graph, `two outputs named "${name}"`, "unique names");
    names.add(name);
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
