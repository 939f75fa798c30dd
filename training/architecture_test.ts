import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { bertParameterShapes, zeroParameters } from "../models/mod.ts";
import { findRecipe, loadRecipes, profileNames } from "../recipes/mod.ts";
import { architectureOf, architecturesOf, areAlike, bertConfigOf } from "./architecture.ts";
import { outlineOf } from "./network.ts";
import { tinyRecipe } from "./tiny_data.ts";

Deno.test("architecturesOf() has one network for both stages, or a twin without zeros", async () => {
  const same = architecturesOf(tinyRecipe(), "quick");
  assert(same.dense === same.sparse && areAlike(same));
  const recipe = await findRecipe("gsc-cnn-sparse-gsc");
  const quick = architecturesOf(recipe, "quick");
  assertEquals(
    [quick.dense.model.name, quick.sparse.model.name],
    ["gsc-cnn-scaled", "gsc-cnn-sparse-scaled"],
  );
  assert(!areAlike(quick));
  const full = architecturesOf(recipe, "published");
  assertEquals([full.dense.model.name, full.sparse.model.name], ["gsc-cnn", "gsc-cnn-sparse"]);
  // Winners are the sparse network's alone, and its description tells them.
  assertEquals([full.dense.winners, full.dense.description], [null, { name: "gsc-cnn" }]);
  assertEquals(full.sparse.winners?.percentOn, { cnn1: 0.095, cnn2: 0.125, linear: 0.1 });
  assertEquals(full.sparse.description, { name: "gsc-cnn-sparse", kWinners: full.sparse.winners });
});

Deno.test("bertConfigOf() keeps the sizes of a recipe and adds what all BERTs have", () => {
  const { model } = tinyRecipe();
  assert(model.architecture === "bert");
  const config = bertConfigOf(model);
  assertEquals([config.layers, config.hidden, config.positions], [1, 16, 16]);
  assertEquals([config.typeVocabulary, config.layerNormEpsilon], [2, 1e-12]);
  assert(!("init" in config) && !("architecture" in config));
});

Deno.test("draw() gives every parameter, the same for a label and others for another", async () => {
  const models = [tinyRecipe().model, (await findRecipe("mnist-cnn-sparse1-mnist")).model];
  for (const model of models) {
    const { draw, architecture } = architectureOf(model);
    const [first, again, other] = [draw("a"), draw("a"), draw("b")];
    assertEquals(first, again);
    const varied = [...first].filter(([, { shape }]) => shape.length > 1);
    for (const [name, { data }] of varied) assertNotEquals(other.get(name)!.data, data, name);
    const shapes = outlineOf(architecture, zeroParameters()).initializers;
    for (const [name, { shape }] of first) assertEquals(shapes.get(name)!.shape, shape, name);
    if (model.architecture === "bert") {
      assertEquals([...first.keys()], [...bertParameterShapes(bertConfigOf(model)).keys()]);
    }
  }
});

Deno.test("architecturesOf() knows the networks of every profile of every recipe", async () => {
  for (const recipe of await loadRecipes()) {
    for (const profile of profileNames(recipe)) {
      const { dense, sparse } = architecturesOf(recipe, profile);
      for (const { architecture } of new Set([dense, sparse])) {
        assert(outlineOf(architecture).nodes.length > 0, `${recipe.name} ${profile}`);
      }
    }
  }
});

Deno.test("architectureOf() refuses a name that no network has", () => {
  assertThrows(() => architectureOf({ architecture: "network", name: "resnet51" }), RangeError);
});
