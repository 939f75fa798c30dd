/**
 * Sizes of BERT models, and the names and shapes of their parameters, which are Hugging Face's.
 *
 * @module
 */
import { float32, type Random, sizeOf, type TensorOf } from "../core/mod.ts";

/** Sizes of a BERT encoder with a head. */
export interface BertConfig {
  /** Short name, e.g. `bert-mini`. */
  readonly name: string;
  /** Encoder layers (L). */
  readonly layers: number;
  /** Width of the residual stream (H). */
  readonly hidden: number;
  /** Attention heads (A); divides `hidden`. */
  readonly heads: number;
  /** Width of the feed-forward network. */
  readonly intermediate: number;
  /** Tokens that have an embedding. */
  readonly vocabulary: number;
  /** Longest sequence. */
  readonly positions: number;
  /** Sentences that are told apart. */
  readonly typeVocabulary: number;
  /** `classification` of the whole sequence, or `span`: start and end of an answer. */
  readonly head: "classification" | "span";
  /** Classes of a classification head; a span head has 2 outputs a token whatever stands here. */
  readonly classes: number;
  /** Added to the variance in layer normalisation. */
  readonly layerNormEpsilon: number;
}

/** Parameters by Hugging Face name. */
export type BertParameters = ReadonlyMap<string, TensorOf<"float32">>;

/** Name of a published size. */
export type BertName = "bert-tiny" | "bert-mini" | "bert-base" | "bert-large";

type Sizes = Pick<BertConfig, "layers" | "hidden" | "heads" | "intermediate">;

/** Turc et al. 2019 for tiny and mini, Devlin et al. 2019 for base and large. */
const SIZES: Readonly<Record<BertName, Sizes>> = {
  "bert-tiny": { layers: 2, hidden: 128, heads: 2, intermediate: 512 },
  "bert-mini": { layers: 4, hidden: 256, heads: 4, intermediate: 1024 },
  "bert-base": { layers: 12, hidden: 768, heads: 12, intermediate: 3072 },
  "bert-large": { layers: 24, hidden: 1024, heads: 16, intermediate: 4096 },
};

/** The published uncased models, with a head for two classes. */
export const bertConfigs: Readonly<Record<BertName, BertConfig>> = {
  "bert-tiny": published("bert-tiny"),
  "bert-mini": published("bert-mini"),
  "bert-base": published("bert-base"),
  "bert-large": published("bert-large"),
};

function published(name: BertName): BertConfig {
  return {
    name,
    ...SIZES[name],
    vocabulary: 30_522,
    positions: 512,
    typeVocabulary: 2,
    head: "classification",
    classes: 2,
    layerNormEpsilon: 1e-12,
  };
}

/**
 * Name and shape of every parameter, in the order of the checkpoint. Linear weights are `[OC, IC]`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const shapes = bertParameterShapes(bertConfigs["bert-mini"]);
 * assertEquals(shapes.get("bert.encoder.layer.0.intermediate.dense.weight"), [1024, 256]);
 * ```
 */
export function bertParameterShapes(config: BertConfig): Map<string, readonly number[]> {
  const { hidden } = config;
  const shapes = new Map<string, readonly number[]>();
  const embeddings = "bert.embeddings";
  shapes.set(`${embeddings}.word_embeddings.weight`, [config.vocabulary, hidden]);
  shapes.set(`${embeddings}.position_embeddings.weight`, [config.positions, hidden]);
  shapes.set(`${embeddings}.token_type_embeddings.weight`, [config.typeVocabulary, hidden]);
  setPair(shapes, `${embeddings}.LayerNorm`, [hidden]);
  for (let layer = 0; layer < config.layers; layer++) {
    setLayerShapes(shapes, `bert.encoder.layer.${layer}`, config);
  }
  if (config.head === "classification") {
    setPair(shapes, "bert.pooler.dense", [hidden, hidden]);
    setPair(shapes, "classifier", [config.classes, hidden]);
  } else {
    setPair(shapes, "qa_outputs", [2, hidden]);
  }
  return shapes;
}

/** The weight matrices inside the encoder's layers: what is pruned. */
export function bertEncoderWeights(config: BertConfig): Map<string, readonly number[]> {
  const all = bertParameterShapes(config).entries();
  return new Map(
    all.filter(([name, shape]) => name.startsWith("bert.encoder.") && shape.length === 2),
  );
}

function setLayerShapes(
  shapes: Map<string, readonly number[]>,
  layer: string,
  { hidden, intermediate }: BertConfig,
): void {
  for (const name of ["self.query", "self.key", "self.value", "output.dense"]) {
    setPair(shapes, `${layer}.attention.${name}`, [hidden, hidden]);
  }
  setPair(shapes, `${layer}.attention.output.LayerNorm`, [hidden]);
  setPair(shapes, `${layer}.intermediate.dense`, [intermediate, hidden]);
  setPair(shapes, `${layer}.output.dense`, [hidden, intermediate]);
  setPair(shapes, `${layer}.output.LayerNorm`, [hidden]);
}

function setPair(
  shapes: Map<string, readonly number[]>,
  name: string,
  weight: readonly number[],
): void {
  shapes.set(`${name}.weight`, weight);
  shapes.set(`${name}.bias`, [weight[0]!]);
}

/**
 * Fresh parameters: weights from a normal distribution of deviation 0.02, cut at two deviations, biases 0 and gains 1
 * (Devlin et al. 2019, and the code published with it).
 *
 * Each tensor has a stream of its own, so that a layer's values do not depend on the others.
 */
export function initialiseBert(
  config: BertConfig,
  random: Random,
): Map<string, TensorOf<"float32">> {
  const parameters = new Map<string, TensorOf<"float32">>();
  for (const [name, shape] of bertParameterShapes(config)) {
    parameters.set(name, initialiseParameter(name, shape, random));
  }
  return parameters;
}

/** A fresh parameter as {@linkcode initialiseBert} draws it. */
export function initialiseParameter(
  name: string,
  shape: readonly number[],
  random: Random,
): TensorOf<"float32"> {
  const data = new Float32Array(sizeOf(shape));
  if (name.endsWith("LayerNorm.weight")) data.fill(1);
  else if (name.endsWith(".weight")) fillTruncatedNormal(data, random.fork(name), 0.02);
  return float32(shape, data);
}

function fillTruncatedNormal(data: Float32Array, random: Random, deviation: number): void {
  for (let i = 0; i < data.length; i++) {
    let value = random.normal();
    while (Math.abs(value) > 2) value = random.normal();
    data[i] = deviation * value;
  }
}
