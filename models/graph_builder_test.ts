import { assertEquals, assertThrows } from "@std/assert";
import { float32, int64 } from "../core/mod.ts";
import {
  createGraphBuilder,
  float,
  type GraphBuilder,
  parameterCount,
  parametersOf,
} from "./graph_builder.ts";

function linearBuilder(): GraphBuilder {
  const builder = createGraphBuilder("g");
  builder.parameter("fc.weight", float32([3, 2]));
  builder.parameter("fc.bias", float32([3]));
  return builder;
}

Deno.test("linear() keeps the weight [OC, IC] and transposes it in the graph", () => {
  const builder = linearBuilder();
  builder.output(builder.linear(builder.input("x", "float32", [4, 5, 2]), "fc"), "y");
  const graph = builder.build();
  assertEquals(graph.nodes.map(({ op }) => op), ["Transpose", "MatMul", "Add"]);
  assertEquals(graph.initializers.get("fc.weight")?.shape, [3, 2]);
  assertEquals(graph.outputs, [{ name: "y", dtype: "float32", shape: [4, 5, 3] }]);
});

Deno.test("linear() fails at build() if its parameters were not added", () => {
  const builder = createGraphBuilder("g");
  builder.output(builder.linear(builder.input("x", "float32", [2, 2]), "fc"), "y");
  assertThrows(() => builder.build(), RangeError, "fc.weight");
});

Deno.test("parameter() throws if the name is taken or reads like a constant", () => {
  const builder = linearBuilder();
  assertThrows(() => builder.parameter("fc.bias", float32([3])), RangeError, "name is taken");
  assertThrows(() => builder.parameter("constant/1", float32([])), RangeError, "name is taken");
});

Deno.test("scalar(), index() and integers() share equal constants and keep kinds apart", () => {
  const builder = createGraphBuilder("g");
  assertEquals(builder.scalar(1), builder.scalar(1));
  const names = [builder.scalar(1), builder.index(1), builder.integers([1])];
  assertEquals(new Set(names).size, 3);
  builder.output(builder.node("Relu", "relu", [names[0]!]), "y");
  assertEquals(builder.build().initializers.get(names[2]!), int64([1], [1]));
});

Deno.test("output() renames a value wherever it is read", () => {
  const builder = createGraphBuilder("g");
  const h = builder.node("Relu", "h", [builder.input("x", "float32", [2])]);
  builder.output(builder.node("Tanh", "t", [h]), "y");
  builder.output(h, "hidden");
  const graph = builder.build();
  assertEquals(graph.nodes.map(({ inputs, outputs }) => [inputs, outputs]), [
    [["x"], ["hidden"]],
    [["hidden"], ["y"]],
  ]);
  assertEquals(graph.outputs.map(({ name }) => name), ["y", "hidden"]);
});

Deno.test("build() throws if an output is no node's value", () => {
  const builder = createGraphBuilder("g");
  builder.output("nowhere", "y");
  assertThrows(() => builder.build(), RangeError, 'output "y" is no node\'s value');
});

Deno.test("float() rounds to single precision, as a file would", () => {
  assertEquals(float(1e-12), { type: "float", value: Math.fround(1e-12) });
});

Deno.test("parametersOf() leaves constants out", () => {
  const builder = linearBuilder();
  const scaled = builder.node("Mul", "scaled", [
    builder.input("x", "float32", [1, 2]),
    builder.scalar(2),
  ]);
  builder.output(builder.linear(scaled, "fc"), "y");
  const graph = builder.build();
  assertEquals([...parametersOf(graph).keys()], ["fc.weight", "fc.bias"]);
  assertEquals(parameterCount(graph), 9);
});
