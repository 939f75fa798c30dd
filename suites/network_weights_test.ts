import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { maskOf, parsePattern, proveMask, type Tensor } from "../core/mod.ts";
import { convolutionMatrix } from "../kernels/mod.ts";
import { findRecipe } from "../recipes/mod.ts";
import { networkOf, type NetworkSpec } from "./network.ts";
import { selectLayers } from "./network_layers.ts";
import { buildNetwork } from "./network_weights.ts";

const full = networkOf(await findRecipe("bert-mini-4x1-sst2"));
assert(full.model.architecture === "bert");
const sizes = { layers: 1, hidden: 32, heads: 2, intermediate: 64, vocabulary: 40 };
const bert: NetworkSpec = {
  ...full,
  model: { architecture: "bert", config: { ...full.model.config, ...sizes } },
  sequence: 10,
};
const gsc: NetworkSpec = {
  ...bert,
  model: { architecture: "network", name: "gsc-cnn" },
  pattern: "2x1",
  sparsity: 0.75,
  include: ["cnn2", "linear"],
  sequence: null,
};

/** Every pruned weight as the matrix of its pattern. */
async function matrices(spec: NetworkSpec): Promise<Map<string, Float32Array>> {
  const { initializers } = await buildNetwork(spec, 1);
  return new Map(
    selectLayers(spec).pruned.map(({ layer, rows, taps }) => {
      const { data } = initializers.get(layer) as Tensor & { data: Float32Array };
      return [layer, taps === 1 ? data : convolutionMatrix(data, rows, taps)];
    }),
  );
}

Deno.test("buildNetwork() makes every pruned weight a proved pattern at the sparsity", async () => {
  for (
    const spec of [bert, { ...bert, pattern: "2:4", sparsity: 0.5 }, gsc]
  ) {
    const found = await matrices(spec);
    assertEquals(found.size, spec === gsc ? 2 : 6);
    for (const { layer, rows, cols } of selectLayers(spec).pruned) {
      const proof = proveMask(maskOf(found.get(layer)!, rows, cols), parsePattern(spec.pattern));
      assert(proof.proved, `${layer}: ${proof.violation}`);
      assertAlmostEquals(proof.sparsity, spec.sparsity, 0.01, layer);
    }
  }
});

Deno.test("buildNetwork() depends on the seed only", async () => {
  const weight = "bert.encoder.layer.0.output.dense.weight";
  const draw = async (seed: number): Promise<Float32Array> =>
    (await matrices({ ...bert, seed })).get(weight)!;
  assertEquals(await draw(1), await draw(1));
  assertNotEquals(await draw(1), await draw(2));
});

Deno.test("buildNetwork() keeps the size of activations: fewer weights are larger", async () => {
  const weight = "linear.weight";
  const sum = async (sparsity: number): Promise<number> => {
    const values = (await matrices({ ...gsc, sparsity })).get(weight)!;
    return values.reduce((total, value) => total + value ** 2, 0);
  };
  assertAlmostEquals(await sum(0.95) / await sum(0.5), 1, 0.05);
});

Deno.test("buildNetwork() repeats its values in no neighbouring rows", async () => {
  const values = (await matrices({ ...bert, sparsity: 0 })).get(
    "bert.encoder.layer.0.intermediate.dense.weight",
  )!;
  const [first, second] = [values.slice(0, 32), values.slice(32, 64)];
  assertNotEquals(first, second);
});

Deno.test("buildNetwork() leaves the zeros of networks that bring their own", async () => {
  const own: NetworkSpec = {
    ...gsc,
    model: { architecture: "network", name: "gsc-cnn-sparse" },
    pattern: "dense",
    sparsity: 0,
  };
  const { initializers } = await buildNetwork(own, 1);
  const data = initializers.get("linear.module.weight")!.data as Float32Array;
  assertAlmostEquals(data.filter((value) => value === 0).length / data.length, 0.9, 0.001);
});

Deno.test("buildNetwork() makes the graph of the batch", async () => {
  const graph = await buildNetwork(bert, 3);
  assertEquals(graph.inputs.map(({ shape }) => shape), [[3, 10], [3, 10], [3, 10]]);
});
