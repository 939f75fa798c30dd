import { assert, assertEquals, assertThrows } from "@std/assert";
import { sizeOf } from "../core/mod.ts";
import type { Graph } from "./graph.ts";
import { parameterCount } from "./graph_builder.ts";
import { type GraphLayer, graphLayers } from "./graph_layers.ts";
import { zeroParameters } from "./parameter_source.ts";
import { buildResNet, resNetConfigs, type ResNetName } from "./resnet.ts";

function build(name: ResNetName, batch = 1): Graph {
  return buildResNet(resNetConfigs[name], { batch }, zeroParameters());
}

function weights(layers: readonly GraphLayer[]): number {
  return layers.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function gigaMacs(layers: readonly GraphLayer[]): string {
  return (layers.reduce((sum, { macs }) => sum + macs, 0) / 1e9).toFixed(3);
}

/** How often each product occurs: `rows x inner x lanes`, then the groups if there are some. */
function products(layers: readonly GraphLayer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { rows, inner, lanes, groups } of layers) {
    const key = `${rows}x${inner}x${lanes}${groups > 1 ? ` x${groups}` : ""}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

Deno.test("buildResNet() gives ResNet-50 the published sizes", () => {
  const graph = build("resnet50");
  const layers = graphLayers(graph);
  assertEquals(layers.length, 54);
  assertEquals(weights(layers), 25_502_912);
  assertEquals(gigaMacs(layers), "4.089");
  assertEquals(parameterCount(graph), 25_557_032); // as torchvision counts
  // The published sparse recipe prunes what stands in the blocks, without shortcuts.
  const pruned = layers.filter(({ weight }) => /^layer\d\.\d+\.conv/.test(weight));
  assertEquals([pruned.length, weights(pruned)], [48, 20_676_608]);
});

Deno.test("buildResNet() gives ResNet-50 v1.5 the layers of its table", () => {
  assertEquals(products(graphLayers(build("resnet50"))), {
    "64x147x12544": 1,
    "64x64x3136": 1,
    "64x576x3136": 3,
    "256x64x3136": 4,
    "64x256x3136": 2,
    "128x256x3136": 1,
    "128x1152x784": 4,
    "512x128x784": 4,
    "512x256x784": 1,
    "128x512x784": 3,
    "256x512x784": 1,
    "256x2304x196": 6,
    "1024x256x196": 6,
    "1024x512x196": 1,
    "256x1024x196": 5,
    "512x1024x196": 1,
    "512x4608x49": 3,
    "2048x512x49": 3,
    "2048x1024x49": 1,
    "512x2048x49": 2,
    "1000x2048x1": 1,
  });
});

Deno.test("buildResNet() steps in the 3x3 convolution", () => {
  const strides = new Map(
    graphLayers(build("resnet50")).map(({ weight, node }) => [weight, node.attributes.strides]),
  );
  assertEquals(strides.get("layer2.0.conv1.weight")?.value, [1, 1]);
  assertEquals(strides.get("layer2.0.conv2.weight")?.value, [2, 2]);
  assertEquals(strides.get("layer2.0.downsample.0.weight")?.value, [2, 2]);
  assertEquals(strides.get("layer1.0.conv2.weight")?.value, [1, 1]);
});

Deno.test("buildResNet() gives both ResNeXt-101 the published sizes", () => {
  const [narrow, wide] = [
    graphLayers(build("resnext101-32x4d")),
    graphLayers(build("resnext101-32x8d")),
  ];
  assertEquals(weights(narrow), 44_038_848);
  assertEquals([wide.length, weights(wide), gigaMacs(wide)], [105, 88_587_456, "16.414"]);
  assertEquals(parameterCount(build("resnext101-32x8d")), 88_791_336);
  const pruned = wide.filter(({ weight }) => /^layer\d\.\d+\.conv/.test(weight));
  assertEquals(weights(pruned), 83_761_152);
  assertEquals(products(wide), {
    "64x147x12544": 1,
    "256x64x3136": 2,
    "8x72x3136 x32": 3,
    "256x256x3136": 5,
    "512x256x3136": 1,
    "16x144x784 x32": 4,
    "512x512x784": 7,
    "512x256x784": 1,
    "1024x512x784": 1,
    "32x288x196 x32": 23,
    "1024x1024x196": 45,
    "1024x512x196": 1,
    "2048x1024x196": 1,
    "64x576x49 x32": 3,
    "2048x2048x49": 5,
    "2048x1024x49": 1,
    "1000x2048x1": 1,
  });
});

Deno.test("buildResNet() gives ResNet-34 the size that torchvision counts", () => {
  assertEquals(parameterCount(build("resnet34")), 21_797_672);
});

Deno.test("buildResNet() names parameters as torchvision does", () => {
  const names = [...build("resnet50").initializers.keys()];
  assertEquals(names.slice(0, 7), [
    "conv1.weight",
    "bn1.weight",
    "bn1.bias",
    "bn1.running_mean",
    "bn1.running_var",
    "layer1.0.conv1.weight",
    "layer1.0.bn1.weight",
  ]);
  assert(names.includes("layer4.0.downsample.1.running_var"));
  assertEquals(names.slice(-2), ["fc.weight", "fc.bias"]);
});

Deno.test("buildResNet() takes any batch from 1", () => {
  assertEquals(build("resnet50", 3).outputs[0]?.shape, [3, 1000]);
  assertThrows(() => build("resnet50", 0), RangeError, "Cannot build resnet50: batch is 0");
  assertThrows(() => build("resnet50", 1.5), RangeError, "expected an integer from 1");
});
