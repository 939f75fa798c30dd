import { assertEquals, assertThrows } from "@std/assert";
import { createRandom, float32 } from "../core/mod.ts";
import { buildCifarResNet, cifarResNetConfigs } from "./cifar_resnet.ts";
import { parameterCount } from "./graph_builder.ts";
import { graphLayers } from "./graph_layers.ts";
import { drawParameters, zeroParameters } from "./parameter_source.ts";
import { runReference } from "./reference.ts";

Deno.test("buildCifarResNet() has as many layers and parameters as published", () => {
  for (
    const [name, layers, parameters, megaMacs] of [
      ["resnet20", 20, 269_722, 40.6],
      ["resnet56", 56, 853_018, 125.5],
    ] as const
  ) {
    const graph = buildCifarResNet(cifarResNetConfigs[name], { batch: 1 }, zeroParameters());
    const found = graphLayers(graph);
    assertEquals([found.length, parameterCount(graph)], [layers, parameters]);
    const macs = found.reduce((sum, layer) => sum + layer.macs, 0);
    assertEquals((macs / 1e6).toFixed(1), megaMacs.toFixed(1));
  }
});

Deno.test("buildCifarResNet() has shortcuts that skip pixels and pad with channels of zeros", () => {
  const config = { ...cifarResNetConfigs.resnet20, blocks: 1, width: 2, image: 8 };
  const silent = drawParameters("cifar");
  // Without the second convolution of a block, the block is ReLU of its shortcut.
  const graph = buildCifarResNet(config, { batch: 1 }, (name, shape, start) => {
    const kept = !/layer\d\.\d\.conv2/.test(name);
    return kept ? silent(name, shape, start) : float32(shape);
  });
  const inner = { ...graph, outputs: graph.outputs.slice() };
  const inspect = (name: string, shape: number[]) => ({ name, shape, dtype: "float32" as const });
  inner.outputs.push(inspect("relu", [1, 2, 8, 8]), inspect("layer2.0/Relu_1", [1, 4, 4, 4]));
  const random = createRandom("image");
  const image = float32([1, 3, 8, 8], new Float32Array(192).map(() => random.normal()));
  const outputs = runReference(inner, { images: image });
  const [stem, second] = [outputs.relu!.data, outputs["layer2.0/Relu_1"]!.data];
  for (let c = 0; c < 4; c++) {
    for (let i = 0; i < 16; i++) {
      const from = (c - 1) * 64 + Math.floor(i / 4) * 16 + (i % 4) * 2;
      assertEquals(second[c * 16 + i], c === 0 || c === 3 ? 0 : stem[from]);
    }
  }
});

Deno.test("buildCifarResNet() takes any batch from 1", () => {
  const build = (batch: number) =>
    buildCifarResNet(cifarResNetConfigs.resnet20, { batch }, zeroParameters());
  assertEquals(build(2).outputs, [{ name: "logits", dtype: "float32", shape: [2, 10] }]);
  assertThrows(() => build(-1), RangeError, "batch is -1");
});
