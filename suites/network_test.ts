import { assert, assertEquals } from "@std/assert";
import { findRecipe } from "../recipes/mod.ts";
import { networkCell, networkName, networkOf, type NetworkSpec, openNetwork } from "./network.ts";

const bert = networkOf(await findRecipe("bert-mini-4x1-sst2"));
const resnet: NetworkSpec = {
  model: { architecture: "network", name: "resnet50" },
  pattern: "2x1",
  sparsity: 0.78,
  include: ["layer"],
  exclude: [],
  sequence: null,
  weights: null,
  seed: 1,
};

Deno.test("networkOf() takes the full model, whatever the quick profile trains", () => {
  assert(bert.model.architecture === "bert");
  const { hidden, layers, vocabulary } = bert.model.config;
  assertEquals([hidden, layers, vocabulary], [256, 4, 30522]);
});

Deno.test("networkCell() is the id of a cell; networks without sequences have none in it", () => {
  assertEquals(networkCell(bert, 32), "bert-mini f32 4x1 0.9 batch=32 seq=128");
  assertEquals(networkCell(resnet, 1), "resnet50 f32 2x1 0.78 batch=1");
});

Deno.test("openNetwork() finds named networks and makes BERTs of other sizes", () => {
  assertEquals([openNetwork(resnet).item, openNetwork(bert).item], ["image", "sequence"]);
  assertEquals([networkName(resnet), networkName(bert)], ["resnet50", "bert-mini"]);
});
