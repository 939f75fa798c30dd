/**
 * DLRM (Naumov et al. 2019) as an ONNX graph, with the names of the official code: layers on the numeric features, one embedding a
 * category, all dot products between them, layers on those.
 *
 * @module
 */
import { checkBatch } from "./check_sizes.ts";
import type { DlrmConfig } from "./dlrm_config.ts";
import type { Graph } from "./graph.ts";
import { int, ints } from "./graph_builder.ts";
import { createNetworkBuilder, type NetworkBuilder } from "./network_builder.ts";
import { drawParameters, type ParameterSource } from "./parameter_source.ts";

/** How much a DLRM is to take at once. */
export interface DlrmShape {
  /** Samples. */
  readonly batch: number;
}

/**
 * Builds the network for a batch.
 *
 * Inputs: `dense` float32 `[B, 13]`, and `indices` int64 `[26, B]`, one row of each table a sample, as Criteo has it. Output
 * `probabilities` `[B, 1]`.
 *
 * @throws {RangeError} If the batch is no integer from 1.
 */
export function buildDlrm(
  config: DlrmConfig,
  shape: DlrmShape,
  parameters: ParameterSource = drawParameters(),
): Graph {
  const tables = config.tableRows.length;
  return build(config.name, config, shape, parameters, (network) => {
    const indices = network.input("indices", "int64", [tables, shape.batch]);
    return embeddings(network, indices, config);
  });
}

/**
 * Builds the part of the network that multiplies: what a sample looks up is an input.
 *
 * Inputs: `dense` float32 `[B, 13]`, and `embeddings` float32 `[B, 26, 128]`. Output `probabilities` `[B, 1]`. Named as the
 * network with `-mlp` behind.
 *
 * @throws {RangeError} If the batch is no integer from 1.
 */
export function buildDlrmMlp(
  config: DlrmConfig,
  shape: DlrmShape,
  parameters: ParameterSource = drawParameters(),
): Graph {
  const [tables, size] = [config.tableRows.length, config.bottom.at(-1)!];
  return build(`${config.name}-mlp`, config, shape, parameters, (network) => {
    const vectors = network.input("embeddings", "float32", [shape.batch, tables, size]);
    const flat = network.integers([shape.batch, tables * size]);
    return [network.node("Reshape", "embeddings/Reshape", [vectors, flat])];
  });
}

/** @param embed The embeddings of a sample, `[B, n * D]` each, all of them together or one by one. */
function build(
  name: string,
  config: DlrmConfig,
  { batch }: DlrmShape,
  parameters: ParameterSource,
  embed: (network: NetworkBuilder) => readonly string[],
): Graph {
  checkBatch(name, batch);
  const network = createNetworkBuilder(name, parameters);
  const dense = network.input("dense", "float32", [batch, config.dense]);
  const embedded = embed(network);
  const bottom = layers(network, dense, "bot_l", [config.dense, ...config.bottom]);
  const x = network.relu(bottom, "bot_l/Relu");
  const count = config.tableRows.length + 1;
  const size = config.bottom.at(-1)!;
  const pairs = interact(network, [x, ...embedded], { batch, count, size });
  const features = network.node("Concat", "interact/Concat_1", [x, pairs], { axis: int(1) });
  const width = size + count * (count - 1) / 2;
  const click = layers(network, features, "top_l", [width, ...config.top]);
  network.output(network.node("Sigmoid", "top_l/Sigmoid", [click]), "probabilities");
  return network.build();
}

/** Fully connected layers with ReLU in between; numbered by 2, since PyTorch counts the activations too. */
function layers(
  network: NetworkBuilder,
  x: string,
  name: string,
  sizes: readonly number[],
): string {
  for (let i = 1; i < sizes.length; i++) {
    const layer = `${name}.${2 * (i - 1)}`;
    const [from, to] = [sizes[i - 1]!, sizes[i]!];
    x = network.dense(i === 1 ? x : network.relu(x, `${layer}/Relu`), layer, {
      from,
      to,
      weight: { kind: "normal", deviation: Math.sqrt(2 / (from + to)) },
      bias: { kind: "normal", deviation: Math.sqrt(1 / to) },
    });
  }
  return x;
}

/** One vector `[B, D]` a table. */
function embeddings(network: NetworkBuilder, indices: string, config: DlrmConfig): string[] {
  return config.tableRows.map((rows, i) => {
    const shape = [rows, config.bottom.at(-1)!];
    const start = { kind: "uniform", bound: Math.sqrt(1 / rows) } as const;
    const table = network.values(`emb_l.${i}.weight`, shape, start);
    const own = network.node("Gather", `emb_l.${i}/Gather`, [indices, network.index(i)]);
    return network.node("Gather", `emb_l.${i}/Gather_1`, [table, own]);
  });
}

/** The dot product of every two vectors, `[B, pairs]`, in the order of a triangle's rows. */
function interact(
  network: NetworkBuilder,
  vectors: readonly string[],
  { batch, count, size }: { readonly batch: number; readonly count: number; readonly size: number },
): string {
  const { node, integers } = network;
  const joined = node("Concat", "interact/Concat", vectors, { axis: int(1) });
  const rows = node("Reshape", "interact/Reshape", [joined, integers([batch, count, size])]);
  const cols = node("Transpose", "interact/Transpose", [rows], { perm: ints(0, 2, 1) });
  const products = node("MatMul", "interact/MatMul", [rows, cols]); // [B, count, count]
  const flat = node("Reshape", "interact/Reshape_1", [products, integers([batch, count * count])]);
  const below: number[] = [];
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) below.push(i * count + j);
  }
  return node("Gather", "interact/Gather", [flat, integers(below)], { axis: int(1) });
}
