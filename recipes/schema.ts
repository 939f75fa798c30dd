/**
 * The shape of a recipe file, as a zod schema: what may stand where, its defaults, and what editors say about it.
 *
 * A message in here is the *wanted* half of a sentence: `sparsity.target is 90, expected <message>`.
 *
 * @module
 */
import { z } from "zod";
import { parsePattern, WANTED_PATTERN } from "../core/mod.ts";
import { type Found, foundIssues, wantedOf } from "./issues.ts";
import type { Recipe } from "./recipe.ts";
import { claim } from "./schema_claim.ts";
import { dataset } from "./schema_dataset.ts";
import { count, fraction, positive, text } from "./schema_fields.ts";
import { model, modelChange, networkChange, networkModel } from "./schema_model.ts";
import { pruning, training } from "./schema_training.ts";

function isPattern(name: string): boolean {
  try {
    parsePattern(name);
    return true;
  } catch {
    return false;
  }
}

const sparsity = z.strictObject({
  pattern: z.string(WANTED_PATTERN).refine(isPattern, WANTED_PATTERN).describe(
    "Sparsity pattern: dense, unstructured, NxM (N along output channels), N:M (keep N of M), " +
      'or another name that "deno task pattern list" shows',
  ),
  target: fraction("Fraction of zeros in the pruned layers, 0 to 1"),
  layers: z.array(z.strictObject({
    name: text("Part of a layer's name"),
    target: fraction("Fraction of zeros in it, 0 to 1"),
  })).min(1, "at least one").exactOptional().describe(
    "Layers with a target of their own; sparsity.target is then the fraction over all pruned layers",
  ),
  scope: z.enum(["global", "layer"]).default("global").describe(
    "One threshold over all pruned layers, or one per layer",
  ),
  maxPerLayer: fraction("Most zeros that a global threshold may put into one layer").default(0.98),
  criterion: z.enum(["magnitude", "snip", "snip_momentum"]).exactOptional().describe(
    "Score of a weight: |W|, |W·G|, or the running sum S = 0.9·S + |W·G|; methods that do not score weights may leave it out",
  ),
  reduce: z.enum(["mean", "sum", "max"]).default("mean").describe(
    "Score of a block from the scores of its weights",
  ),
  schedule: z.enum(["exp", "linear", "cos", "cube", "gmp_cubic", "one_shot"]).exactOptional()
    .describe(
      "How sparsity grows from 0 to the target; cube is (i/n)³, gmp_cubic is 1 − (1 − i/n)³; " +
        "methods that do not score weights may leave it out",
    ),
  include: z.array(text("Part of a layer's name")).min(1, "at least one name")
    .default(["encoder"]).describe("A layer is pruned if its name contains one of these"),
  exclude: z.array(text("Part of a layer's name")).default([]).describe("and none of these"),
});

const benchmark = z.strictObject({
  sequence: count("Tokens per sequence; absent for networks without sequences").exactOptional(),
  batches: z.array(count("Sequences, images or samples per run")).min(1, "at least one batch size")
    .describe(
      "Batch sizes to race",
    ),
  headline: count("The batch size of the one-line verdict"),
});

const profile = z.strictObject({
  model: modelChange.exactOptional().describe("What differs from the full model while training"),
  twin: networkChange.exactOptional().describe("What differs from the full twin while training"),
  dataset: dataset.describe("What it is trained and judged on"),
  seeds: count("Trainings with different seeds"),
  dense: training.describe("Dense training, which also makes the teacher"),
  prune: pruning.describe("Training with zeros"),
  sparseFrom: z.enum(["dense", "scratch"]).default("dense").describe(
    "Where the sparse network starts: from the trained dense one, or from weights of its own",
  ),
});

const recipeSchema = z.strictObject({
  format: z.literal("skipzero.recipe/1").describe("Format of this file"),
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower-case words joined by -").describe(
    "<model>-<pattern>-<dataset>; the file's name without .yaml",
  ),
  title: text("One line for people"),
  claim: claim.describe("What was published, and where"),
  model: model.describe("The network of the claim, at full size"),
  twin: networkModel.exactOptional().describe(
    "The dense network that it is compared with, where that is another one",
  ),
  sparsity: sparsity.describe("What is pruned, how far, and by what rule"),
  benchmark: benchmark.describe("How the full-size network is raced"),
  profiles: z.strictObject({
    quick: profile.exactOptional().describe("Minutes on two cores, generated data, no download"),
    published: profile.exactOptional().describe(
      "The official data set and the published hyperparameters",
    ),
    scratch: profile.exactOptional().describe(
      "The official data set, weights drawn at random, a time that a laptop can afford",
    ),
  }).default({}).describe("How it is trained; a recipe that only measures has none"),
  missing: text("Why a profile is missing, in words for the user").exactOptional().describe(
    "Why a profile is missing, in words for the user; wanted if and only if quick or published is",
  ),
  tolerances: z.strictObject({
    accuracyGap: fraction("How far the dense-sparse gap may be from the claimed one"),
    accuracy: fraction("How far the sparse figure may be from the claimed one (published data)"),
    speedup: positive("Least speed-up over the fastest dense baseline at the headline batch")
      .default(1),
  }).describe("When the claim counts as held"),
});

/** A value that has the shape of a recipe with its defaults filled in, or everything that is wrong with it. */
export type Shape =
  | { readonly recipe: Recipe; readonly issues: null }
  | { readonly recipe: null; readonly issues: readonly Found[] };

/** Checks a value read from YAML, field by field. */
export function checkShape(value: unknown): Shape {
  const parsed = recipeSchema.safeParse(value, { error: wantedOf });
  if (parsed.success) return { recipe: parsed.data, issues: null };
  return { recipe: null, issues: foundIssues(parsed.error.issues, value, recipeJsonSchema()) };
}

/** JSON Schema (draft 2020-12) of a recipe file, for editors. Fields with a default are optional in it. */
export function recipeJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(recipeSchema, { io: "input", target: "draft-2020-12" }) };
}
