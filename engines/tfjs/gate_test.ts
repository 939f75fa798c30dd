import { assertEquals } from "@std/assert";
import { float32 } from "../../core/mod.ts";
import { createGraphBuilder } from "../../models/mod.ts";
import { executeGraph } from "./execute.ts";
import { gate } from "./gate.ts";
import { openTfjs, type TfTensor } from "./heap.ts";
import { stockOps } from "./ops.ts";

Deno.test("gate() lets values and their gradients through where it is open", async () => {
  const { tf, heap } = await openTfjs();
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const x = tf.tensor([1, -2, 0, 4], [2, 2]);
    const open = (values: Float32Array) => values.map((value) => value < 0 || value > 3 ? 1 : 0);
    const [value, slope] = [gate(tf, heap, x, open), tf.grad((at) => gate(tf, heap, at, open))];
    assertEquals([...value.dataSync()], [0, -2, 0, 4]);
    assertEquals([...slope(x, tf.tensor([5, 6, 7, 8], [2, 2])).dataSync()], [0, 6, 0, 8]);
  });
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("executeGraph() lets another function stand in for an activation", async () => {
  const { tf, heap } = await openTfjs();
  const builder = createGraphBuilder("gated");
  const x = builder.input("x", "float32", [1, 4]);
  const shifted = builder.node("Add", "shifted", [
    x,
    builder.constant("one", float32([1], Float32Array.of(1))),
  ]);
  builder.output(builder.node("Relu", "active", [shifted]), "y");
  const graph = builder.build();
  tf.tidy(() => {
    const inputs = { x: tf.tensor([[-5, 2, 3, -1]]) };
    const run = (
      activations: Map<string, (x: TfTensor) => TfTensor>,
    ) => [...executeGraph(stockOps(tf), graph, inputs, new Map(), { activations }).y!.dataSync()];
    assertEquals(run(new Map()), [0, 3, 4, 0]);
    const open = (values: Float32Array) => values.map((_, i) => i % 2);
    const name = graph.nodes.at(-1)!.outputs[0]!;
    assertEquals(run(new Map([[name, (value) => gate(tf, heap, value, open)]])), [0, 3, 0, 0]);
  });
});
