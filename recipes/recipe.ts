/**
 * The recipe: what was claimed, and how to redo it. One YAML file per claim, format `skipzero.recipe/1`.
 *
 * @module
 */
import { z } from "zod";
import { parsePattern } from "../core/mod.ts";

const fraction = z.number().min(0).max(1);
const steps = z.number().int().nonnegative();

const patternName = z.string().superRefine((text, context) => {
  try {
    parsePattern(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
  }
});

/** How a published figure came about: the best of several runs, their mean, or one run. */
export const figureKind = z.enum(["max", "mean", "single"]);

const claim = z.strictObject({
  document: z.string().describe("Title of the published document"),
  row: z.string().describe("The row or slide, quoted"),
  metric: z.enum(["accuracy", "f1"]).describe("Metric of the figures"),
  dense: fraction.describe("Published figure of the dense model, 0 to 1"),
  sparse: fraction.describe("Published figure of the sparse model, 0 to 1"),
  kind: figureKind.describe("What kind of figure the document quotes"),
  runs: z.strictObject({
    dense: z.strictObject({ mean: fraction, max: fraction }),
    sparse: z.strictObject({ mean: fraction, max: fraction }),
  }).optional().describe("Mean and best over runs, where a primary source gives both"),
  fidelity: z.enum(["exact", "partial", "reconstructed"])
    .describe("Whether a public recipe was followed, partly followed, or had to be reconstructed"),
  sources: z.array(z.strictObject({
    url: z.url(),
    says: z.string().describe("What this source says, quoted or in brief"),
  })).min(1),
  notes: z.array(z.string()).default([]).describe("Traps and contradictions, shown in the report"),
});

const bertModel = z.strictObject({
  architecture: z.literal("bert"),
  name: z.string().describe("Short name, e.g. bert-mini"),
  layers: z.number().int().positive(),
  hidden: z.number().int().positive(),
  heads: z.number().int().positive(),
  intermediate: z.number().int().positive(),
  vocabulary: z.number().int().positive(),
  positions: z.number().int().positive().default(512),
  head: z.enum(["classification", "span"]).default("classification"),
  classes: z.number().int().positive().default(2),
  init: z.union([
    z.literal("scratch"),
    z.strictObject({
      file: z.string().describe("Path below --data, e.g. bert-mini/model.safetensors"),
      url: z.url().optional(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/).optional(),
    }),
  ]).default("scratch").describe("Where the weights come from"),
});

const dataset = z.strictObject({
  name: z.enum(["sst2", "mrpc", "synthetic-sentiment", "synthetic-paraphrase"]),
  sequence: z.number().int().min(8).max(512).describe("Longest sequence in tokens"),
  trainExamples: z.number().int().positive().optional().describe("Cap on training examples"),
  devExamples: z.number().int().positive().optional().describe("Cap on evaluation examples"),
});

const optimiser = z.strictObject({
  epochs: z.number().int().positive(),
  batch: z.number().int().positive(),
  learningRate: z.number().positive(),
  learningRateSchedule: z.enum(["constant", "linear", "cosine"]).default("linear"),
  warmupSteps: steps.default(0),
  weightDecay: z.number().min(0).default(0),
  betas: z.tuple([z.number(), z.number()]).default([0.9, 0.999]),
  epsilon: z.number().positive().default(1e-8),
  clipNorm: z.number().positive().optional().describe("Global gradient norm; absent = no clipping"),
  dropout: z.number().min(0).max(0.9).default(0.1),
});

const pruning = optimiser.extend({
  warmEpochs: z.number().min(0).default(1).describe("Epochs before the first pruning step"),
  cooldownEpochs: z.number().min(0).default(0).describe("Epochs after the last pruning step"),
  frequency: z.number().int().positive().describe(
    "Training steps from one pruning step to the next",
  ),
  distillation: z.strictObject({
    hidden: z.number().min(0).default(0).describe("Weight of the MSE between last hidden states"),
    logits: z.number().min(0).default(0).describe("Weight of the KL divergence between logits"),
    temperature: z.number().positive().default(2),
    taskLoss: z.number().min(0).default(0).describe("Weight of the task's own loss"),
  }).optional(),
  groupLasso: z.number().min(0).optional().describe(
    "Coefficient alpha of the group lasso; absent = none",
  ),
});

const sparsity = z.strictObject({
  pattern: patternName,
  target: fraction.describe("Fraction of zeros in the pruned layers, 0 to 1"),
  scope: z.enum(["global", "layer"]).default("global"),
  maxPerLayer: fraction.default(0.98),
  criterion: z.enum(["magnitude", "snip", "snip_momentum"]),
  reduce: z.enum(["mean", "sum", "max"]).default("mean").describe(
    "Score of a block from its elements",
  ),
  schedule: z.enum(["exp", "linear", "cos", "cube", "gmp_cubic", "one_shot"]),
  include: z.array(z.string()).default(["encoder"]).describe(
    "A layer is pruned if its name contains one of these",
  ),
  exclude: z.array(z.string()).default([]).describe("and none of these"),
});

const benchmark = z.strictObject({
  sequence: z.number().int().positive(),
  batches: z.array(z.number().int().positive()).min(1),
  headline: z.number().int().positive().describe("The batch size of the one-line verdict"),
});

const profile = z.strictObject({
  model: bertModel.partial().optional().describe("What differs from the full model while training"),
  dataset,
  seeds: z.number().int().positive().describe("Trainings with different seeds"),
  dense: optimiser,
  prune: pruning,
});

/** Schema of a recipe file. */
export const recipeSchema = z.strictObject({
  format: z.literal("skipzero.recipe/1"),
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  title: z.string(),
  claim,
  model: bertModel,
  sparsity,
  benchmark,
  profiles: z.strictObject({ quick: profile, published: profile }),
  tolerances: z.strictObject({
    accuracyGap: fraction.describe("How far the dense-sparse gap may be from the claimed one"),
    accuracy: fraction.describe(
      "How far the sparse figure may be from the claimed one (published data only)",
    ),
    speedup: z.number().positive().default(1).describe(
      "Least speed-up over the fastest dense baseline at the headline batch",
    ),
  }),
});

/** A checked recipe. */
export type Recipe = z.output<typeof recipeSchema>;
/** The training half of a recipe, for one profile. */
export type Profile = Recipe["profiles"]["quick"];
/** Names of the profiles. */
export type ProfileName = keyof Recipe["profiles"];
