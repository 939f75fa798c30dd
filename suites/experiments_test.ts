import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { graphLayers, networkNamed, parameterCount, zeroParameters } from "../models/mod.ts";
import { loadRecipes, profileOf } from "../recipes/mod.ts";
import { EXPERIMENTS, findExperiment, findTrainingRecipe } from "./experiments.ts";
import { SUITES } from "./suites.ts";

const VARIANTS = EXPERIMENTS.flatMap(({ variants }) => variants);

Deno.test("EXPERIMENTS and their trainings have names that nothing else has", async () => {
  const ids = [...EXPERIMENTS, ...SUITES].map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
  const trainings = VARIANTS.map(({ recipe }) => recipe.name);
  const names = [...trainings, ...(await loadRecipes()).map(({ name }) => name)];
  assertEquals(new Set(names).size, names.length);
  for (const { id, variants } of EXPERIMENTS) {
    assertEquals(variants.every(({ recipe }) => recipe.name.startsWith(`${id}-`)), true, id);
    const places = variants.map(({ place }) => place.id);
    assertEquals(new Set(places).size, places.length, id);
  }
});

Deno.test("every experiment has a dense network of each size, trained as long as the sparse ones", () => {
  for (const { id, variants } of EXPERIMENTS) {
    for (const { recipe } of variants) {
      const twin = variants.find((other) =>
        other.recipe.sparsity.target === 0 && other.recipe.model.name === recipe.model.name
      );
      assert(twin !== undefined, `${id}: ${recipe.name}`);
      const epochs = (["quick", "scratch"] as const).map((name) =>
        [recipe, twin.recipe].map((one) => {
          const { dense, prune } = profileOf(one, name);
          return dense.epochs + prune.epochs;
        })
      );
      for (const [own, dense] of epochs) assertEquals(own, dense, recipe.name);
    }
  }
});

Deno.test("networks of the experiment about widths have as many parameters that are not zero", () => {
  const { variants } = findExperiment("dimensionality")!;
  const left = variants.filter(({ place }) => place.series === "sparse" || place.width === 1)
    .map(({ recipe: { model, sparsity } }) => {
      const graph = networkNamed(model.name).build({ batch: 1 }, zeroParameters());
      const zeros = graphLayers(graph)
        .filter(({ weight }) => sparsity.include.some((part) => weight.includes(part)))
        .reduce((sum, { rows, inner }) => sum + rows * inner * sparsity.target, 0);
      return parameterCount(graph) - zeros;
    });
  assertEquals(left.length, 5);
  for (const parameters of left) assertAlmostEquals(parameters, left[0]!, 1e-6);
});

Deno.test("the schedule of the traced pruning ends before its last epochs", () => {
  const { schedule } = findExperiment("gmp-trace")!;
  assertEquals(schedule!("quick", 15), { target: 0.9, from: 0, to: 90, frequency: 5 });
});

Deno.test("findTrainingRecipe() and findExperiment() know names, and nothing else", () => {
  assertEquals(findTrainingRecipe("how-sparse-gradual-90")?.sparsity.target, 0.9);
  assertEquals(findTrainingRecipe("how-sparse"), null);
  assertEquals(findExperiment("kernels"), null);
});
