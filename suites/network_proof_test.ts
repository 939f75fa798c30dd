import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import {
  bertConfigs,
  networkNamed,
  parametersOf,
  writeSafetensors,
  zeroParameters,
} from "../models/mod.ts";
import { denseModel, findRecipe, loadRecipes, profileNames, trainedModel } from "../recipes/mod.ts";
import { networkOf, type NetworkSpec } from "./network.ts";
import { selectLayers } from "./network_layers.ts";
import { proveNetwork } from "./network_proof.ts";
import { buildNetwork } from "./network_weights.ts";

/** Pruned layers, weights in them, and layers that stay dense, as the documents and recipes have them. */
const SELECTED: Readonly<Record<string, readonly [number, number, number]>> = {
  "bert-base-unstructured85-glue": [72, 84_934_656, 2],
  "bert-base-unstructured90-glue": [72, 84_934_656, 2],
  "bert-base-rigl-glue": [72, 84_934_656, 2],
  "bert-large-2x1-squad": [144, 301_989_888, 1],
  "bert-large-4x1-squad": [144, 301_989_888, 1],
  "bert-mini-2of4-mrpc": [24, 3_145_728, 2],
  "bert-mini-2of4-squad": [24, 3_145_728, 1],
  "bert-mini-2of4-sst2": [24, 3_145_728, 2],
  "bert-mini-4x1-mrpc": [24, 3_145_728, 2],
  "bert-mini-4x1-squad": [24, 3_145_728, 1],
  "bert-mini-4x1-sst2": [24, 3_145_728, 2],
  "bert-single-layer-2x1-squad": [1, 1024 * 1024, 144],
  "bert-tiny-gmp80-glue": [12, 393_216, 2],
  "dlrm-4x16-criteo": [2, 1_572_864, 6],
  "gsc-cnn-complementary-gsc": [2, 64 * 1600 + 1000 * 1600, 2],
  "gsc-cnn-kwinners-gsc": [0, 0, 4],
  "gsc-cnn-sparse-gsc": [3, 1_704_000, 1],
  "gsc-cnn-super-sparse-gsc": [3, 2_504_000, 1],
  "gsc-cnn-unstructured95-gsc": [3, 2_104_000, 1],
  "gsc-cnn-wide-sparse-gsc": [3, 5_006_400, 1],
  "mnist-cnn-dense2sp3-mnist": [1, 480 * 700, 3],
  "mnist-cnn-sparse-mnist": [3, 768_800, 1],
  "mnist-cnn-sparse1-mnist": [1, 4320 * 150, 2],
  "mnist-cnn-sparse2-mnist": [1, 1024 * 700, 3],
  "mnist-cnn-sparse2d3-mnist": [0, 0, 4],
  "mnist-cnn-sparse2dsw-mnist": [1, 1024 * 1000, 3],
  "mnist-cnn-sparse2w1-mnist": [0, 0, 4],
  "resnet20-2x1-cifar10": [18, 267_264, 2],
  "resnet50-2x1-imagenet": [48, 20_676_608, 6],
  "resnet50-rigl-imagenet": [54, 25_502_912, 0],
  "resnet50-unstructured-imagenet": [53, 25_502_912 - 64 * 147, 1],
  "resnext101-32x4d-2x1-imagenet": [99, 39_212_544, 6],
  "resnext101-32x8d-2x1-imagenet": [99, 83_761_152, 6],
  "ssd-resnet34-2x1-coco": [51, 19_957_440, 0],
};

const recipes = await loadRecipes();

const TINY: NetworkSpec["model"] = {
  architecture: "bert",
  config: {
    ...bertConfigs["bert-tiny"],
    ...{ layers: 1, hidden: 32, heads: 2, intermediate: 64, vocabulary: 40, positions: 16 },
  },
};

Deno.test("every recipe selects the layers that it says, and none only seems to be selected", () => {
  const found = recipes.map((recipe) => {
    const { pruned, skipped } = selectLayers(networkOf(recipe));
    const weights = pruned.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
    for (const { layer, reason } of skipped) {
      assert(
        /^(excluded|not included|the network is dense$)/.test(reason),
        `${recipe.name}: ${layer} ${reason}`,
      );
    }
    return [recipe.name, [pruned.length, weights, skipped.length]];
  });
  assertEquals(Object.fromEntries(found), SELECTED);
});

Deno.test("every recipe's target is what its layers' targets come to", () => {
  for (const recipe of recipes) {
    const { pruned } = selectLayers(networkOf(recipe));
    const all = pruned.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
    const zeros = pruned.reduce((sum, { rows, cols, sparsity }) => sum + rows * cols * sparsity, 0);
    if (all === 0) assertEquals(recipe.sparsity.target, 0, recipe.name);
    else assertAlmostEquals(zeros / all, recipe.sparsity.target, 1e-6, recipe.name);
  }
});

Deno.test("every recipe's network exists, with a sequence if and only if it has them", () => {
  for (const { name, model, benchmark } of recipes) {
    if (model.architecture !== "network") continue;
    const { item } = networkNamed(model.name);
    assertEquals(benchmark.sequence !== undefined, item === "sequence", name);
  }
});

Deno.test("every network that a profile trains exists, with a ReLU for each of its k-winners", () => {
  for (const recipe of recipes) {
    for (const profile of profileNames(recipe)) {
      for (const model of [trainedModel(recipe, profile), denseModel(recipe, profile)]) {
        if (model.architecture !== "network") continue;
        const { nodes } = networkNamed(model.name).build({ batch: 1 }, zeroParameters());
        const relus = nodes.filter(({ op }) => op === "Relu").map((node) => node.name);
        for (const layer of Object.keys(model.kWinners?.percentOn ?? {})) {
          assert(relus.includes(`${layer}_relu`), `${recipe.name} ${profile}: ${layer}`);
        }
      }
    }
  }
});

Deno.test("DLRM prunes top_l.2 and top_l.4 only", async () => {
  const { pruned } = selectLayers(networkOf(await findRecipe("dlrm-4x16-criteo")));
  assertEquals(pruned.map(({ layer, rows, cols }) => [layer, rows, cols]), [
    ["top_l.2.weight", 1024, 1024],
    ["top_l.4.weight", 512, 1024],
  ]);
});

Deno.test("proveNetwork() proves the drawn weights of small networks at their sparsity", async () => {
  const small = [
    "dlrm-4x16-criteo",
    "bert-mini-2of4-squad",
    ...recipes.map(({ name }) => name)
      .filter((name) => /^(gsc|mnist)/.test(name)),
  ];
  for (const name of small) {
    const recipe = await findRecipe(name);
    const { layers, measured, skipped } = await proveNetwork(networkOf(recipe));
    assert(layers.every(({ proved }) => proved), name);
    assertEquals([layers.length, skipped.length], [SELECTED[name]![0], SELECTED[name]![2]]);
    assertAlmostEquals(measured, recipe.sparsity.target, 1e-4, name);
  }
});

Deno.test("the wide network of Speech Commands keeps 160,952 parameters", async () => {
  const spec = networkOf(await findRecipe("gsc-cnn-wide-sparse-gsc"));
  const { layers } = await proveNetwork(spec);
  const pruned = layers.map(({ rows, cols, sparsity }) => rows * cols * (1 - sparsity));
  const kept = pruned.reduce((sum, weights) => sum + weights, 0);
  const biases = 64 + 128 + 1500 + 12;
  assertAlmostEquals(kept + 12 * 1500 + biases, 160_952, 1e-6);
  assertAlmostEquals(1 - 160_952 / 1_717_140, 0.906, 5e-4);
});

Deno.test("proveNetwork() proves trained weights, and says where they break the pattern", async () => {
  const recipe = await findRecipe("bert-mini-2of4-sst2");
  const trained: NetworkSpec = { ...networkOf(recipe), model: TINY, sequence: 8 };
  const drawn = await buildNetwork({ ...trained, pattern: "2:4" }, 1);
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    await writeSafetensors(
      path,
      new Map([...parametersOf(drawn)].filter(([name]) => !name.startsWith("/"))),
    );
    const weights = { ...trained, weights: path };
    assertEquals(
      (await proveNetwork(weights)).layers.map(({ proved }) => proved),
      Array(6).fill(true),
    );
    const [first] = (await proveNetwork({ ...weights, pattern: "4x1" })).layers;
    assertEquals(first?.proved, false);
    assertMatch(first!.violation!, /block .* is partly zero/);
  } finally {
    await Deno.remove(path);
  }
});
