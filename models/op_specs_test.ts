import { assertEquals, assertThrows } from "@std/assert";
import { type Attribute, type Node, type Op, OPS } from "./graph.ts";
import { intsAttribute, numberAttribute, OP_SPECS, stringAttribute } from "./op_specs.ts";

function nodeOf(op: Op, attributes: Record<string, Attribute> = {}): Node {
  return { op, name: "n", inputs: [], outputs: [], attributes };
}

Deno.test("OP_SPECS has a signature for every op", () => {
  assertEquals(Object.keys(OP_SPECS).sort(), [...OPS].sort());
});

Deno.test("numberAttribute() gives ONNX's default if the attribute is absent", () => {
  assertEquals(numberAttribute(nodeOf("Softmax"), "axis"), -1);
  assertEquals(numberAttribute(nodeOf("Gather"), "axis"), 0);
  assertEquals(numberAttribute(nodeOf("LayerNormalization"), "epsilon"), 1e-5);
  assertEquals(numberAttribute(nodeOf("Gemm"), "alpha"), 1);
});

Deno.test("numberAttribute() gives the node's own value if there is one", () => {
  const node = nodeOf("Softmax", { axis: { type: "int", value: 2 } });
  assertEquals(numberAttribute(node, "axis"), 2);
});

Deno.test("numberAttribute() throws if there is neither a value nor a default", () => {
  assertThrows(() => numberAttribute(nodeOf("Cast"), "to"), RangeError, '"to" of node "n" (Cast)');
});

Deno.test("numberAttribute() throws if the op has no such attribute, and lists those it has", () => {
  assertThrows(() => numberAttribute(nodeOf("Gemm"), "axis"), RangeError, "alpha, beta, transA");
  assertThrows(() => numberAttribute(nodeOf("Add"), "axis"), RangeError, "no attributes");
});

Deno.test("stringAttribute() and intsAttribute() read their kinds", () => {
  assertEquals(stringAttribute(nodeOf("Gelu"), "approximate"), "none");
  assertEquals(intsAttribute(nodeOf("Transpose"), "perm"), null);
  const perm: Attribute = { type: "ints", value: [1, 0] };
  assertEquals(intsAttribute(nodeOf("Transpose", { perm }), "perm"), [1, 0]);
  assertThrows(() => intsAttribute(nodeOf("Softmax"), "axis"), RangeError, "with type ints");
});
