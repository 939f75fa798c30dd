import { assertEquals } from "@std/assert";
import { float32 } from "../../core/mod.ts";
import { createGraphBuilder } from "../../models/mod.ts";
import { executeGraph } from "./execute.ts";
import { openTfjs, tidied } from "./heap.ts";
import { stockOps } from "./ops.ts";

Deno.test("executeGraph() that releases values keeps a constant until its last reader", async () => {
  const { tf } = await openTfjs();
  const builder = createGraphBuilder("twice");
  const x = builder.input("x", "float32", [2]);
  const constant = builder.constant("c", float32([2], Float32Array.of(2, 3)));
  const product = builder.node("Mul", "product", [x, constant]);
  const sum = builder.node("Add", "sum", [product, constant]);
  builder.output(sum, "y");
  const graph = builder.build();
  const before = tf.memory().numTensors;
  for (const release of [false, true]) {
    tidied(tf, () => {
      const inputs = { x: tf.tensor1d([1, 10]) };
      const { y } = executeGraph(stockOps(tf), graph, inputs, new Map(), { release });
      assertEquals([...y!.dataSync()], [4, 33]);
    });
  }
  assertEquals(tf.memory().numTensors, before);
});
