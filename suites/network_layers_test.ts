import { assertEquals } from "@std/assert";
import type { NetworkSpec } from "./network.ts";
import { selectLayers } from "./network_layers.ts";

function named(name: string, changes: Partial<NetworkSpec> = {}): NetworkSpec {
  return {
    model: { architecture: "network", name },
    pattern: "2x1",
    sparsity: 0.78,
    include: [""],
    exclude: [],
    sequence: null,
    weights: null,
    seed: 1,
    ...changes,
  };
}

Deno.test("selectLayers() takes the 48 convolutions of ResNet-50 that published recipes prune", () => {
  const { pruned, skipped } = selectLayers(
    named("resnet50", { include: ["layer"], exclude: ["downsample"] }),
  );
  assertEquals(pruned.length, 48);
  assertEquals(pruned.reduce((sum, { rows, cols }) => sum + rows * cols, 0), 20_676_608);
  const sizes = { rows: 64, cols: 576, taps: 9, sparsity: 0.78 };
  assertEquals(pruned[1], { layer: "layer1.0.conv2.weight", ...sizes });
  assertEquals(skipped.length, 6);
  assertEquals(skipped[0], { layer: "conv1.weight", reason: 'not included ("layer")' });
  assertEquals(skipped[1], {
    layer: "layer1.0.downsample.0.weight",
    reason: 'excluded ("downsample")',
  });
});

Deno.test("selectLayers() never takes embeddings, and says what does not divide", () => {
  const { pruned, skipped } = selectLayers(named("bert-tiny", { pattern: "4x1", sequence: 16 }));
  assertEquals(pruned.some(({ layer }) => layer.includes("embeddings")), false);
  assertEquals(pruned.at(-1)?.layer, "bert.pooler.dense.weight");
  assertEquals(skipped.map(({ layer }) => layer), ["classifier.weight"]);
  assertEquals(skipped[0]!.reason.includes("2 rows"), true);
});

Deno.test("selectLayers() asks for every group of a convolution whether it divides", () => {
  // 32 groups of 4 output channels each in the first stage.
  const grouped = ["layer1.0.conv2"];
  const network = (pattern: string) =>
    selectLayers(named("resnext101-32x4d", { pattern, include: grouped }));
  assertEquals(network("4x1").pruned.map(({ rows, cols }) => [rows, cols]), [[128, 36]]);
  assertEquals(network("8x1").pruned, []);
});

Deno.test("selectLayers() gives layers their own shares of zeros", () => {
  const targets = [{ name: "cnn1", target: 0.5 }, { name: "cnn", target: 0.8 }];
  const { pruned } = selectLayers(named("gsc-cnn", { targets, exclude: ["output"] }));
  assertEquals(pruned.map(({ sparsity }) => sparsity), [0.5, 0.8, 0.78]);
});

Deno.test("selectLayers() takes no layer of a dense network", () => {
  const { pruned, skipped } = selectLayers(named("gsc-cnn", { pattern: "dense", sparsity: 0 }));
  assertEquals([pruned.length, skipped.length], [0, 4]);
  assertEquals(skipped[0]!.reason, "the network is dense");
});
