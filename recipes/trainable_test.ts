import { assertEquals, assertGreater } from "@std/assert";
import { loadRecipes } from "./catalogue.ts";
import { profileNames, trainedModel } from "./trainable.ts";

Deno.test("trainedModel() starts a network from a checkpoint of itself, never from that of a larger one", async () => {
  const scaled = new Set<unknown>();
  let whole = 0;
  for (const recipe of await loadRecipes()) {
    for (const profile of profileNames(recipe)) {
      const { name, init = "scratch" } = trainedModel(recipe, profile);
      if (name !== recipe.model.name) scaled.add(init);
      else if (init !== "scratch") whole++;
    }
  }
  assertEquals([...scaled], ["scratch"]);
  assertGreater(whole, 10);
});

Deno.test("trainedModel() lets a profile of another network name a checkpoint of its own", async () => {
  const recipe = (await loadRecipes()).find(({ name }) => name === "ssd-resnet34-2x1-coco")!;
  const init = { file: "small.safetensors" };
  const quick = { ...recipe.profiles.quick!, model: { name: "ssd-resnet34-scaled", init } };
  const own = { ...recipe, profiles: { ...recipe.profiles, quick } };
  assertEquals(trainedModel(own, "quick").init, init);
  assertEquals(trainedModel(recipe, "quick").init, "scratch");
  assertEquals(trainedModel(recipe, "published").init, recipe.model.init);
});
