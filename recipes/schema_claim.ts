/**
 * The shape of a recipe's claim.
 *
 * @module
 */
import { z } from "zod";
import type { Claim } from "./claim.ts";
import { address, amount, count, fraction, positive, text } from "./schema_fields.ts";

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

const otherMetric = z.strictObject({
  metric: z.enum(["noise-score", "evaluation-loss"]).describe(
    "Which: correct answers over eleven levels of noise, or a mean loss in nats",
  ),
  dense: amount("Figure of the dense model; absent where the source gives none").exactOptional(),
  sparse: amount("Figure of the sparse model; absent where the source gives none").exactOptional(),
  says: text("What it was measured on"),
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

/** The `claim` of a recipe. */
export const claim: z.ZodType<Claim> = z.strictObject({
  document: text("Title of the published document"),
  row: text("The row or slide, quoted"),
  metric: z.enum(["accuracy", "f1", "top1", "mAP", "auc", "glue-average", "token-probability"])
    .describe(
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
  others: z.array(otherMetric).min(1, "at least one").exactOptional().describe(
    "Published figures of other metrics than the one that is judged",
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
