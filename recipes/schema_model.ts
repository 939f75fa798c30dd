/**
 * The shape of a recipe's networks.
 *
 * @module
 */
import { z } from "zod";
import type { Model, ModelChange, NetworkChange, NetworkModel } from "./model.ts";
import { address, amount, count, flag, positive, text } from "./schema_fields.ts";

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

const percentOn = z.number("a fraction above 0 and below 1").gt(0, "a fraction above 0 and below 1")
  .lt(1, "a fraction above 0 and below 1");

const kWinners = z.strictObject({
  percentOn: z.record(text("Name of a layer"), percentOn).refine(
    (layers) => Object.keys(layers).length > 0,
    "at least one layer",
  ).describe("Fraction of the outputs that stay, by the layer's name, e.g. cnn1: 0.095"),
  boostStrength: amount("Strength of the boost at the start; 0 = none").default(1.5),
  boostStrengthFactor: amount("What the strength is multiplied by after each epoch").default(0.9),
  kInferenceFactor: positive("What k is multiplied by when the network is evaluated").default(1),
  dutyCyclePeriod: count("Most examples that duty cycles are averaged over").default(1000),
  local: flag("Whether winners are chosen among the channels of each place").default(false),
});

const networkFields = {
  architecture: z.literal("network").describe("A network by its name"),
  name: text("Name of the network, e.g. resnet50"),
  init: modelFields.init.exactOptional(),
  kWinners: kWinners.exactOptional().describe(
    "Layers that keep their largest activations only; absent = as the network has them",
  ),
};

const namedNetwork = z.strictObject(networkFields);

/** A network by its name. */
export const networkModel: z.ZodType<NetworkModel> = namedNetwork;

/** The `model` of a recipe. */
export const model: z.ZodType<Model> = z.discriminatedUnion("architecture", [
  bertModel,
  namedNetwork,
]);

/** What differs from a network by its name. */
export const networkChange: z.ZodType<NetworkChange> = z.strictObject({
  name: networkFields.name.exactOptional(),
  init: networkFields.init,
  kWinners: networkFields.kWinners,
});

/** What differs from the full model while training; which of the keys belong to the model is checked later. */
export const modelChange: z.ZodType<ModelChange> = z.strictObject({
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
  kWinners: networkFields.kWinners,
});
