import { assertEquals } from "@std/assert";
import { networkNamed } from "../models/mod.ts";
import { architecturesOf } from "./architecture.ts";
import { chooseLayers } from "./layers.ts";
import { outlineOf } from "./network.ts";
import { tinyRecipe } from "./tiny_data.ts";

Deno.test("chooseLayers() prunes the encoder and gives a reason for every other layer", () => {
  const recipe = tinyRecipe({
    sparsity: { pattern: "4x1", include: ["encoder", "classifier"], exclude: ["pooler", "key"] },
  });
  const graph = outlineOf(architecturesOf(recipe, "quick").sparse.architecture);
  const { pruned, skipped } = chooseLayers(graph, recipe.sparsity);
  assertEquals(pruned.map(({ rows, cols }) => `${rows}x${cols}`), [
    "16x16",
    "16x16",
    "16x16",
    "32x16",
    "16x32",
  ]);
  assertEquals(skipped, [
    {
      name: "bert.encoder.layer.0.attention.self.key.weight",
      reason: 'excluded by the recipe ("key")',
    },
    { name: "bert.pooler.dense.weight", reason: 'excluded by the recipe ("pooler")' },
    { name: "classifier.weight", reason: "2 rows do not divide by 4" },
  ]);
});

Deno.test("chooseLayers() takes convolutions as matrices of channels by taps", () => {
  const graph = outlineOf(networkNamed("resnet20"));
  const { pruned, skipped } = chooseLayers(graph, {
    ...{ pattern: "2x1", include: ["conv", "downsample"], exclude: ["layer1"] },
  });
  assertEquals(pruned.slice(0, 3), [
    { name: "conv1.weight", rows: 16, cols: 3 * 9, taps: 9 },
    { name: "layer2.0.conv1.weight", rows: 32, cols: 16 * 9, taps: 9 },
    { name: "layer2.0.conv2.weight", rows: 32, cols: 32 * 9, taps: 9 },
  ]);
  assertEquals(skipped.filter(({ name }) => name.startsWith("layer1")).length, 6);
  assertEquals(skipped.at(-1)!.name.endsWith(".weight"), true);
});
