/**
 * The network of a cell: the full-size model with the recipe's pattern, and inputs for it.
 *
 * Timing depends on where the zeros are, not on the other values, so drawn masks serve where nothing was trained.
 *
 * @module
 */
import {
  applyMask,
  createRandom,
  drawMask,
  formatPattern,
  int64,
  parsePattern,
  type TensorOf,
  whyIndivisible,
} from "../core/mod.ts";
import type { Tensors } from "../engines/mod.ts";
import {
  type BertConfig,
  buildBert,
  type Graph,
  initialiseBert,
  loadBertCheckpoint,
} from "../models/mod.ts";
import type { Model, Recipe } from "../recipes/mod.ts";

/** All that makes a network, small enough to be sent to another process. */
export interface NetworkSpec {
  /** Sizes. */
  readonly config: BertConfig;
  /** Pattern of the zeros, by name. */
  readonly pattern: string;
  /** Fraction of zeros in the pruned layers, 0 to 1. */
  readonly sparsity: number;
  /** A weight is pruned if its name contains one of these, */
  readonly include: readonly string[];
  /** and none of these. */
  readonly exclude: readonly string[];
  /** Tokens of a sequence. */
  readonly sequence: number;
  /** Trained sparse weights of this very model (safetensors), or `null` to draw values and masks. */
  readonly weights: string | null;
  /** Decides what is drawn. */
  readonly seed: number;
}

/** Parameters by name. */
export type Parameters = ReadonlyMap<string, TensorOf<"float32">>;

/**
 * The full-size network of a recipe.
 *
 * @throws {RangeError} If its model is not a BERT by its sizes.
 */
export function networkOf(recipe: Recipe, weights: string | null = null): NetworkSpec {
  const config = bertConfigOf(recipe.model);
  return {
    config,
    pattern: recipe.sparsity.pattern,
    sparsity: recipe.sparsity.target,
    include: recipe.sparsity.include,
    exclude: recipe.sparsity.exclude,
    sequence: recipe.benchmark.sequence ?? config.positions,
    weights,
    seed: 1,
  };
}

function bertConfigOf(model: Model): BertConfig {
  if (model.architecture !== "bert") {
    throw new RangeError(
      `Cannot race ${model.name}: it is known by its name only, expected a model with architecture bert`,
    );
  }
  const { architecture: _, init: __, ...sizes } = model;
  return { ...sizes, typeVocabulary: 2, layerNormEpsilon: 1e-12 };
}

/** Id of a network's cell, e.g. `bert-mini f32 4x1 0.9 batch=32 seq=128`. */
export function networkCell(spec: NetworkSpec, batch: number): string {
  const { config, pattern, sparsity, sequence } = spec;
  return `${config.name} f32 ${pattern} ${sparsity} batch=${batch} seq=${sequence}`;
}

/** The weights that the pattern applies to: named by the recipe, and of a size that divides. */
export function prunedWeights(spec: NetworkSpec, parameters: Parameters): string[] {
  const pattern = parsePattern(spec.pattern);
  return [...parameters].filter(([name, { shape: [rows, cols, more] }]) =>
    name.endsWith(".weight") && rows !== undefined && cols !== undefined && more === undefined &&
    !name.includes("embeddings") &&
    spec.include.some((part) => name.includes(part)) &&
    !spec.exclude.some((part) => name.includes(part)) &&
    whyIndivisible(pattern, rows, cols) === null
  ).map(([name]) => name);
}

/**
 * Parameters of the network: read from its weights, or drawn with masks of the pattern.
 *
 * @throws {RangeError} If weights are given that are not those of the model; names the first that is missing.
 */
export async function loadParameters(spec: NetworkSpec): Promise<Parameters> {
  if (spec.weights === null) return drawParameters(spec);
  const checkpoint = await loadBertCheckpoint(spec.weights, spec.config);
  const [missing] = checkpoint.missing;
  if (missing !== undefined) {
    throw new RangeError(
      `Cannot measure ${spec.config.name}: ${spec.weights} lacks "${missing}", expected all its weights`,
    );
  }
  return checkpoint.parameters;
}

/** Fresh parameters with masks drawn at random in the pattern. */
export function drawParameters(spec: NetworkSpec): Parameters {
  const random = createRandom(spec.seed);
  const parameters = initialiseBert(spec.config, random);
  const pattern = parsePattern(spec.pattern);
  for (const name of prunedWeights(spec, parameters)) {
    const { data, shape: [rows, cols] } = parameters.get(name)!;
    const chance = random.fork(`mask ${formatPattern(pattern)} ${name}`);
    applyMask(data, drawMask(chance, rows!, cols!, pattern, spec.sparsity));
  }
  return parameters;
}

/** The graph for one batch size. */
export function buildNetwork(spec: NetworkSpec, parameters: Parameters, batch: number): Graph {
  return buildBert(spec.config, { batch, sequence: spec.sequence }, parameters);
}

/** Which examples {@linkcode drawInputs} gives. */
export interface InputChoice {
  /** Number of examples. */
  readonly batch: number;
  /** Number of the first example; an example depends on its number only. */
  readonly first?: number;
  /** Whether every second example is shorter than the sequence and padded. Timed inputs are not. */
  readonly padded?: boolean;
}

/** Token ids of examples, drawn by their numbers, so that one example is the same in every batch. */
export function drawInputs(
  spec: NetworkSpec,
  { batch, first = 0, padded = false }: InputChoice,
): Tensors {
  const { sequence, config } = spec;
  const ids = new Float64Array(batch * sequence);
  const mask = new Float64Array(batch * sequence);
  const types = new Float64Array(batch * sequence);
  for (let row = 0; row < batch; row++) {
    const example = first + row;
    const random = createRandom(`${spec.seed} example ${example}`);
    const length = padded && example % 2 === 1 ? Math.ceil(0.6 * sequence) : sequence;
    for (let token = 0; token < length; token++) {
      const at = row * sequence + token;
      ids[at] = random.integer(config.vocabulary);
      mask[at] = 1;
      types[at] = token < length / 2 ? 0 : 1;
    }
  }
  const shape = [batch, sequence];
  return {
    input_ids: int64(shape, ids),
    attention_mask: int64(shape, mask),
    token_type_ids: int64(shape, types),
  };
}
