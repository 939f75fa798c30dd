import { assertEquals, assertThrows } from "@std/assert";
import { bertConfigs, buildBert, createGraphBuilder, type Graph } from "../../models/mod.ts";
import { planLayers } from "./fuse.ts";
import type { Layer } from "./layers.ts";

const tiny = bertConfigs["bert-tiny"];

function kinds(graph: Graph): readonly string[] {
  return planLayers(graph).layers.map((layer) => layer.kind);
}

Deno.test("planLayers() fuses an encoder layer into eight layers", () => {
  const graph = buildBert({ ...tiny, layers: 1 }, { batch: 2, sequence: 16 });
  const encoder = ["linear", "linear", "linear", "attention", "linear", "layer_norm", "linear"];
  assertEquals(kinds(graph), [
    ...["embed", "layer_norm"],
    ...[...encoder, "linear", "layer_norm"],
    ...["select", "linear", "linear"],
  ]);
});

Deno.test("planLayers() fuses bias, activation and residual into the linear layer", () => {
  const { layers } = planLayers(buildBert(tiny, { batch: 2, sequence: 16 }));
  const find = (weight: string) =>
    layers.find((layer): layer is Extract<Layer, { kind: "linear" }> =>
      layer.kind === "linear" && layer.weight === weight
    );
  const wide = find("bert.encoder.layer.0.intermediate.dense.weight");
  assertEquals([wide?.activation, wide?.residual, wide?.outputMajor], ["gelu", null, true]);
  assertEquals(wide?.bias, "bert.encoder.layer.0.intermediate.dense.bias");
  const narrow = find("bert.encoder.layer.0.output.dense.weight");
  assertEquals(narrow?.residual?.name, "bert.encoder.layer.0.attention.output.LayerNorm");
  assertEquals(find("bert.pooler.dense.weight")?.activation, "tanh");
});

Deno.test("planLayers() keeps the arithmetic of the attention mask", () => {
  const { layers } = planLayers(buildBert(tiny, { batch: 2, sequence: 16 }));
  const attention = layers.find((layer) => layer.kind === "attention");
  assertEquals(attention?.heads, tiny.heads);
  assertEquals(attention?.scale, 1 / Math.sqrt(tiny.hidden / tiny.heads));
  assertEquals(attention?.mask, {
    input: "attention_mask",
    steps: [
      { op: "subtract", constant: 1, reversed: true },
      { op: "multiply", constant: -10_000, reversed: false },
    ],
  });
});

Deno.test("planLayers() reads both rows of a span head from one layer", () => {
  const { outputs } = planLayers(buildBert({ ...tiny, head: "span" }, { batch: 2, sequence: 16 }));
  assertEquals(outputs.map(({ name, row, rows }) => [name, row, rows]), [
    ["start_logits", 0, 1],
    ["end_logits", 1, 1],
  ]);
  assertEquals(outputs[0]?.value, outputs[1]?.value);
});

Deno.test("planLayers() does not fuse a value that two nodes read", () => {
  const graph = buildBert(tiny, { batch: 1, sequence: 8 }, undefined, {
    outputs: ["last_hidden_state"],
  });
  const { outputs, layers } = planLayers(graph);
  const last = outputs.find(({ name }) => name === "last_hidden_state");
  assertEquals(last?.rows, tiny.hidden);
  assertEquals(layers.filter(({ out }) => out.id === last?.value.id).length, 1);
});

Deno.test("planLayers() names a node that fits no layer", () => {
  const builder = createGraphBuilder("odd");
  const x = builder.input("x", "float32", [2, 8]);
  builder.output(builder.node("Softmax", "odd/Softmax", [x]), "y");
  assertThrows(() => planLayers(builder.build()), RangeError, '"odd/Softmax"');
});
