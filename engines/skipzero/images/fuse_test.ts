import { assert, assertEquals } from "@std/assert";
import { float32 } from "../../../core/mod.ts";
import {
  buildCifarResNet,
  buildNumentaCnn,
  buildResNet,
  buildSsd,
  cifarResNetConfigs,
  createGraphBuilder,
  type Graph,
  int,
  ints,
  numentaCnnConfigs,
  resNetConfigs,
  ssdConfigs,
} from "../../../models/mod.ts";
import { planLayers } from "../fuse.ts";
import type { ConvolutionLayer, ImageLayer } from "./layers.ts";

const small = { width: 4, image: 32, classes: 5, blocks: [1, 1], groupWidth: 64 };
const resnet = buildResNet({ ...resNetConfigs.resnet50, ...small }, { batch: 2 });

function layersOf(graph: Graph): readonly ImageLayer[] {
  return planLayers(graph).images.layers;
}

function convolutions(graph: Graph): ConvolutionLayer[] {
  return layersOf(graph).filter((layer) => layer.kind === "convolution");
}

Deno.test("planLayers() makes one layer of a convolution, its normalisation, residual and activation", () => {
  const found = convolutions(resnet);
  assertEquals(found.length, 1 + 2 * 4);
  assert(found.every(({ scale, bias }) => scale !== null && bias !== null));
  const last = found.find(({ weight }) => weight === "layer1.0.conv3.weight");
  assertEquals(last?.residual?.name, "layer1.0.downsample.1");
  assertEquals(last?.activation, "relu");
  assertEquals(
    found.find(({ weight }) => weight === "layer1.0.downsample.0.weight")?.activation,
    "none",
  );
});

Deno.test("planLayers() ends images with features of the batch", () => {
  const { images, layers } = planLayers(resnet);
  assertEquals(images.layers.at(-1)?.kind, "global_pool");
  assertEquals(layers.map(({ kind }) => kind), ["linear"]);
});

Deno.test("planLayers() rectifies in front of a maximum, which gives the same", () => {
  const config = numentaCnnConfigs.find(({ name }) => name === "mnist-cnn")!;
  const layers = layersOf(buildNumentaCnn(config, { batch: 1 }));
  assertEquals(layers.map(({ kind }) => kind), [
    "convolution",
    "pool",
    "convolution",
    "pool",
    "flatten",
  ]);
  const pools = layers.filter((layer) => layer.kind === "pool");
  assert(pools.every(({ x, out }) => x.nonNegative && out.nonNegative));
});

Deno.test("planLayers() folds a normalisation behind a fully connected layer into its weights", () => {
  const config = numentaCnnConfigs.find(({ name }) => name === "gsc-cnn")!;
  const graph = buildNumentaCnn({ ...config, channels: [4, 4], hidden: 6 }, { batch: 1 });
  const { layers, constants } = planLayers(graph);
  assertEquals(layers.map(({ kind }) => kind), ["linear", "linear"]);
  const variance = graph.initializers.get("linear_bn.running_var")!.data[0] as number;
  const [before, after] = [graph.initializers, constants].map((all) =>
    all.get("linear.weight")!.data[0] as number
  );
  assertEquals(after, Math.fround(before! / Math.fround(Math.sqrt(variance + 1e-5))));
});

Deno.test("planLayers() takes a shortcut without parameters for a convolution with a weight a channel", () => {
  const config = { ...cifarResNetConfigs.resnet20, blocks: 1, width: 4, image: 16 };
  const shortcuts = convolutions(buildCifarResNet(config, { batch: 1 }))
    .filter(({ selects }) => selects);
  assertEquals(shortcuts.length, 2);
  const [first] = shortcuts;
  assertEquals([first?.x.channels, first?.out.channels], [4, 8]);
  // input channel c goes to output channel c + 2
  const ones = [...first!.values].flatMap((value, i) =>
    value === 1 ? [[Math.floor(i / 4), i % 4]] : []
  );
  assertEquals(ones, [[2, 0], [3, 1], [4, 2], [5, 3]]);
});

Deno.test("planLayers() makes a detector's tail of rows: copied, computed, turned", () => {
  const config = { ...ssdConfigs["ssd-resnet34-300"], image: 260, width: 1, classes: 3 };
  const layers = layersOf(buildSsd(config, { batch: 1 }));
  assertEquals(layers.slice(-6).map(({ kind }) => kind), [
    "strips",
    "evaluate",
    "write",
    "strips",
    "softmax_rows",
    "write",
  ]);
  const strips = layers.filter((layer) => layer.kind === "strips");
  assertEquals(strips.map(({ out, parts }) => [out.rows, parts.length]), [[4, 6], [3, 6]]);
});

Deno.test("planLayers() names a node on images that fits no layer", () => {
  const builder = createGraphBuilder("odd");
  const x = builder.input("x", "float32", [1, 2, 4, 4]);
  builder.output(builder.node("Concat", "odd/Concat", [x, x], { axis: int(1) }), "y");
  let message = "";
  try {
    planLayers(builder.build());
  } catch (error) {
    message = (error as Error).message;
  }
  assert(message.includes('"odd/Concat"') && message.includes("input [1,2,4,4]"), message);
});

Deno.test("planLayers() adds two images that no convolution computes", () => {
  const builder = createGraphBuilder("sum");
  const [a, b] = ["a", "b"].map((name) => builder.input(name, "float32", [1, 2, 4, 4]));
  builder.output(builder.node("Add", "sum/Add", [a!, b!]), "y");
  const kinds = layersOf(builder.build()).map(({ kind }) => kind);
  assertEquals(kinds.at(-1), "write");
  assert(kinds.slice(0, -1).every((kind) => kind === "convolution"));
});

Deno.test("planLayers() reads every attribute of a window", () => {
  const builder = createGraphBuilder("window");
  const x = builder.input("x", "float32", [1, 2, 9, 11]);
  const weight = builder.parameter("w", float32([4, 1, 3, 2]));
  const attributes = {
    group: int(2),
    strides: ints(2, 3),
    pads: ints(2, 1, 0, 2),
    dilations: ints(2, 1),
  };
  builder.output(builder.node("Conv", "window/Conv", [x, weight], attributes), "y");
  const [layer] = convolutions(builder.build());
  assertEquals(layer?.groups, 2);
  assertEquals(layer?.window.pads, { top: 2, left: 1, bottom: 0, right: 2 });
  assertEquals([layer?.window.stride, layer?.window.dilation, layer?.window.output], [
    [2, 3],
    [2, 1],
    [4, 5],
  ]);
});
