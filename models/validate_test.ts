import { assertThrows } from "@std/assert";
import { float32 } from "../core/mod.ts";
import type { Attribute, Graph, Node } from "./graph.ts";
import { validateGraph } from "./validate.ts";

const relu: Node = { op: "Relu", name: "relu", inputs: ["x"], outputs: ["h"], attributes: {} };
const add: Node = { op: "Add", name: "add", inputs: ["h", "b"], outputs: ["y"], attributes: {} };

/** x → Relu → Add b → y. */
const graph: Graph = {
  name: "tiny",
  inputs: [{ name: "x", dtype: "float32", shape: [2, 3] }],
  outputs: [{ name: "y", dtype: "float32", shape: [2, 3] }],
  nodes: [relu, add],
  initializers: new Map([["b", float32([3])]]),
};

Deno.test("validateGraph() accepts a graph that is in order", () => {
  validateGraph(graph);
});

const axis: Attribute = { type: "int", value: 0 };

const FAULTS: readonly (readonly [fault: string, changed: Partial<Graph>, says: string])[] = [
  ["nodes are out of order", { nodes: [add, relu] }, 'reads "h", which node "relu" writes later'],
  ["a value is missing", { nodes: [add] }, 'reads "h", which nothing writes'],
  ["two nodes share a name", { nodes: [relu, { ...add, name: "relu" }] }, 'two nodes named "relu"'],
  ["a value is written twice", { nodes: [relu, { ...add, outputs: ["h"] }] }, 'writes "h" again'],
  ["an output has no name", { nodes: [relu, { ...add, outputs: [""] }] }, 'writes "" again'],
  [
    "an input has an initializer's name",
    { inputs: [{ name: "b", dtype: "float32", shape: [3] }] },
    'two values named "b"',
  ],
  [
    "an input has a size of 0",
    { inputs: [{ name: "x", dtype: "float32", shape: [0, 3] }] },
    "expected positive sizes",
  ],
  [
    "an op is unknown",
    { nodes: [{ ...relu, op: "Selu" as "Relu" }, add] }, // as a file could say
    'has op "Selu", expected one of Add, AveragePool',
  ],
  [
    "an attribute is unknown",
    { nodes: [{ ...relu, attributes: { axis: { type: "int", value: 0 } } }, add] },
    'attribute "axis" of 0 on node "relu" (Relu), expected no attributes',
  ],
  [
    "an attribute has another type",
    {
      nodes: [{ ...relu, op: "Softmax", attributes: { axis: { type: "float", value: 1 } } }, add],
    },
    'attribute "axis" of node "relu" (Softmax) is 1 of type float, expected int',
  ],
  [
    "an attribute has the name of something that every object has",
    { nodes: [{ ...relu, attributes: { ["constructor"]: axis } }, add] },
    'attribute "constructor" of 0 on node "relu" (Relu), expected no attributes',
  ],
  [
    "a required attribute is missing",
    { nodes: [{ ...relu, op: "Cast" }, add] },
    'without attribute "to"',
  ],
  [
    "a node has too many inputs",
    { nodes: [{ ...relu, inputs: ["x", "b"] }, add] },
    '"relu" (Relu) with 2 inputs, expected 1',
  ],
  [
    "a node has too few inputs",
    { nodes: [relu, { ...add, inputs: ["h"] }] },
    '"add" (Add) with 1 inputs, expected 2',
  ],
  [
    "an initializer has another size than its shape",
    { initializers: new Map([["b", { ...float32([3]), shape: [4] }]]) },
    'initializer "b" of [4] has 3 elements, expected 4',
  ],
  [
    "an output is declared with another shape",
    { outputs: [{ name: "y", dtype: "float32", shape: [3, 2] }] },
    'output "y" declared float32 [3,2], expected float32 [2,3]',
  ],
  [
    "an output is declared with another type",
    { outputs: [{ name: "y", dtype: "int32", shape: [2, 3] }] },
    "declared int32 [2,3]",
  ],
  [
    "an output is never written",
    { outputs: [{ name: "z", dtype: "float32", shape: [2, 3] }] },
    'output "z" that nothing writes',
  ],
  [
    "a node reads its own output",
    { nodes: [{ ...relu, inputs: ["h"] }, add] },
    'nodes "relu" ← "relu" wait for each other in a cycle',
  ],
  [
    "an output is declared twice",
    { outputs: [...graph.outputs, ...graph.outputs] },
    'two outputs named "y", expected unique names',
  ],
  ["there is no output", { outputs: [] }, "no outputs, expected at least one"],
];

for (const [fault, changed, says] of FAULTS) {
  Deno.test(`validateGraph() throws and names the place if ${fault}`, () => {
    assertThrows(() => validateGraph({ ...graph, ...changed }), RangeError, says);
  });
}
