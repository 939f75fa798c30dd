import { assertEquals, assertStringIncludes } from "@std/assert";
import { UsageError } from "../core/mod.ts";
import { recipePath } from "./catalogue.ts";
import { parseRecipe } from "./parse.ts";

/** The message for a recipe with pieces of its text replaced, or "no error". */
async function messageFor(
  name: string,
  ...changes: readonly (readonly [string, string])[]
): Promise<string> {
  let text = await Deno.readTextFile(recipePath(name));
  for (const [piece, replacement] of changes) {
    assertEquals(text.includes(piece), true, `${name} has no ${piece}`);
    text = text.replace(piece, () => replacement);
  }
  try {
    parseRecipe(text, recipePath(name));
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "no error";
}

Deno.test("parseRecipe() holds methods, patterns and their settings together", async () => {
  const [rigl, rule] = ["bert-base-rigl-glue", "dlrm-4x16-criteo"];
  assertStringIncludes(
    await messageFor(rigl, ["method: rigl", "method: static"]),
    'profiles.quick.prune.method is "static", expected "rigl", since rigl is given',
  );
  assertStringIncludes(
    await messageFor("mnist-cnn-sparse2-mnist", ["method: static", "method: rigl"]),
    "profiles.quick.prune.rigl is missing, expected its fraction, since method is rigl",
  );
  assertStringIncludes(
    await messageFor(rigl, ["fraction: 0.3", "untilFraktion: 0.3"]),
    "rigl.fraction is missing, expected a fraction from 0 to 1",
  );
  assertStringIncludes(
    await messageFor(rigl, ["pattern: unstructured", 'pattern: "2:4"'], [
      "target: 0.8",
      "target: 0.5",
    ]),
    "weights can be exchanged if they are unstructured or in blocks",
  );
  assertStringIncludes(
    await messageFor(rule, ["  criterion: magnitude\n", ""]),
    "sparsity.criterion is missing, expected one, since a profile prunes by method gradual",
  );
  assertStringIncludes(
    await messageFor("bert-mini-4x1-sst2", [
      "frequency: 6",
      "frequency: 6\n      method: one_shot",
    ]),
    'sparsity.criterion is "snip_momentum", expected "magnitude", since method one_shot',
  );
  assertStringIncludes(
    await messageFor(rule, ["frequency: 20\n", "frequency: 20\n      method: one_shot\n"]),
    'profiles.quick.sparseFrom is "scratch", expected "dense"',
  );
  assertStringIncludes(
    await messageFor("bert-mini-2of4-sst2", [
      "frequency: 6",
      "frequency: 6\n      groupLasso: { alpha: 1 }",
    ]),
    "groupLasso pulls on blocks, expected a pattern of blocks, not 2:4",
  );
});

Deno.test("parseRecipe() holds schedules and optimisers to their settings", async () => {
  const cases = [
    [
      "resnet50-rigl-imagenet",
      "milestones: [4, 5]",
      "stepEpochs: 1",
      'expected "step", since stepEpochs',
    ],
    [
      "resnet50-rigl-imagenet",
      "      milestones: [4, 5]\n",
      "",
      "milestones is missing, expected it, since",
    ],
    [
      "resnet50-rigl-imagenet",
      "milestones: [4, 5]",
      "milestones: [5, 4]",
      "expected ascending epochs below 6",
    ],
    [
      "resnet50-rigl-imagenet",
      "optimizer: sgd",
      "optimizer: adam",
      'expected optimizer "sgd", since momentum',
    ],
    [
      "resnet50-rigl-imagenet",
      "momentum: 0.9",
      "nesterov: true",
      "momentum above 0 to look ahead along",
    ],
    [
      "dlrm-4x16-criteo",
      "warmupSteps: 50",
      "labelSmoothing: 0.1",
      "has no classes to spread a target over",
    ],
    [
      "dlrm-4x16-criteo",
      "warmupSteps: 50",
      "oneCycle: {}",
      'expected "one_cycle", since oneCycle is given',
    ],
  ] as const;
  for (const [name, piece, replacement, expected] of cases) {
    assertStringIncludes(await messageFor(name, [piece, replacement]), expected);
  }
});

Deno.test("parseRecipe() holds models, twins, losses and data to each other", async () => {
  const cases = [
    [
      "gsc-cnn-sparse-gsc",
      "sparseFrom: scratch",
      "sparseFrom: dense",
      'expected "scratch", since the twin',
    ],
    ["gsc-cnn-sparse-gsc", "cnn1: 0.095", "cnn1: 1.5", "expected a fraction above 0 and below 1"],
    [
      "gsc-cnn-sparse-gsc",
      "name: synthetic-commands",
      "name: mnist",
      "expected a generated one, which needs no download",
    ],
    [
      "gsc-cnn-sparse-gsc",
      "name: synthetic-commands",
      "name: synthetic-boxes",
      "judged by claim.metric, accuracy",
    ],
    [
      "gsc-cnn-sparse-gsc",
      "      name: synthetic-commands",
      "      name: synthetic-commands\n      noise: true",
      'noise is given for "synthetic-commands", expected it for mnist',
    ],
    [
      "gsc-cnn-sparse-gsc",
      "      name: gsc-cnn-sparse-scaled",
      "      name: gsc-cnn-sparse-scaled\n      layers: 2",
      "for a network by its name",
    ],
    [
      "bert-mini-4x1-sst2",
      "      init: scratch",
      "      kWinners: { percentOn: { a: 0.1 } }",
      "expected none for a BERT",
    ],
    [
      "bert-mini-4x1-sst2",
      "    seeds: 3",
      "    twin: { name: x }\n    seeds: 3",
      "expected none, since the recipe has no twin",
    ],
    [
      "bert-mini-4x1-squad",
      "head: span",
      "head: classification",
      "expected a data set for a head of kind classification",
    ],
    [
      "resnet50-2x1-imagenet",
      "logits: 1",
      "hidden: 1",
      "compares hidden states or attention, expected logits only",
    ],
  ] as const;
  for (const [name, piece, replacement, expected] of cases) {
    assertStringIncludes(await messageFor(name, [piece, replacement]), expected);
  }
});
