import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRandom, float32, sizeOf } from "../core/mod.ts";
import { parametersOf } from "./graph_builder.ts";
import { type GraphLayer, graphLayers } from "./graph_layers.ts";
import { zeroParameters } from "./parameter_source.ts";
import { runReference } from "./reference.ts";
import { buildSsd } from "./ssd.ts";
import { defaultBoxes, ssdMapSizes } from "./ssd_boxes.ts";
import { ssdConfigs, type SsdName } from "./ssd_config.ts";

function layersOf(name: SsdName): readonly GraphLayer[] {
  return graphLayers(buildSsd(ssdConfigs[name], { batch: 1 }, zeroParameters()));
}

function totals(layers: readonly GraphLayer[]): [count: number, weights: number, gigaMacs: string] {
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
  return [
    layers.length,
    layers.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    (macs / 1e9).toFixed(3),
  ];
}

/** Columns of the published table: weight's name, output channels, inner size, output pixels. */
function lineOf(layers: readonly GraphLayer[], name: string): string {
  const { rows, inner, lanes } = layers.find(({ weight }) => weight === `${name}.weight`)!;
  return `${rows}x${inner}x${lanes}`;
}

Deno.test("buildSsd() gives the training model its published sizes", () => {
  const layers = layersOf("ssd-resnet34-300");
  assertEquals(totals(layers), [51, 19_957_440, "15.862"]);
  for (
    const [name, line] of [
      ["model.layer1.0", "64x147x22500"],
      ["model.layer1.4.0.conv1", "64x576x5625"],
      ["model.layer1.5.0.conv1", "128x576x1444"],
      ["model.layer1.5.0.downsample.0", "128x64x1444"],
      ["model.layer2.0.0.conv1", "256x1152x1444"],
      ["model.layer2.0.0.downsample.0", "256x128x1444"],
      ["model.layer2.0.5.conv2", "256x2304x1444"],
      ["additional_blocks.0.0", "256x256x1444"],
      ["additional_blocks.0.2", "512x2304x361"],
      ["additional_blocks.1.2", "512x2304x100"],
      ["additional_blocks.2.2", "256x1152x25"],
      ["additional_blocks.3.2", "256x1152x9"],
      ["additional_blocks.4.2", "256x1152x1"],
      ["loc.0", "16x2304x1444"],
      ["conf.0", "324x2304x1444"],
      ["loc.1", "24x4608x361"],
      ["conf.1", "486x4608x361"],
      ["conf.3", "486x2304x25"],
      ["conf.5", "324x2304x1"],
    ] as const
  ) assertEquals([name, lineOf(layers, name)], [name, line]);
});

Deno.test("buildSsd() gives the inference model its published sizes", () => {
  const layers = layersOf("ssd-resnet34-1200");
  assertEquals(totals(layers), [51, 19_957_440, "216.416"]);
  for (
    const [name, line] of [
      ["model.layer1.0", "64x147x360000"],
      ["model.layer2.0.5.conv2", "256x2304x22500"],
      ["additional_blocks.3.2", "256x1152x81"],
      ["additional_blocks.4.2", "256x1152x49"],
      ["loc.0", "16x2304x2500"],
      ["conf.2", "486x4608x169"],
      ["conf.4", "324x2304x9"],
      ["conf.5", "324x2304x9"],
    ] as const
  ) assertEquals([name, lineOf(layers, name)], [name, line]);
});

Deno.test("buildSsd() has as many boxes as published, and both models share weights", () => {
  const [small, large] = (["ssd-resnet34-300", "ssd-resnet34-1200"] as const).map((name) =>
    buildSsd(ssdConfigs[name], { batch: 2 }, zeroParameters())
  );
  assertEquals(small!.outputs.map(({ shape }) => shape), [[2, 8732, 4], [2, 8732, 81]]);
  assertEquals(large!.outputs.map(({ shape }) => shape), [[2, 15_130, 4], [2, 15_130, 81]]);
  const shapes = [small!, large!].map((graph) =>
    [...parametersOf(graph)].map(([name, { shape }]) => `${name} ${shape}`)
  );
  assertEquals(shapes[0], shapes[1]);
});

Deno.test("ssdMapSizes() gives the sizes of the official code, and refuses small images", () => {
  assertEquals(ssdMapSizes(ssdConfigs["ssd-resnet34-300"]), [38, 19, 10, 5, 3, 1]);
  assertEquals(ssdMapSizes(ssdConfigs["ssd-resnet34-1200"]), [50, 25, 13, 7, 3, 3]);
  const small = { ...ssdConfigs["ssd-resnet34-300"], image: 200 };
  assertThrows(() => ssdMapSizes(small), RangeError, "an image of 200 pixels, expected room");
});

Deno.test("defaultBoxes() lists what the official code lists", () => {
  const config = ssdConfigs["ssd-resnet34-300"];
  const boxes = defaultBoxes(config, ssdMapSizes(config));
  assertEquals(boxes.length, 4 * 8732);
  const box = (i: number) => [...boxes.subarray(4 * i, 4 * i + 4)];
  const close = (found: number[], wanted: number[]) =>
    wanted.forEach((value, i) => assertAlmostEquals(found[i]!, value, 1e-6));
  close(box(0), [0.5 / 37.5, 0.5 / 37.5, 0.07, 0.07]);
  close(box(1), [1.5 / 37.5, 0.5 / 37.5, 0.07, 0.07]); // columns before rows
  close(box(1444), [0.5 / 37.5, 0.5 / 37.5, Math.sqrt(0.07 * 0.15), Math.sqrt(0.07 * 0.15)]);
  close(box(2 * 1444), [0.5 / 37.5, 0.5 / 37.5, 0.07 * Math.SQRT2, 0.07 / Math.SQRT2]);
  close(box(3 * 1444), [0.5 / 37.5, 0.5 / 37.5, 0.07 / Math.SQRT2, 0.07 * Math.SQRT2]);
  close(box(8728), [0.5, 0.5, 0.87, 0.87]);
  close(box(8730), [0.5, 0.5, 1, 0.87 / Math.SQRT2]); // cut at the image
});

Deno.test("buildSsd() moves and scales the default boxes by what the heads say", () => {
  const config = { ...ssdConfigs["ssd-resnet34-300"], image: 260, width: 1, classes: 2 };
  const offsets = [1, -2, 0.5, 3]; // one for each coordinate, the same for all boxes
  const graph = buildSsd(config, { batch: 1 }, (name, shape) => {
    const boxes = shape[0]! / 4;
    const bias = Float32Array.from(
      { length: sizeOf(shape) },
      (_, i) => offsets[Math.floor(i / boxes)]!,
    );
    const constant = name.endsWith("running_var") ? 1 : 0;
    return float32(shape, /^loc\.\d\.bias/.test(name) ? bias : bias.fill(constant));
  });
  const random = createRandom("ssd");
  const image = new Float32Array(3 * 260 * 260).map(() => random.normal());
  const { boxes, scores } = runReference(graph, { images: float32([1, 3, 260, 260], image) });
  const defaults = defaultBoxes(config, ssdMapSizes(config));
  for (const i of [0, 77, defaults.length / 4 - 1]) {
    const [x, y, width, height] = defaults.subarray(4 * i);
    const [left, top] = [x! + 0.1 * width!, y! - 0.2 * height!];
    const [across, down] = [width! * Math.exp(0.1) / 2, height! * Math.exp(0.6) / 2];
    [left - across, top - down, left + across, top + down].forEach((side, j) =>
      assertAlmostEquals(Number(boxes!.data[4 * i + j]), side, 1e-5)
    );
  }
  assert([...scores!.data].every((score) => score === 0.5));
});
