/**
 * The shape of a recipe's trainings.
 *
 * @module
 */
import { z } from "zod";
import { amount, count, flag, fraction, positive, steps } from "./schema_fields.ts";
import type { PruneTraining, Training } from "./training_plan.ts";

const BETA = "a fraction from 0 to 1, 1 excluded";
const beta = z.number(BETA).min(0, BETA).lt(1, BETA);

const oneCycle = z.strictObject({
  riseFraction: fraction("Share of the steps in which the rate rises").default(0.3),
  initialDivisor: positive("Peak by the rate of the first step").default(25),
  finalDivisor: positive("Rate of the first step by that of the last").default(1e4),
  anneal: z.enum(["linear", "cosine"]).default("cosine").describe("Along a line, or a cosine"),
  momentumRange: z.tuple([beta, beta], `two numbers, each ${BETA}`).exactOptional().describe(
    "Momentum at the peak of the rate, then at both ends",
  ),
});

const denseTraining = z.strictObject({
  epochs: count("Passes over the training examples"),
  batch: count("Examples per step"),
  firstEpochBatch: count("Examples per step in the first epoch; absent = as in all")
    .exactOptional(),
  optimizer: z.enum(["adamw", "adam", "sgd"]).default("adamw").describe(
    "Adam with decoupled decay, Adam with decay in the gradient, or gradient descent",
  ),
  learningRate: positive("Peak learning rate"),
  learningRateSchedule: z.enum(["constant", "linear", "cosine", "one_cycle", "step", "multi_step"])
    .default("linear").describe(
      "How the rate goes on after the warm-up; linear and cosine end at 0",
    ),
  warmupSteps: steps("Steps in which the rate rises linearly from 0").default(0),
  stepEpochs: count("Of step: epochs after which the rate is multiplied by gamma, each time")
    .exactOptional(),
  milestones: z.array(count("An epoch")).min(1, "at least one epoch").exactOptional().describe(
    "Of multi_step: epochs, ascending, after each of which the rate is multiplied by gamma once",
  ),
  gamma: positive("What step and multi_step multiply the rate by").default(0.1),
  oneCycle: oneCycle.exactOptional().describe("Shape of one_cycle; absent = that of PyTorch"),
  weightDecay: amount("Weight decay; none on biases and normalisation").default(0),
  betas: z.tuple([beta, beta], `two numbers, each ${BETA}`).default([0.9, 0.999]).describe(
    "Decay of the two moments of adamw and adam",
  ),
  epsilon: positive("Added to the root of the second moment").default(1e-8),
  momentum: beta.default(0).describe("Momentum of sgd"),
  nesterov: flag("Whether sgd looks ahead along its momentum").default(false),
  clipNorm: positive("Global gradient norm above which gradients are scaled down; absent = never")
    .exactOptional(),
  dropout: z.number().min(0).max(0.9).default(0.1).describe(
    "Probability of dropping a hidden value or an attention weight; 0 for networks without",
  ),
  labelSmoothing: z.number().min(0).max(0.9).default(0).describe(
    "Share of the target that is spread evenly over all classes",
  ),
});

/** A training that makes no zeros. */
export const training: z.ZodType<Training> = denseTraining;

const distillation = z.strictObject({
  hidden: amount("Weight of the mean squared error between last hidden states").default(0),
  logits: amount("Weight of the KL divergence between logits").default(0),
  attention: amount("Weight of the mean squared error between attention probabilities").default(0),
  temperature: positive("Temperature of the logits").default(2),
  taskLoss: amount("Weight of the task's own loss").default(0),
});

const rigl = z.strictObject({
  fraction: fraction("Share of a layer's weights that is exchanged at first"),
  untilFraction: fraction("Share of the training after which none are exchanged").default(0.75),
  distribution: z.enum(["erk", "uniform"]).default("erk").describe(
    "More zeros in larger layers (Erdős–Rényi kernel), or the same share in all",
  ),
  scope: z.enum(["layer", "global"]).default("layer").describe(
    "Whether weights are exchanged within a layer, or between layers too",
  ),
});

const groupLasso = z.strictObject({
  alpha: positive("Coefficient"),
  variant: z.enum(["correct", "inc-v1.12", "inc-v2.6"]).default("correct").describe(
    "As in the literature, or as a published version has it: v1.12 without effect, v2.6 by gradient norms",
  ),
});

/** A training that makes or keeps zeros. */
export const pruning: z.ZodType<PruneTraining> = denseTraining.extend({
  method: z.enum(["gradual", "rigl", "static", "one_shot"]).default("gradual").describe(
    "How zeros come into being: by a schedule, exchanged as RigL does, drawn at random, or all at once",
  ),
  warmEpochs: amount("Epochs before the first pruning step").default(0),
  cooldownEpochs: amount("Epochs after the last pruning step").default(0),
  frequency: count("Training steps from one pruning step or exchange to the next").default(1),
  rigl: rigl.exactOptional().describe("Settings of rigl"),
  pruneGradients: flag("Whether gradients of pruned weights are zeroed before the step")
    .default(false),
  distillation: distillation.exactOptional().describe(
    "Losses against the dense model; absent = the task's loss alone",
  ),
  groupLasso: groupLasso.exactOptional().describe("Pull on whole blocks; absent = none"),
});
