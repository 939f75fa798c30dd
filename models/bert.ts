/**
 * BERT (Devlin et al. 2019) as an ONNX graph, with a head for classification or for answer spans.
 *
 * Shapes: B batch, S sequence, H hidden, A heads, D = H / A. Every part has the form that exporters usually give it, which is the one
 * that other runtimes know how to fuse: the same graph is the dense baseline.
 *
 * @module
 */
import { createRandom } from "../core/mod.ts";
import {
  type BertConfig,
  type BertParameters,
  bertParameterShapes,
  initialiseBert,
} from "./bert_config.ts";
import type { Graph } from "./graph.ts";
import { createGraphBuilder, float, type GraphBuilder, int, ints } from "./graph_builder.ts";

/** Input shape of a graph. */
export interface BertShape {
  /** Sequences per inference (B). */
  readonly batch: number;
  /** Tokens per sequence (S), padding included. */
  readonly sequence: number;
}

/** What else the graph is to give. */
export interface BertOptions {
  /**
   * Values besides the head's. `last_hidden_state` is `[B, S, H]`; `attentions` are the attention probabilities of every layer,
   * `attentions.0`, `attentions.1` and so on, each `[B, A, S, S]`.
   */
  readonly outputs?: readonly ("last_hidden_state" | "attentions")[];
}

/** What the parts of the network share. */
interface Context extends BertShape {
  readonly builder: GraphBuilder;
  readonly config: BertConfig;
}

/** Added to the score of a masked position, as in the published code. */
const MASKED_SCORE = -10_000;

/**
 * Builds the network for one input shape.
 *
 * Inputs `input_ids`, `attention_mask` and `token_type_ids`: int64 `[B, S]`. Outputs `logits` `[B, classes]`, or
 * `start_logits` and `end_logits` `[B, S]`; then those of `options`.
 *
 * @param parameters Values by Hugging Face name, shared and not copied. Without them the network is drawn afresh from a fixed seed.
 * @throws {RangeError} If sizes do not fit together, or a parameter is missing or of another shape.
 */
export function buildBert(
  config: BertConfig,
  shape: BertShape,
  parameters: BertParameters = initialiseBert(config, createRandom(0)),
  options: BertOptions = {},
): Graph {
  checkSizes(config, shape);
  const context: Context = { builder: createGraphBuilder(config.name), config, ...shape };
  addParameters(context, parameters);
  const { builder, batch, sequence } = context;
  const tokens = (name: string) => builder.input(name, "int64", [batch, sequence]);
  const ids = tokens("input_ids");
  const mask = tokens("attention_mask");
  const types = tokens("token_type_ids");
  const bias = maskBias(context, mask);
  let x = embeddings(context, ids, types);
  for (let layer = 0; layer < config.layers; layer++) {
    x = encoderLayer(context, `bert.encoder.layer.${layer}`, x, bias);
  }
  if (config.head === "classification") classificationHead(context, x);
  else spanHead(context, x);
  if (options.outputs?.includes("last_hidden_state")) builder.output(x, "last_hidden_state");
  if (options.outputs?.includes("attentions")) {
    for (let layer = 0; layer < config.layers; layer++) {
      const attention = `bert.encoder.layer.${layer}.attention`;
      builder.output(`${attention}.self/Softmax`, `attentions.${layer}`);
    }
  }
  return builder.build();
}

function checkSizes(config: BertConfig, { batch, sequence }: BertShape): void {
  const { name, hidden, heads, positions } = config;
  if (hidden % heads !== 0) {
    throw new RangeError(
      `Cannot build ${name}: ${heads} heads, expected a divisor of the ${hidden} hidden channels`,
    );
  }
  if (!Number.isInteger(batch) || batch < 1) {
    throw new RangeError(`Cannot build ${name}: batch is ${batch}, expected an integer from 1`);
  }
  if (!Number.isInteger(sequence) || sequence < 1 || sequence > positions) {
    throw new RangeError(
      `Cannot build ${name}: sequence is ${sequence}, expected 1 to ${positions} tokens`,
    );
  }
}

function addParameters({ builder, config }: Context, parameters: BertParameters): void {
  for (const [name, shape] of bertParameterShapes(config)) {
    const found = parameters.get(name);
    if (found?.shape.join() !== shape.join()) {
      throw new RangeError(
        `Cannot build ${config.name}: parameter "${name}" is ${
          found ? `[${found.shape}]` : "missing"
        }, expected [${shape}]`,
      );
    }
    builder.parameter(name, found);
  }
}

/** What is added to the scores, `[B, 1, 1, S]`: 0 where attended, else very negative. */
function maskBias({ builder }: Context, mask: string): string {
  const rows = builder.node("Unsqueeze", "mask/Unsqueeze", [mask, builder.integers([1])]);
  const scores = builder.node("Unsqueeze", "mask/Unsqueeze_1", [rows, builder.integers([2])]);
  const attended = builder.node("Cast", "mask/Cast", [scores], { to: int(1) });
  const masked = builder.node("Sub", "mask/Sub", [builder.scalar(1), attended]);
  return builder.node("Mul", "mask/Mul", [masked, builder.scalar(MASKED_SCORE)]);
}

function embeddings(context: Context, ids: string, types: string): string {
  const { builder, sequence } = context;
  const name = "bert.embeddings";
  const positions = builder.integers([...Array(sequence).keys()]);
  const look = (table: string, indices: string) =>
    builder.node("Gather", `${name}.${table}/Gather`, [`${name}.${table}.weight`, indices]);
  const word = look("word_embeddings", ids);
  const type = look("token_type_embeddings", types);
  const position = look("position_embeddings", positions);
  const typed = builder.node("Add", `${name}/Add`, [word, type]);
  const placed = builder.node("Add", `${name}/Add_1`, [typed, position]);
  return layerNorm(context, `${name}.LayerNorm`, placed);
}

function layerNorm({ builder, config }: Context, name: string, x: string): string {
  return builder.node("LayerNormalization", name, [x, `${name}.weight`, `${name}.bias`], {
    axis: int(-1),
    epsilon: float(config.layerNormEpsilon),
  });
}

function encoderLayer(context: Context, name: string, x: string, bias: string): string {
  const { builder } = context;
  const attended = attention(context, `${name}.attention`, x, bias);
  const sum = builder.node("Add", `${name}.attention.output/Add`, [attended, x]);
  const y = layerNorm(context, `${name}.attention.output.LayerNorm`, sum);
  const wide = builder.linear(y, `${name}.intermediate.dense`);
  const active = builder.node("Gelu", `${name}.intermediate/Gelu`, [wide]);
  const narrow = builder.linear(active, `${name}.output.dense`);
  const total = builder.node("Add", `${name}.output/Add`, [narrow, y]);
  return layerNorm(context, `${name}.output.LayerNorm`, total);
}

function attention(context: Context, name: string, x: string, bias: string): string {
  const { builder, config, batch, sequence } = context;
  const depth = config.hidden / config.heads;
  const node = builder.node;
  /** One projection split into heads, its axes permuted from [B, S, A, D]. */
  const heads = (projection: string, ...perm: number[]) => {
    const linear = builder.linear(x, `${name}.self.${projection}`);
    const shape = builder.integers([batch, sequence, config.heads, depth]);
    const split = node("Reshape", `${name}.self.${projection}/Reshape`, [linear, shape]);
    return node("Transpose", `${name}.self.${projection}/Transpose`, [split], {
      perm: ints(...perm),
    });
  };
  const query = heads("query", 0, 2, 1, 3); // [B, A, S, D]
  const key = heads("key", 0, 2, 3, 1); // [B, A, D, S]
  const value = heads("value", 0, 2, 1, 3);
  const products = node("MatMul", `${name}.self/MatMul`, [query, key]);
  const scale = builder.scalar(Math.sqrt(depth));
  const scaled = node("Div", `${name}.self/Div`, [products, scale]);
  const masked = node("Add", `${name}.self/Add`, [scaled, bias]);
  const weights = node("Softmax", `${name}.self/Softmax`, [masked], { axis: int(-1) });
  const mixed = node("MatMul", `${name}.self/MatMul_1`, [weights, value]);
  const tokens = node("Transpose", `${name}.self/Transpose`, [mixed], { perm: ints(0, 2, 1, 3) });
  const shape = builder.integers([batch, sequence, config.hidden]);
  const joined = node("Reshape", `${name}.self/Reshape`, [tokens, shape]);
  return builder.linear(joined, `${name}.output.dense`);
}

/** Logits from the first token, `[B, classes]`. */
function classificationHead({ builder }: Context, x: string): void {
  const first = builder.node("Gather", "bert.pooler/Gather", [x, builder.index(0)], {
    axis: int(1),
  });
  const dense = builder.linear(first, "bert.pooler.dense");
  const pooled = builder.node("Tanh", "bert.pooler/Tanh", [dense]);
  builder.output(builder.linear(pooled, "classifier"), "logits");
}

/** Logits of start and end for every token, each `[B, S]`. */
function spanHead({ builder }: Context, x: string): void {
  const both = builder.linear(x, "qa_outputs");
  const transposed = builder.node("Transpose", "qa_outputs/Transpose", [both], {
    perm: ints(2, 0, 1),
  });
  const gather = (name: string, index: number) =>
    builder.node("Gather", `${name}/Gather`, [transposed, builder.index(index)]);
  builder.output(gather("start", 0), "start_logits");
  builder.output(gather("end", 1), "end_logits");
}
