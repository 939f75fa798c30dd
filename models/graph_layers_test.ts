import { assertEquals } from "@std/assert";
import { float32 } from "../core/mod.ts";
import { createGraphBuilder, int, ints } from "./graph_builder.ts";
import { graphLayers } from "./graph_layers.ts";

Deno.test("graphLayers() tells the products of convolutions, groups and batch included", () => {
  const builder = createGraphBuilder("g");
  builder.parameter("w", float32([6, 2, 3, 3]));
  const x = builder.input("x", "float32", [5, 4, 8, 8]);
  const strides = { strides: ints(2, 2), group: int(2) };
  builder.output(builder.node("Conv", "conv", [x, "w"], strides), "y");
  const graph = builder.build();
  assertEquals(graphLayers(graph), [{
    weight: "w",
    node: graph.nodes[0]!,
    shape: [6, 2, 3, 3],
    rows: 3,
    inner: 18,
    lanes: 5 * 9,
    groups: 2,
    macs: 6 * 18 * 45,
  }]);
});

Deno.test("graphLayers() reads linear layers of either form, and leaves products of activations out", () => {
  const builder = createGraphBuilder("g");
  builder.parameter("fc.weight", float32([3, 4]));
  builder.parameter("fc.bias", float32([3]));
  builder.parameter("v", float32([3, 7]));
  builder.parameter("u", float32([9, 7]));
  const x = builder.input("x", "float32", [5, 4]);
  const linear = builder.linear(x, "fc");
  const plain = builder.node("Gemm", "plain", [linear, "v"]);
  const flipped = builder.node("Gemm", "flipped", [plain, "u"], { transB: int(1) });
  const turned = builder.node("Transpose", "turned", [flipped]);
  builder.output(builder.node("MatMul", "square", [flipped, turned]), "y");
  const layers = graphLayers(builder.build());
  assertEquals(
    layers.map((
      { weight, shape, rows, inner, lanes, macs },
    ) => [weight, shape, rows, inner, lanes, macs]),
    [
      ["fc.weight", [3, 4], 3, 4, 5, 60],
      ["v", [3, 7], 7, 3, 5, 105],
      ["u", [9, 7], 9, 7, 5, 315],
    ],
  );
});
