import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EnvironmentError, UsageError } from "../core/mod.ts";
import { recipePath } from "./catalogue.ts";
import { parseRecipe, readRecipe } from "./parse.ts";
import { asBert, profileOf, trainedModel } from "./trainable.ts";

const NAME = "bert-mini-4x1-sst2";
const FILE = `recipes/${NAME}.yaml`;
const text = await Deno.readTextFile(recipePath(NAME));

/** The message for the example with one piece of text replaced, and the position of the replacement. */
function messageFor(piece: string, replacement: string): string {
  assertEquals(text.split(piece).length >= 2, true, `the example has no ${piece}`);
  return messageOf(text.replace(piece, () => replacement));
}

function messageOf(yaml: string): string {
  try {
    parseRecipe(yaml, FILE);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "no error";
}

/** `line:col` of a piece of the example, counted by hand from its text. */
function placeOf(piece: string, column: number): string {
  return `${text.slice(0, text.indexOf(piece)).split("\n").length}:${column}`;
}

Deno.test("parseRecipe() reads the claim and the published hyperparameters", () => {
  const recipe = parseRecipe(text, FILE);
  assertEquals([recipe.claim.dense, recipe.claim.sparse, recipe.claim.kind], [
    0.8761,
    0.8692,
    "max",
  ]);
  assertEquals(profileOf(recipe, "published").prune, {
    epochs: 15,
    batch: 16,
    learningRate: 5e-5,
    learningRateSchedule: "constant",
    optimizer: "adamw",
    momentum: 0,
    nesterov: false,
    gamma: 0.1,
    labelSmoothing: 0,
    method: "gradual",
    pruneGradients: false,
    warmupSteps: 0,
    weightDecay: 5e-5,
    betas: [0.9, 0.9],
    epsilon: 1e-6,
    dropout: 0.1,
    warmEpochs: 1,
    cooldownEpochs: 5,
    frequency: 500,
    distillation: { hidden: 2, logits: 0, attention: 0, temperature: 2, taskLoss: 0 },
  });
});

Deno.test("trainedModel() keeps what a profile does not change", () => {
  const recipe = parseRecipe(text, FILE);
  assertEquals(trainedModel(recipe, "published"), recipe.model);
  const { architecture, layers, hidden, head, init } = asBert(trainedModel(recipe, "quick"));
  assertEquals({ architecture, layers, hidden, head, init }, {
    architecture: "bert",
    layers: 2,
    hidden: 128,
    head: "classification",
    init: "scratch",
  });
});

Deno.test("parseRecipe() points at a value outside its range", () => {
  assertEquals(
    messageFor("target: 0.9\n", "target: 90\n"),
    `Cannot parse ${FILE}:${placeOf("target: 0.9", 11)}: ` +
      "sparsity.target is 90, expected a fraction from 0 to 1",
  );
});

Deno.test("parseRecipe() points at an unknown key and names the nearest", () => {
  assertEquals(
    messageFor("  target: 0.9", "  tarket: 0.9").split("\n").slice(1),
    [
      `  ${FILE}:${
        placeOf("sparsity:\n", 1)
      }: sparsity.target is missing, expected a fraction from 0 to 1`,
      `  ${FILE}:${
        placeOf("  target: 0.9", 3)
      }: sparsity.tarket is an unknown key, expected "target"`,
    ],
  );
});

Deno.test("parseRecipe() lists the known keys if none is near", () => {
  assertStringIncludes(
    messageFor("  headline: 32", "  headline: 32\n  zebra: 1"),
    "benchmark.zebra is an unknown key, expected one of sequence, batches, headline",
  );
});

Deno.test("parseRecipe() lists every problem in the order of the file", () => {
  const message = messageOf(
    text.replace("kind: max", "kind: maximum").replace("heads: 4", "heads: four")
      .replace("frequency: 500", "frequency: 0"),
  );
  const lines = message.split("\n");
  assertEquals(lines[0], `Cannot parse ${FILE}: 3 problems, expected none`);
  assertStringIncludes(lines[1]!, 'claim.kind is "maximum", expected max, mean, single, unstated');
  assertStringIncludes(lines[2]!, 'model.heads is "four", expected a whole number, at least 1');
  assertStringIncludes(
    lines[3]!,
    "profiles.published.prune.frequency is 0, expected a whole number, at least 1",
  );
});

Deno.test("parseRecipe() says what a pattern, a choice and an address look like", () => {
  assertStringIncludes(
    messageFor("pattern: 4x1", "pattern: 4by1"),
    'sparsity.pattern is "4by1", expected dense, unstructured, NxM such as 4x1, N:M such as 2:4, ' +
      'or another name that "deno task pattern list" shows',
  );
  assertStringIncludes(
    messageFor("init: scratch", "init: nowhere"),
    'profiles.quick.model.init is "nowhere", expected "scratch", or a mapping with file',
  );
  assertStringIncludes(
    messageFor("    - url: https:", "    - url: http:"),
    "expected an address that begins with https://",
  );
});

Deno.test("parseRecipe() looks into the mapping of a union", () => {
  assertStringIncludes(
    messageFor("    file: bert-mini/model", "    fiel: bert-mini/model"),
    'model.init.fiel is an unknown key, expected "file"',
  );
  assertStringIncludes(
    messageFor("file: bert-mini/model", "file: ../model"),
    'model.init.file is "../model.safetensors", expected a path below --data',
  );
});

Deno.test("parseRecipe() tells broken YAML with its place", () => {
  const twice = messageFor("  heads: 4", "  heads: 4\n  heads: 4");
  assertStringIncludes(twice, `${FILE}:`);
  assertStringIncludes(twice, "map keys must be unique");
  assertStringIncludes(messageOf("a: [1"), `Cannot parse ${FILE}:1:6: `);
  assertStringIncludes(messageOf(""), `${FILE}:1:1: the file is empty, expected a mapping`);
});

Deno.test("parseRecipe() names the layer that a pattern does not divide", () => {
  const message = messageFor("      intermediate: 512", "      intermediate: 510");
  assertStringIncludes(
    message,
    'sparsity.pattern is "4x1", expected one that divides bert.encoder.layer.0.intermediate.dense.weight ' +
      "of profiles.quick.model (510x128): 510 rows do not divide by 4",
  );
});

Deno.test("parseRecipe() finds fields that contradict each other", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["cooldownEpochs: 5", "cooldownEpochs: 14", "14 to cool down leave none to prune in"],
    ["headline: 32", "headline: 16", "headline is 16, expected one of benchmark.batches, 1, 8, 32"],
    ["heads: 4", "heads: 3", "model.heads is 3, expected a divisor of hidden, 256"],
    ["pattern: 4x1", 'pattern: "2:4"', "expected 0.5, which is what 2:4 leaves zero"],
    ["pattern: 4x1", "pattern: partitioned-x-4:16", "expected 0.75, which is what partitioned"],
    ["pattern: 4x1", "pattern: complementary-3", "256x256): 256 rows do not divide by 3"],
    ["maxPerLayer: 0.98", "maxPerLayer: 0.5", "expected at least sparsity.target, 0.9"],
    ["include: [encoder]", "include: [decoder]", "select no layer of bert-mini"],
    [
      "name: sst2",
      "name: mrpc",
      'name is "mrpc", expected a data set judged by claim.metric, accuracy',
    ],
    ["positions: 64", "positions: 16", "expected at most the model's positions, 16"],
    ["{ hidden: 2.0 }", "{ hidden: 0 }", "distillation has no loss"],
    [`name: ${NAME}`, "name: other", `name is "other", expected "${NAME}"`],
  ];
  for (const [piece, replacement, expected] of cases) {
    assertStringIncludes(messageFor(piece, replacement), expected);
  }
});

Deno.test("parseRecipe() takes aliases, but no avalanche of them", () => {
  const aliased = text.replace("heads: 4", "heads: &heads 4").replace(
    "      hidden: 128",
    "      hidden: 128\n      layers: *heads",
  ).replace("      layers: 2\n", "");
  assertEquals(asBert(trainedModel(parseRecipe(aliased, FILE), "quick")).layers, 4);
  const level = (n: number): string => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`;
  const avalanche = ["a0: &a0 [1]", ...Array.from({ length: 9 }, (_, n) => level(n))].join("\n");
  assertStringIncludes(messageOf(avalanche), "excessive alias count");
});

Deno.test("readRecipe() names a file that is not there", async () => {
  await assertRejects(() => readRecipe("recipes/none.yaml"), EnvironmentError, "no such file");
});

Deno.test("parseRecipe() takes every named pattern that divides the layers, at the sparsity it has", () => {
  const cases = [
    ["dlrm-4x16", 0.85],
    ["block-x-4", 0.75],
    ["partitioned-xy-4:16", 0.75],
    ["block-y-4-partitioned-x-1:4", 0.75],
    ["complementary-8", 0.875],
  ] as const;
  for (const [pattern, target] of cases) {
    const yaml = text.replace("pattern: 4x1", `pattern: ${pattern}`)
      .replace("target: 0.9", `target: ${target}`);
    assertEquals(messageOf(yaml), "no error", pattern);
  }
});
