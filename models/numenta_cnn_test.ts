import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Graph } from "./graph.ts";
import { parameterCount, parametersOf } from "./graph_builder.ts";
import { graphLayers } from "./graph_layers.ts";
import { buildNumentaCnn, type NumentaCnnConfig, numentaCnnConfigs } from "./numenta_cnn.ts";
import { drawParameters, zeroParameters } from "./parameter_source.ts";

function configOf(name: string): NumentaCnnConfig {
  return numentaCnnConfigs.find((config) => config.name === name)!;
}

function build(name: string, parameters = zeroParameters()): Graph {
  return buildNumentaCnn(configOf(name), { batch: 1 }, parameters);
}

Deno.test("buildNumentaCnn() has the published numbers of parameters", () => {
  assertEquals(parameterCount(build("gsc-cnn")), 1_717_140);
  assertEquals(parameterCount(build("gsc-cnn-2.1m")), 2_120_390);
  assertEquals(parameterCount(build("gsc-cnn-super-sparse")), 2_523_640);
  assertEquals(parameterCount(build("mnist-cnn")), 776_606);
  // 30 channels of 12x12 after the pool
  assertEquals(parameterCount(build("mnist-dense-cnn-1")), 26 * 30 + 4321 * 1000 + 10_010);
});

/** Networks of the paper's MNIST table: parameters, and those that are not zero, biases counted. */
const TABLE: readonly (readonly [name: string, parameters: number, nonZeros: number])[] = [
  ["mnist-dense-cnn-1", 4_331_790, 4_331_790],
  ["mnist-dense-cnn-2", 514_320, 514_320],
  ["mnist-sparse-cnn-1", 650_440, 196_840],
  ["mnist-sparse-cnn-2", 776_606, 274_706],
  ["mnist-dense-cnn-2-sp3", 367_020, 131_820],
  ["mnist-sparse-cnn-2-d3", 1_087_106, 1_087_106],
  ["mnist-sparse-cnn-2-w1", 776_606, 776_606],
  ["mnist-sparse-cnn-2-dsw", 1_087_106, 370_106],
];

Deno.test("buildNumentaCnn() has the eight networks of the paper's MNIST table", () => {
  for (const [name, parameters, nonZeros] of TABLE) {
    const graph = build(name, drawParameters());
    let found = 0;
    for (const [name, { data }] of parametersOf(graph)) {
      found += name.endsWith(".bias") ? data.length : data.filter((x) => x !== 0).length;
    }
    assertEquals([name, parameterCount(graph), found], [name, parameters, nonZeros]);
  }
});

Deno.test("buildNumentaCnn() starts as PyTorch does: zeros do not make other weights larger", () => {
  const parameters = parametersOf(build("mnist-cnn-sparse", drawParameters()));
  const starts = [["cnn1.module", 25], ["linear.module", 1024], ["output", 700]] as const;
  for (const [layer, inputs] of starts) {
    for (const name of [`${layer}.weight`, `${layer}.bias`]) {
      const drawn = parameters.get(name)!.data.filter((x) => x !== 0);
      const largest = drawn.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      // Of n numbers between 0 and 1 the largest is n / (n + 1) on average.
      assertAlmostEquals(largest * Math.sqrt(inputs), 1, 4 / drawn.length);
      assert(largest * Math.sqrt(inputs) < 1 + 1e-6);
    }
  }
});

Deno.test("buildNumentaCnn() has the published layers", () => {
  const products = (name: string) =>
    graphLayers(build(name)).map(({ rows, inner, lanes }) => [rows, inner, lanes]);
  assertEquals(products("gsc-cnn"), [
    [64, 25, 784],
    [64, 1600, 100],
    [1000, 1600, 1],
    [12, 1000, 1],
  ]);
  assertEquals(products("mnist-cnn"), [[32, 25, 576], [64, 800, 64], [700, 1024, 1], [10, 700, 1]]);
});

Deno.test("buildNumentaCnn() leaves 160,952 parameters of the wide network, biases counted", () => {
  const graph = build("gsc-cnn-wide-sparse", drawParameters());
  let nonZeros = 0;
  for (const [name, { data }] of parametersOf(graph)) {
    nonZeros += name.endsWith(".bias") ? data.length : data.filter((x) => x !== 0).length;
  }
  assertEquals(nonZeros, 160_952);
});

Deno.test("buildNumentaCnn() pools and activates in the order of the official code", () => {
  const ops = (name: string) => build(name).nodes.slice(0, 4).map(({ op }) => op);
  assertEquals(ops("gsc-cnn"), ["Conv", "BatchNormalization", "Relu", "MaxPool"]);
  assertEquals(ops("mnist-cnn"), ["Conv", "MaxPool", "Relu", "Conv"]);
});

Deno.test("buildNumentaCnn() names parameters as the official code does", () => {
  const names = (name: string) => [...parametersOf(build(name)).keys()];
  assertEquals(names("gsc-cnn"), [
    "cnn1.weight",
    "cnn1.bias",
    "cnn2.weight",
    "cnn2.bias",
    "linear.weight",
    "linear.bias",
    "output.weight",
    "output.bias",
  ]);
  assertEquals(names("gsc-cnn-sparse")[0], "cnn1.module.weight");
  assertEquals(names("gsc-cnn-sparse").at(-2), "output.weight");
  assertEquals(names("mnist-sparse-cnn-1").slice(0, 3), [
    "cnn1.weight",
    "cnn1.bias",
    "linear.module.weight",
  ]);
});

Deno.test("buildNumentaCnn() refuses batches and images that are too small", () => {
  const config = configOf("gsc-cnn");
  assertThrows(() => buildNumentaCnn(config, { batch: 0 }), RangeError, "batch is 0");
  assertThrows(
    () => buildNumentaCnn({ ...config, image: 8 }, { batch: 1 }, zeroParameters()),
    RangeError,
    "expected one that fits",
  );
});
