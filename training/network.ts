/**
 * A network in training: its graph for every shape of batch, its parameters in tfjs, and the optimiser's state beside them.
 *
 * @module
 */
import { sizeOf, type TensorOf } from "../core/mod.ts";
import {
  type Dropout,
  executePlan,
  type Floats,
  type Plan,
  planGraph,
  type TfTensor,
  type TrainingTfjs,
} from "../engines/tfjs/mod.ts";
import { type BertConfig, type BertParameters, buildBert, type Graph } from "../models/mod.ts";
import type { BatchTokens } from "./batches.ts";
import { createWordTable, type WordTable } from "./word_table.ts";

/** The parameter that {@linkcode WordTable} holds. */
export const WORDS = "bert.embeddings.word_embeddings.weight";

/** A parameter and the optimiser's state, on the heap. */
export interface Slot {
  /** Name in the checkpoint. */
  readonly name: string;
  /** Values. */
  readonly weights: TfTensor;
  /** First moment. */
  readonly first: TfTensor;
  /** Second moment. */
  readonly second: TfTensor;
}

/** A network. Disposing it frees its tensors. */
export interface Network extends Disposable {
  /** Sizes. */
  readonly config: BertConfig;
  /** Where it runs. */
  readonly machine: TrainingTfjs;
  /** All parameters but the word embeddings. */
  readonly slots: readonly Slot[];
  /** The word embeddings. */
  readonly words: WordTable;
  /** The graph of a shape of batch, with the last hidden state as an output; built once. */
  plan(batch: number, sequence: number): Plan;
}

/** What a network says about a batch. */
export interface Outputs {
  /** `[batch, classes]`. */
  readonly logits: TfTensor;
  /** `[batch, sequence, hidden]`. */
  readonly hidden: TfTensor;
}

/** A network with copies of the parameters and an optimiser that has done nothing. */
export function createNetwork(
  machine: TrainingTfjs,
  config: BertConfig,
  parameters: BertParameters,
): Network {
  const { tf } = machine.ops;
  const plans = new Map<string, Plan>();
  const slots = [...parameters].filter(([name]) => name !== WORDS).map(
    ([name, { shape, data }]) => {
      const sizes = [...shape];
      return {
        name,
        weights: tf.keep(tf.tensor(data, sizes, "float32")),
        first: tf.keep(tf.zeros(sizes)),
        second: tf.keep(tf.zeros(sizes)),
      };
    },
  );
  return {
    config,
    machine,
    slots,
    words: createWordTable(parameters.get(WORDS)!.data.slice(), config.hidden),
    plan(batch, sequence): Plan {
      const key = `${batch}x${sequence}`;
      const known = plans.get(key);
      if (known) return known;
      const plan = planGraph(graphOf(config, batch, sequence, parameters));
      plans.set(key, plan);
      return plan;
    },
    [Symbol.dispose](): void {
      for (const { weights, first, second } of slots) tf.dispose([weights, first, second]);
    },
  };
}

/** The graph of a shape of batch. */
export function graphOf(
  config: BertConfig,
  batch: number,
  sequence: number,
  parameters: BertParameters,
): Graph {
  return buildBert(config, { batch, sequence }, parameters, { outputs: ["last_hidden_state"] });
}

/**
 * Runs a batch. The word embeddings come as a small table of the batch's own words, so that their gradient is small too.
 *
 * @param rows `[words of the batch, hidden]`.
 */
export function forward(
  network: Network,
  tokens: BatchTokens,
  rows: TfTensor,
  dropout?: Dropout,
): Outputs {
  const { ops } = network.machine;
  const shape: [number, number] = [tokens.batch, tokens.sequence];
  const tensor = (values: Int32Array): TfTensor => ops.tf.tensor2d(values, shape, "int32");
  const parameters = new Map<string, TfTensor>(
    network.slots.map(({ name, weights }) => [name, weights]),
  );
  parameters.set(WORDS, rows);
  const outputs = executePlan(
    ops,
    network.plan(tokens.batch, tokens.sequence),
    {
      input_ids: tensor(tokens.places),
      attention_mask: tensor(tokens.attended),
      token_type_ids: tensor(tokens.types),
    },
    parameters,
    dropout ? { dropout } : {},
  );
  return { logits: outputs.logits!, hidden: outputs.last_hidden_state! };
}

/** Elements of a tensor in place, until memory is next allocated. */
export function viewOf({ machine }: Network, tensor: TfTensor): Floats {
  return machine.heap.float32(tensor);
}

/** Copies values onto a tensor. */
export function fill(network: Network, tensor: TfTensor, values: Floats): void {
  if (values.length !== sizeOf(tensor.shape)) {
    throw new RangeError(
      `Cannot fill a tensor of shape [${tensor.shape}] with ${values.length} values`,
    );
  }
  viewOf(network, tensor).set(values);
}

/** All parameters of a network, copied, in the order of the checkpoint. */
export function trainedParameters(network: Network): Map<string, TensorOf<"float32">> {
  const { config, words } = network;
  const parameters = new Map<string, TensorOf<"float32">>();
  const shape = [config.vocabulary, config.hidden];
  parameters.set(WORDS, { dtype: "float32", shape, data: words.weights });
  for (const { name, weights } of network.slots) {
    parameters.set(name, {
      dtype: "float32",
      shape: weights.shape,
      data: viewOf(network, weights).slice(),
    });
  }
  return parameters;
}

/** Names of the values after which BERT drops: embeddings, attention weights, sub-layer outputs, the pooled token. */
export function dropoutSites(graph: Graph): Set<string> {
  const sites = graph.nodes.flatMap((node) => {
    const drops = node.op === "Softmax" || node.op === "Tanh" ||
      (node.op === "LayerNormalization" && node.inputs[1]!.includes("embeddings.")) ||
      (node.op === "Add" && node.inputs.some((name) => name.endsWith("output.dense.bias")));
    return drops ? node.outputs : [];
  });
  return new Set(sites);
}
