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

const FRACTION = "a fraction from 0 to 1";
const HTTPS = "an address that begins with https://";

function fraction(about: string): z.ZodNumber {
  return z.number(FRACTION).min(0, FRACTION).max(1, FRACTION).describe(about);
}

function count(about: string): z.ZodNumber {
  const wanted = "a whole number, at least 1";
  return z.number(wanted).int(wanted).min(1, wanted).describe(about);
}

function steps(about: string): z.ZodNumber {
  const wanted = "a whole number, at least 0";
  return z.number(wanted).int(wanted).min(0, wanted).describe(about);
}

function amount(about: string): z.ZodNumber {
  return z.number().min(0).describe(about);
}

function positive(about: string): z.ZodNumber {
  return z.number().gt(0).describe(about);
}

function text(about: string): z.ZodString {
  return z.string("a text").min(1, "a text that is not empty").describe(about);
}

function address(about: string): z.ZodURL {
  return z.url({ protocol: /^https$/, error: HTTPS }).describe(about);
}

function isPattern(name: string): boolean {
  try {
    parsePattern(name);
    return true;
  } catch {
    return false;
  }
}

const figures = z.strictObject({
  mean: fraction("Mean over the published runs"),
  max: fraction("Best of the published runs"),
});

const figureKind = z.enum(["max", "mean", "single", "unstated"]).describe(
  "How the figures came about: best of several runs, their mean, one run, or no one says",
);

const otherFigures = z.strictObject({
  url: address("Public address of the source"),
  says: text("How they differ from the claim: another recipe, number type or round"),
  dense: fraction("Figure of the dense model; absent where the source gives none").exactOptional(),
  sparse: fraction("Figure of the sparse model; absent where the source gives none")
    .exactOptional(),
  kind: figureKind,
}).refine(
  ({ dense, sparse }) => dense !== undefined || sparse !== undefined,
  "dense or sparse, or both",
);

const claimedSpeed = z.strictObject({
  row: text("The sentence or row, quoted"),
  ratio: positive("Time of the dense model by time of the sparse one"),
  bound: z.enum(["about", "over", "up-to"]).describe("How the document words the figure"),
  scenario: text("What was measured, e.g. MLPerf offline"),
  dtype: z.enum(["f32", "int8", "unstated"]).describe("Number type of the sparse model"),
  baseline: text("What the sparse model was compared with"),
  processor: z.enum(["cpu", "fpga", "gpu"]).describe("Kind of processor"),
  hardware: text("The machine"),
  batch: count("Items per run, where the document says so").exactOptional(),
  differs: text("What else keeps it from being compared with this recipe's network")
    .exactOptional(),
});

const claim = z.strictObject({
  document: text("Title of the published document"),
  row: text("The row or slide, quoted"),
  metric: z.enum(["accuracy", "f1", "top1", "mAP", "auc", "glue-average"]).describe(
    "Metric of the figures, each a fraction: 75.3 % is 0.753",
  ),
  dense: fraction("Published figure of the dense model, 0 to 1"),
  sparse: fraction("Published figure of the sparse model, 0 to 1"),
  kind: figureKind,
  runs: z.strictObject({
    dense: figures.describe("Runs of the dense model"),
    sparse: figures.describe("Runs of the sparse model"),
  }).exactOptional().describe("Mean and best over runs, where a primary source gives both"),
  alternatives: z.array(otherFigures).min(1, "at least one").exactOptional().describe(
    "Other figures published for the same row, shown beside it and not judged",
  ),
  speed: z.array(claimedSpeed).min(1, "at least one").exactOptional().describe(
    "Speed-ups published for this network",
  ),
  fidelity: z.enum(["exact", "partial", "reconstructed"]).describe(
    "Whether a public recipe was followed, partly followed, or had to be reconstructed",
  ),
  sources: z.array(z.strictObject({
    url: address("Public address of the source"),
    says: text("What this source says, quoted or in brief"),
  })).min(1, "at least one source").describe("Primary sources"),
  notes: z.array(text("One trap or contradiction")).default([]).describe(
    "Traps and contradictions, shown in the report",
  ),
});

const checkpoint = z.strictObject({
  file: text("Path below --data, e.g. bert-mini/model.safetensors").refine(
    (path) => !path.startsWith("/") && !path.split("/").includes(".."),
    "a path below --data, without .. and no / at its beginning",
  ),
  url: address("Where the file can be downloaded").exactOptional(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits").exactOptional()
    .describe("sha256 of the file; a download without one is refused"),
});

// No defaults here: in the differences of a profile a default would undo what the full model says.
const modelFields = {
  architecture: z.literal("bert").describe("A BERT by its sizes"),
  name: text("Short name, e.g. bert-mini"),
  layers: count("Encoder layers"),
  hidden: count("Width of the residual stream"),
  heads: count("Attention heads; they divide the width"),
  intermediate: count("Width of the feed-forward layer"),
  vocabulary: count("Token ids"),
  positions: count("Longest sequence that has position embeddings"),
  head: z.enum(["classification", "span"]).describe(
    "Output: classes of a sequence, or the ends of an answer span",
  ),
  classes: count("Outputs of a classification head"),
  init: z.union([z.literal("scratch"), checkpoint], '"scratch", or a mapping with file')
    .describe("Where the first weights come from: drawn at random, or a checkpoint"),
};

const bertModel = z.strictObject({
  ...modelFields,
  positions: modelFields.positions.default(512),
  head: modelFields.head.default("classification"),
  classes: modelFields.classes.default(2),
  init: modelFields.init.default("scratch"),
});

const networkModel = z.strictObject({
  architecture: z.literal("network").describe("A network by its name"),
  name: text("Name of the network, e.g. resnet50"),
});

const model = z.discriminatedUnion("architecture", [bertModel, networkModel]);

const scaledModel = z.strictObject({
  architecture: modelFields.architecture.exactOptional(),
  name: modelFields.name.exactOptional(),
  layers: modelFields.layers.exactOptional(),
  hidden: modelFields.hidden.exactOptional(),
  heads: modelFields.heads.exactOptional(),
  intermediate: modelFields.intermediate.exactOptional(),
  vocabulary: modelFields.vocabulary.exactOptional(),
  positions: modelFields.positions.exactOptional(),
  head: modelFields.head.exactOptional(),
  classes: modelFields.classes.exactOptional(),
  init: modelFields.init.exactOptional(),
});

const sequence = z.number("a whole number from 8 to 512").int("a whole number from 8 to 512")
  .min(8, "a whole number from 8 to 512").max(512, "a whole number from 8 to 512");

const dataset = z.strictObject({
  name: z.enum(["sst2", "mrpc", "synthetic-sentiment", "synthetic-paraphrase"]).describe(
    "A published set, or a generated stand-in",
  ),
  sequence: sequence.describe("Longest sequence in tokens; longer ones are cut"),
  trainExamples: count("Cap on training examples").exactOptional(),
  devExamples: count("Cap on evaluation examples").exactOptional(),
});

const beta = z.number("a fraction from 0 to 1, 1 excluded").min(0).lt(1);

const training = z.strictObject({
  epochs: count("Passes over the training examples"),
  batch: count("Examples per step"),
  learningRate: positive("Peak learning rate"),
  learningRateSchedule: z.enum(["constant", "linear", "cosine"]).default("linear").describe(
    "How the rate goes on after the warm-up; linear and cosine end at 0",
  ),
  warmupSteps: steps("Steps in which the rate rises linearly from 0").default(0),
  weightDecay: amount("Decoupled decay; none on biases and layer normalisation").default(0),
  betas: z.tuple([beta, beta], "two numbers, each a fraction from 0 to 1, 1 excluded")
    .default([0.9, 0.999]).describe("Decay of the two moments of AdamW"),
  epsilon: positive("Added to the root of the second moment").default(1e-8),
  clipNorm: positive("Global gradient norm above which gradients are scaled down; absent = never")
    .exactOptional(),
  dropout: z.number().min(0).max(0.9).default(0.1).describe(
    "Probability of dropping a hidden value or an attention weight",
  ),
});

const distillation = z.strictObject({
  hidden: amount("Weight of the mean squared error between last hidden states").default(0),
  logits: amount("Weight of the KL divergence between logits").default(0),
  temperature: positive("Temperature of the logits").default(2),
  taskLoss: amount("Weight of the task's own loss").default(0),
});

const pruning = training.extend({
  warmEpochs: amount("Epochs before the first pruning step").default(1),
  cooldownEpochs: amount("Epochs after the last pruning step").default(0),
  frequency: count("Training steps from one pruning step to the next"),
  distillation: distillation.exactOptional().describe(
    "Losses against the dense model; absent = the task's loss alone",
  ),
  groupLasso: amount("Coefficient alpha of the group lasso; absent = none").exactOptional(),
});

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
    "Score of a weight: |W|, |W·G|, or the running sum S = 0.9·S + |W·G|; only a recipe without profiles may leave it out",
  ),
  reduce: z.enum(["mean", "sum", "max"]).default("mean").describe(
    "Score of a block from the scores of its weights",
  ),
  schedule: z.enum(["exp", "linear", "cos", "cube", "gmp_cubic", "one_shot"]).exactOptional()
    .describe(
      "How sparsity grows from 0 to the target; cube is (i/n)³, gmp_cubic is 1 − (1 − i/n)³; " +
        "only a recipe without profiles may leave it out",
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
  model: scaledModel.exactOptional().describe("What differs from the full model while training"),
  dataset: dataset.describe("What it is trained and judged on"),
  seeds: count("Trainings with different seeds"),
  dense: training.describe("Dense fine-tuning, which also makes the teacher"),
  prune: pruning.describe("Pruning, starting from the dense model"),
});

const recipeSchema = z.strictObject({
  format: z.literal("skipzero.recipe/1").describe("Format of this file"),
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower-case words joined by -").describe(
    "<model>-<pattern>-<dataset>; the file's name without .yaml",
  ),
  title: text("One line for people"),
  claim: claim.describe("What was published, and where"),
  model: model.describe("The network of the claim, at full size"),
  sparsity: sparsity.describe("What is pruned, how far, and by what rule"),
  benchmark: benchmark.describe("How the full-size network is raced"),
  profiles: z.strictObject({
    quick: profile.exactOptional().describe("Minutes on two cores, generated data, no download"),
    published: profile.exactOptional().describe(
      "The official data set and the published hyperparameters",
    ),
  }).default({}).describe("How it is trained; a recipe that only measures has none"),
  missing: text("Why a profile is missing, in words for the user").exactOptional().describe(
    "Why a profile is missing, in words for the user; wanted if and only if one is",
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
