import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { maskOf, parsePattern, proveMask } from "../core/mod.ts";
import { findRecipe } from "../recipes/mod.ts";
import {
  buildNetwork,
  drawInputs,
  drawParameters,
  networkCell,
  networkOf,
  type NetworkSpec,
  prunedWeights,
} from "./network.ts";

const network = networkOf(await findRecipe("bert-mini-4x1-sst2"));
const small: NetworkSpec = {
  ...network,
  config: { ...network.config, layers: 1, hidden: 32, heads: 2, intermediate: 64, vocabulary: 40 },
  sequence: 10,
};

Deno.test("networkOf() takes the full model, whatever the quick profile trains", () => {
  assertEquals(network.config.hidden, 256);
  assertEquals(network.config.layers, 4);
  assertEquals(network.config.vocabulary, 30522);
});

Deno.test("networkCell() is the id of a cell", () => {
  assertEquals(networkCell(network, 32), "bert-mini f32 4x1 0.9 batch=32 seq=128");
});

Deno.test("drawParameters() makes every pruned weight a proved pattern at the sparsity", () => {
  for (const [pattern, sparsity] of [["4x1", 0.9], ["2:4", 0.5]] as const) {
    const spec = { ...small, pattern, sparsity };
    const parameters = drawParameters(spec);
    const pruned = prunedWeights(spec, parameters);
    assertEquals(pruned.length, 6);
    for (const name of pruned) {
      const { data, shape } = parameters.get(name)!;
      const proof = proveMask(maskOf(data, shape[0]!, shape[1]!), parsePattern(pattern));
      assert(proof.proved, `${name}: ${proof.violation}`);
      assert(Math.abs(proof.sparsity - sparsity) < 0.01, `${name}: ${proof.sparsity}`);
    }
  }
});

Deno.test("prunedWeights() leaves out what the recipe excludes and what does not divide", () => {
  const parameters = drawParameters(small);
  assert(!prunedWeights(small, parameters).includes("classifier.weight"));
  const all = { ...small, include: [""], exclude: [] };
  assert(prunedWeights(all, parameters).includes("bert.pooler.dense.weight"));
  assert(!prunedWeights(all, parameters).includes("classifier.weight"));
  assert(!prunedWeights(all, parameters).some((name) => name.includes("embeddings")));
});

Deno.test("drawParameters() depends on the seed only", () => {
  const weight = "bert.encoder.layer.0.output.dense.weight";
  const draw = (seed: number): Float32Array => drawParameters({ ...small, seed }).get(weight)!.data;
  assertEquals(draw(1), draw(1));
  assertNotEquals(draw(1), draw(2));
});

Deno.test("drawInputs() gives an example by its number, in whatever batch", () => {
  const batch = drawInputs(small, { batch: 3, padded: true });
  const one = drawInputs(small, { batch: 1, first: 1, padded: true });
  for (const name of ["input_ids", "attention_mask", "token_type_ids"]) {
    assertEquals(batch[name]!.data.slice(10, 20), one[name]!.data);
  }
});

Deno.test("drawInputs() pads every second example for checks, none for timing", () => {
  const attended = (padded: boolean): number[] => {
    const mask = drawInputs(small, { batch: 2, padded })["attention_mask"]!;
    return [0, 1].map((row) =>
      [...mask.data].slice(10 * row, 10 * row + 10).filter((value) => Number(value) === 1).length
    );
  };
  assertEquals(attended(true), [10, 6]);
  assertEquals(attended(false), [10, 10]);
});

Deno.test("buildNetwork() makes the graph of the batch", () => {
  const graph = buildNetwork(small, drawParameters(small), 3);
  assertEquals(graph.inputs.map(({ shape }) => shape), [[3, 10], [3, 10], [3, 10]]);
});
