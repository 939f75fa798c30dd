/**
 * Every recipe beside what its document prints: the pattern, the ratio and the two figures, typed from the sources once more.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { findRecipe, loadRecipes } from "./catalogue.ts";

/** Pattern, zeros, metric, sparse figure, dense figure, fidelity. */
type Row = readonly [string, number, string, number, number, string];

const ROWS: Readonly<Record<string, Row>> = {
  "bert-large-2x1-squad": ["2x1", 0.7, "f1", 0.907, 0.9134, "reconstructed"],
  "bert-large-4x1-squad": ["4x1", 0.8, "f1", 0.9091, 0.9123, "exact"],
  "dlrm-4x16-criteo": ["dlrm-4x16", 0.85, "auc", 0.8029, 0.8025, "reconstructed"],
  "bert-mini-4x1-mrpc": ["4x1", 0.9, "f1", 0.8722, 0.8752, "exact"],
  "bert-mini-4x1-sst2": ["4x1", 0.9, "accuracy", 0.8692, 0.8761, "exact"],
  "bert-mini-4x1-squad": ["4x1", 0.8, "f1", 0.7627, 0.7687, "exact"],
  "bert-mini-2of4-mrpc": ["2:4", 0.5, "f1", 0.8695, 0.8752, "partial"],
  "bert-mini-2of4-sst2": ["2:4", 0.5, "accuracy", 0.8693, 0.8761, "partial"],
  "bert-mini-2of4-squad": ["2:4", 0.5, "f1", 0.7685, 0.7687, "partial"],
  "resnet50-2x1-imagenet": ["2x1", 0.78, "top1", 0.753, 0.7613, "reconstructed"],
  "ssd-resnet34-2x1-coco": ["2x1", 0.75, "mAP", 0.2285, 0.23, "reconstructed"],
  "resnext101-32x4d-2x1-imagenet": ["2x1", 0.73, "top1", 0.7914, 0.7937, "reconstructed"],
  "resnext101-32x8d-2x1-imagenet": ["2x1", 0.73, "top1", 0.7914, 0.7937, "reconstructed"],
  "resnet50-unstructured-imagenet": ["unstructured", 0.75, "top1", 0.771, 0.767, "partial"],
  "bert-base-rigl-glue": ["unstructured", 0.8, "glue-average", 0.7257, 0.7168, "partial"],
  "bert-single-layer-2x1-squad": ["2x1", 0.7, "f1", 0.907, 0.9134, "partial"],
  "bert-tiny-gmp80-glue": ["unstructured", 0.8, "token-probability", 0.0279, 0.0179, "partial"],
  "gsc-cnn-kwinners-gsc": ["dense", 0, "accuracy", 0.9752, 0.9703, "partial"],
  "mnist-cnn-dense2sp3-mnist": ["unstructured", 0.7, "accuracy", 0.9913, 0.9931, "exact"],
  "mnist-cnn-sparse-mnist": ["unstructured", 0.782752, "accuracy", 0.9916, 0.9931, "partial"],
  "mnist-cnn-sparse1-mnist": ["unstructured", 0.7, "accuracy", 0.9841, 0.9914, "exact"],
  "mnist-cnn-sparse2-mnist": ["unstructured", 0.7, "accuracy", 0.9909, 0.9931, "exact"],
  "mnist-cnn-sparse2d3-mnist": ["dense", 0, "accuracy", 0.9889, 0.9931, "exact"],
  "mnist-cnn-sparse2dsw-mnist": ["unstructured", 0.7, "accuracy", 0.9892, 0.9931, "exact"],
  "mnist-cnn-sparse2w1-mnist": ["dense", 0, "accuracy", 0.982, 0.9931, "exact"],
  "resnet20-2x1-cifar10": ["2x1", 0.75, "top1", 0.9042, 0.9125, "reconstructed"],
  "resnet50-rigl-imagenet": ["unstructured", 0.8, "top1", 0.7512, 0.768, "exact"],
  "bert-base-unstructured85-glue": [
    "unstructured",
    0.85,
    "glue-average",
    0.784,
    0.768,
    "partial",
  ],
  "bert-base-unstructured90-glue": [
    "unstructured",
    0.9,
    "glue-average",
    0.763,
    0.768,
    "partial",
  ],
  "gsc-cnn-sparse-gsc": ["unstructured", 0.893634, "accuracy", 0.9665, 0.9637, "exact"],
  "gsc-cnn-super-sparse-gsc": ["unstructured", 0.943591, "accuracy", 0.9657, 0.9637, "exact"],
  "gsc-cnn-wide-sparse-gsc": [
    "unstructured",
    0.971787,
    "accuracy",
    0.9703,
    0.9705,
    "reconstructed",
  ],
  "gsc-cnn-unstructured95-gsc": [
    "unstructured",
    0.95,
    "accuracy",
    0.9703,
    0.9705,
    "reconstructed",
  ],
  "gsc-cnn-complementary-gsc": [
    "complementary-8",
    0.875,
    "accuracy",
    0.9703,
    0.9705,
    "reconstructed",
  ],
};

Deno.test("every recipe has the pattern, ratio and figures of its row", async () => {
  const recipes = await loadRecipes();
  const found = recipes.map(({ name, sparsity, claim }): [string, Row] => [
    name,
    [
      sparsity.pattern,
      sparsity.target,
      claim.metric,
      claim.sparse,
      claim.dense,
      claim.fidelity,
    ],
  ]);
  assertEquals(Object.fromEntries(found), { ...ROWS });
});

Deno.test("the quoted row of every recipe has both figures and the ratio as they are printed", async () => {
  // Their rows print another ratio, one of a part, or none: the notes say so.
  const otherRatio =
    /^(bert-mini-4x1-squad|gsc-cnn-|mnist-cnn-|bert-large-4x1|bert-single|bert-tiny|resnet20)/;
  // The talk prints the dense figure in a row of its own, or speeds only; three rows are those of other networks.
  const ownRow =
    /^(bert-base-un|resnet50-unstructured|gsc-cnn-(unstructured|complementary)|mnist-cnn-sparse-)/;
  const noFigures = /^(gsc-cnn-(unstructured|complementary)|bert-single|bert-tiny|resnet20)/;
  for (const { name, claim, sparsity } of await loadRecipes()) {
    const printed = (figure: number) => `${Number((100 * figure).toFixed(2))}`;
    const row = claim.row.replaceAll(/(\.\d)0\b/g, "$1");
    if (noFigures.test(name)) continue;
    assert(row.includes(printed(claim.sparse)), name);
    if (!ownRow.test(name)) assert(row.includes(printed(claim.dense)), name);
    if (!otherRatio.test(name)) assert(row.includes(`${printed(sparsity.target)}%`), name);
  }
});

Deno.test("BERT-mini on SQuAD follows the script's 80 % where the document prints 90 %", async () => {
  const { claim, sparsity } = await findRecipe("bert-mini-4x1-squad");
  assert(claim.row.includes("90%"));
  assertEquals(sparsity.target, 0.8);
  assert(claim.notes.some((note) => note.includes("90 %") && note.includes("0.7993")));
});

/** Contradictions of the sources, the recipes that they concern, and what the notes of each must say. */
const TRAPS: readonly (readonly [string, readonly string[], readonly RegExp[]])[] = [
  ["90 % printed, 80 % meant", ["bert-mini-4x1-squad"], [/target 0\.8/, /0\.7993/]],
  ["best of several runs, no seed", [
    "bert-mini-4x1-mrpc",
    "bert-mini-4x1-sst2",
    "bert-mini-4x1-squad",
    "bert-mini-2of4-mrpc",
    "bert-mini-2of4-sst2",
    "bert-mini-2of4-squad",
  ], [/best of several runs/, /seed/]],
  ["2:4 of document and README differ", [
    "bert-mini-2of4-mrpc",
    "bert-mini-2of4-sst2",
    "bert-mini-2of4-squad",
  ], [/README of v2\.6/]],
  ["snip_momentum of README and code differ", [
    "bert-mini-4x1-sst2",
    "bert-mini-2of4-squad",
    "bert-large-4x1-squad",
    "resnet50-2x1-imagenet",
    "resnet20-2x1-cifar10",
  ], [/coefficients the other way round/]],
  ["cube is not the cubic schedule", [
    "bert-mini-4x1-sst2",
    "bert-mini-4x1-squad",
    "bert-large-4x1-squad",
    "bert-tiny-gmp80-glue",
  ], [/cube/, /1 − \(1 − i\/n\)³/]],
  ["group lasso without effect, on the wrong axis, by gradient norms", [
    "bert-large-2x1-squad",
    "bert-single-layer-2x1-squad",
  ], [/after the optimiser's step/, /1x2 on \[OC, IC\] blocks input channels/, /v2\.6/]],
  ["ResNet-50: 78 % and 75.3 without a recipe", ["resnet50-2x1-imagenet"], [
    /75 %/,
    /80\.1/,
    /78\.95/,
  ]],
  ["SSD: 300 pixels, not 1200", ["ssd-resnet34-2x1-coco"], [/1200x1200/]],
  ["ResNeXt-101: which", [
    "resnext101-32x4d-2x1-imagenet",
    "resnext101-32x8d-2x1-imagenet",
  ], [/says ResNext101 and no more/]],
  ["DLRM: layers, axes, figures", ["dlrm-4x16-criteo"], [
    /1,572,864/,
    /1,703,936/,
    /other way round/,
    /36889\.2/,
    /23007\.5/,
    /5732/,
    /79\.91/,
  ]],
  ["three sizes of one network", [
    "gsc-cnn-sparse-gsc",
    "gsc-cnn-super-sparse-gsc",
    "gsc-cnn-wide-sparse-gsc",
    "gsc-cnn-unstructured95-gsc",
    "gsc-cnn-complementary-gsc",
    "gsc-cnn-kwinners-gsc",
  ], [/1\.7, 2\.1 and 2\.5 million/]],
  ["160,952 is a wider network", ["gsc-cnn-wide-sparse-gsc"], [/160,952/, /wider/]],
  ["FPGA figures of third parties, bars without figures", ["gsc-cnn-unstructured95-gsc"], [
    /third\s+parties/,
    /bars without figures/,
  ]],
  ["77.1 without a configuration", ["resnet50-unstructured-imagenet", "resnet50-rigl-imagenet"], [
    /[Nn]o public configuration/,
  ]],
  ["a curve that does not follow its formula", ["mnist-cnn-sparse2-mnist"], [
    /does not follow its own formula/,
  ]],
];

for (const [trap, names, says] of TRAPS) {
  Deno.test(`notes tell of the trap: ${trap}`, async () => {
    for (const name of names) {
      const notes = (await findRecipe(name)).claim.notes.join("\n");
      for (const words of says) assertMatch(notes, words, name);
    }
  });
}

Deno.test("every recipe has both profiles, and a name of model, pattern and data set", async () => {
  for (const { name, profiles, missing } of await loadRecipes()) {
    assert(profiles.quick !== undefined && profiles.published !== undefined, name);
    assertEquals(missing, undefined);
    assertMatch(name, /-(squad|sst2|mrpc|glue|criteo|imagenet|coco|gsc|mnist|cifar10)$/);
  }
});

Deno.test("speed-ups of DLRM are the ratios of the published throughputs", async () => {
  const { claim } = await findRecipe("dlrm-4x16-criteo");
  const [offline, server, total] = claim.speed ?? [];
  assertAlmostEquals(offline!.ratio, 36883 / 23174, 0.05);
  assertAlmostEquals(server!.ratio, 30396 / 20245, 0.05);
  assertAlmostEquals(total!.ratio, 36883 / 5732, 0.05);
  assertEquals(claim.speed!.map(({ dtype, processor }) => `${dtype} ${processor}`), [
    "int8 cpu",
    "int8 cpu",
    "int8 cpu",
  ]);
});

Deno.test("the talk's speed-ups are told apart by processor and wording", async () => {
  const { claim } = await findRecipe("gsc-cnn-unstructured95-gsc");
  assertEquals(claim.speed?.map(({ ratio, bound, processor }) => [ratio, bound, processor]), [
    [10, "over", "cpu"],
    [20, "over", "cpu"],
    [3, "up-to", "cpu"],
    [100, "up-to", "fpga"],
  ]);
});

Deno.test("a recipe that was not followed exactly says what is unclear", async () => {
  for (const { name, claim } of await loadRecipes()) {
    assert(claim.notes.length > 0, name);
    assert(claim.fidelity === "exact" || claim.notes.length > 2, name);
  }
});
