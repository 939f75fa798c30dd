import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom, float32, int64, type TensorOf } from "../core/mod.ts";
import {
  type BertConfig,
  bertConfigs,
  buildBert,
  type Graph,
  initialiseBert,
  runReference,
} from "../models/mod.ts";
import type { Tensors } from "./engine.ts";
import { fuseAttention } from "./onnxruntime_attention.ts";
import { onnxruntimeNode } from "./onnxruntime_node.ts";

const config: BertConfig = {
  ...bertConfigs["bert-tiny"],
  hidden: 24,
  heads: 3,
  intermediate: 32,
  vocabulary: 40,
  positions: 16,
};

/** Large weights, so that attention is far from even. */
function strongParameters(): Map<string, TensorOf<"float32">> {
  const parameters = initialiseBert(config, createRandom(1));
  for (const [name, { data }] of parameters) {
    const random = createRandom(name);
    for (let i = 0; i < data.length; i++) data[i] = data[i]! + 0.3 * random.normal();
  }
  return parameters;
}

const graph = buildBert(config, { batch: 2, sequence: 9 }, strongParameters());
const inputs: Tensors = {
  input_ids: int64([2, 9], Array.from({ length: 18 }, (_, i) => (7 * i) % 40)),
  attention_mask: int64([2, 9], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0]),
  token_type_ids: int64([2, 9], Array(18).fill(0)),
};

/** The graph with one node changed. */
function changed(name: string, change: Partial<Graph["nodes"][number]>): Graph {
  const nodes = graph.nodes.map((node) => node.name === name ? { ...node, ...change } : node);
  assert(nodes.some((node, i) => node !== graph.nodes[i]), name);
  return { ...graph, nodes };
}

function fusedLayers(graph: Graph): number {
  return fuseAttention(graph).nodes.filter(({ op }) => op === "Attention").length;
}

Deno.test("fuseAttention() fuses every layer and drops what is no longer read", () => {
  const fused = fuseAttention(graph);
  const ops = fused.nodes.map(({ op }) => op);
  assertEquals(ops.filter((op) => op === "Attention").length, config.layers);
  assert(!ops.includes("Softmax") && !ops.includes("Sub"), ops.join());
  assertEquals(ops.filter((op) => op === "Cast").length, 1);
  assert(!fused.initializers.has("bert.encoder.layer.0.attention.self.query.weight"));
  assert(fused.initializers.has("bert.encoder.layer.0.attention.output.dense.weight"));
  assertEquals([fused.inputs, fused.outputs], [graph.inputs, graph.outputs]);
});

Deno.test("fuseAttention() leaves the given graph as it was", () => {
  const nodes = [...graph.nodes];
  const names = [...graph.initializers.keys()];
  fuseAttention(graph);
  assertEquals(graph.nodes, nodes);
  assertEquals([...graph.initializers.keys()], names);
});

Deno.test("fuseAttention() keeps the meaning, masked tokens included", async () => {
  await using session = await onnxruntimeNode.load(graph, { threads: 1 });
  const found = (await session.run(inputs)).logits!;
  const wanted = runReference(graph, inputs).logits!;
  wanted.data.forEach((value, i) => {
    assertAlmostEquals(Number(found.data[i]), Number(value), 1e-5);
  });
});

const self = "bert.encoder.layer.0.attention.self";

Deno.test("fuseAttention() leaves an attention of another form alone, and fuses the others", () => {
  const softmax = changed(`${self}/Softmax`, { attributes: { axis: { type: "int", value: 2 } } });
  assertEquals(fusedLayers(softmax), 1);
  const order = { perm: { type: "ints", value: [0, 2, 3, 1] } } as const;
  assertEquals(fusedLayers(changed(`${self}.value/Transpose`, { attributes: order })), 1);
  assertEquals(fusedLayers(changed(`${self}/Div`, { op: "Mul" })), 1);
  const other = { inputs: ["bert.encoder.layer.1", `${self}.key.weight/Transpose`] };
  assertEquals(fusedLayers(changed(`${self}.key/MatMul`, other)), 1);
});

Deno.test("fuseAttention() fuses nothing if the mask is made in another way", () => {
  assertEquals(fusedLayers(changed("mask/Sub", { op: "Add" })), 0);
  const two = new Map(graph.initializers).set("constant/1", float32([], Float32Array.of(2)));
  assertEquals(fusedLayers({ ...graph, initializers: two }), 0);
});

Deno.test("fuseAttention() keeps what is read from inside an attention", () => {
  const inside = { name: `${self}/Softmax`, dtype: "float32", shape: [2, 3, 9, 9] } as const;
  const fused = fuseAttention({ ...graph, outputs: [...graph.outputs, inside] });
  const ops = fused.nodes.map(({ op }) => op);
  assertEquals(ops.filter((op) => op === "Softmax").length, 1);
  assertEquals(ops.filter((op) => op === "Attention").length, config.layers);
});
