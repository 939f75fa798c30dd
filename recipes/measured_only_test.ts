/**
 * Recipes that measure and do not train: a network by its name, no profile, and words for the user on why.
 *
 * @module
 */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../core/mod.ts";
import { parseRecipe } from "./parse.ts";
import { asBert, canTrain, profileNames, profileOf, pruningRuleOf } from "./trainable.ts";

const FILE = "recipes/net-2x1-set.yaml";
const text = `format: skipzero.recipe/1
name: net-2x1-set
title: A network
claim:
  document: A document
  row: "Net | 2x1 | 78%"
  metric: top1
  dense: 0.7613
  sparse: 0.753
  kind: single
  alternatives:
    - { url: "https://example.org/a", says: another round, sparse: 0.7895, kind: mean }
  speed:
    - row: 1.6x performance gains
      ratio: 1.6
      bound: about
      scenario: offline
      dtype: int8
      baseline: the dense model in INT8
      processor: cpu
      hardware: two sockets
  fidelity: reconstructed
  sources:
    - { url: "https://example.org/b", says: the row }
model:
  architecture: network
  name: net
sparsity:
  pattern: 2x1
  target: 0.78
  include: [layer]
  exclude: [fc]
benchmark:
  batches: [1, 32]
  headline: 32
missing: training of convolutions is not built yet
tolerances: { accuracyGap: 0.01, accuracy: 0.01 }
`;

function messageFor(piece: string, replacement: string): string {
  assertEquals(text.includes(piece), true, `the example has no ${piece}`);
  return assertThrows(
    () => parseRecipe(text.replace(piece, () => replacement), FILE),
    UsageError,
  ).message;
}

Deno.test("parseRecipe() takes a network by its name, without sequence, profile and pruning rule", () => {
  const recipe = parseRecipe(text, FILE);
  assertEquals(recipe.model, { architecture: "network", name: "net" });
  assertEquals([recipe.profiles, recipe.benchmark.sequence], [{}, undefined]);
  assertEquals([recipe.sparsity.criterion, recipe.sparsity.schedule], [undefined, undefined]);
  assertEquals([recipe.claim.speed?.[0]?.ratio, recipe.claim.alternatives?.[0]?.sparse], [
    1.6,
    0.7895,
  ]);
});

Deno.test("parseRecipe() wants words on a missing profile, and none if none is missing", () => {
  assertEquals(
    messageFor("missing: training of convolutions is not built yet\n", ""),
    `Cannot parse ${FILE}:1:1: missing is missing, expected words on why there is no profile quick and published`,
  );
});

Deno.test("parseRecipe() knows the keys of each kind of model", () => {
  assertStringIncludes(
    messageFor("  name: net\n", "  name: net\n  layers: 2\n"),
    "model.layers is an unknown key, expected one of architecture, name, init, kWinners",
  );
  assertStringIncludes(
    messageFor("architecture: network", "architecture: resnet"),
    'model.architecture is "resnet", expected bert or network',
  );
  assertStringIncludes(
    messageFor("architecture: network", "architecture: bert"),
    "model.layers is missing, expected a whole number, at least 1",
  );
});

Deno.test("parseRecipe() holds the target between the targets of the layers", () => {
  const layers = (first: number) =>
    `target: 0.78\n  layers: [{ name: a, target: ${first} }, { name: b, target: 0.9 }]`;
  assertEquals(
    parseRecipe(text.replace("target: 0.78", layers(0.5)), FILE).sparsity.layers?.length,
    2,
  );
  assertStringIncludes(
    messageFor("target: 0.78", layers(0.8)),
    "sparsity.target is 0.78, expected a mean of the targets in sparsity.layers, 0.8 to 0.9",
  );
});

Deno.test("profileOf() says why a recipe does not train, and what it can do", () => {
  const recipe = parseRecipe(text, FILE);
  assertEquals([canTrain(recipe, "quick"), profileNames(recipe)], [false, []]);
  const error = assertThrows(() => profileOf(recipe, "quick"), UsageError);
  assertEquals(
    error.message,
    "Cannot train net-2x1-set: it has no training profile yet (training of convolutions is not built yet); " +
      "its full-size network can be measured",
  );
  assertEquals(error.remedy, "deno task reproduce net-2x1-set");
  assertThrows(() => asBert(recipe.model), UsageError, 'Cannot train "net" as a BERT');
  const { criterion, schedule } = pruningRuleOf(recipe);
  assertEquals([criterion, schedule], ["magnitude", "one_shot"]);
});
