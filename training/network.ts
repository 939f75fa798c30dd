/**
 * A network in training: its graph for every shape of batch, its parameters in tfjs, and the optimiser's state beside them.
 *
 * @module
 */
import { float32, sizeOf, type Tensor, type TensorOf } from "../core/mod.ts";
import {
  type Floats,
  type Plan,
  planGraph,
  type TfTensor,
  type TrainingTfjs,
} from "../engines/tfjs/mod.ts";
import {
  type Graph,
  type Network as Architecture,
  type NetworkShape,
  type ParameterSource,
  zeroParameters,
} from "../models/mod.ts";
import { findLookUps, type LookUp } from "./look_ups.ts";
import type { StateName } from "./optimiser.ts";
import { createTable, type Table } from "./tables.ts";
import { createWinnerLayers, type NetworkWinnersPlan, type WinnerLayers } from "./winner_layers.ts";

/** Parameters by name, in the order in which the network reads them. */
export type Parameters = ReadonlyMap<string, TensorOf<"float32">>;

/** A parameter and the optimiser's state, on the heap. */
export interface Slot {
  /** Name in the checkpoint. */
  readonly name: string;
  /** Values. */
  readonly weights: TfTensor;
  /** What the optimiser keeps, in the order of {@linkcode Network.states}. */
  readonly states: readonly TfTensor[];
}

/** A network. Disposing it frees its tensors. */
export interface Network extends Disposable {
  /** Builds its graphs. */
  readonly architecture: Architecture;
  /** Where it runs. */
  readonly machine: TrainingTfjs;
  /** Names of what the optimiser keeps for each parameter. */
  readonly states: readonly StateName[];
  /** Parameters that every step changes. */
  readonly slots: readonly Slot[];
  /** Parameters of which a batch reads a few rows, and how it names them. */
  readonly tables: readonly (LookUp & { readonly table: Table })[];
  /** Running means and variances of batch normalisations, by name. */
  readonly statistics: ReadonlyMap<string, TfTensor>;
  /** Layers that keep their largest activations only; `null` if there are none. */
  readonly winners: WinnerLayers | null;
  /** Values that it gives besides its outputs. */
  readonly keep: readonly string[];
  /** Names of all parameters, in the order of the checkpoint. */
  readonly names: readonly string[];
  /** The graph of a shape of batch; built once. */
  plan(shape: NetworkShape): Plan;
}

/** How a network is made. */
export interface NetworkOptions {
  /** What the optimiser keeps; nothing unless given, as for networks that are not trained. */
  readonly states?: readonly StateName[];
  /** Values to give besides the outputs. */
  readonly keep?: readonly string[];
  /** Layers that keep their largest activations only. */
  readonly winners?: NetworkWinnersPlan | null;
}

/** A network with copies of the parameters and an optimiser that has done nothing. */
export function createNetwork(
  machine: TrainingTfjs,
  architecture: Architecture,
  parameters: Parameters,
  { states = [], keep = [], winners = null }: NetworkOptions = {},
): Network {
  const { tf } = machine.ops;
  // One array of zeros for all shapes: each of its own would be as large as the largest parameter.
  const hollow = zeroParameters();
  const smallest = outlineOf(architecture, hollow);
  const lookUps = findLookUps(smallest);
  const running = statisticsOf(smallest);
  const inTables = new Set(lookUps.map(({ parameter }) => parameter));
  const place = ({ shape, data }: TensorOf<"float32">): TfTensor =>
    tf.keep(tf.tensor(data, [...shape], "float32"));
  const slots: Slot[] = [];
  const statistics = new Map<string, TfTensor>();
  for (const [name, tensor] of parameters) {
    if (inTables.has(name)) continue;
    if (running.has(name)) statistics.set(name, place(tensor));
    else {
      slots.push({
        name,
        weights: place(tensor),
        states: states.map(() => tf.keep(tf.zeros([...tensor.shape]))),
      });
    }
  }
  const tables = lookUps.map((lookUp) => {
    const { shape, data } = parameters.get(lookUp.parameter)!;
    const width = sizeOf(shape.slice(1));
    return { ...lookUp, table: createTable(lookUp.parameter, data.slice(), width, states.length) };
  });
  const plans = new Map<string, Plan>();
  // A ReLU that winners stand in for must not be taken into the layer before it.
  const apart = winners === null ? [] : reluInputs(smallest);
  return {
    ...{ architecture, machine, states, slots, tables, statistics, keep },
    winners: winners && createWinnerLayers(smallest, winners),
    names: [...parameters.keys()],
    plan(shape): Plan {
      const key = `${shape.batch}x${shape.sequence}`;
      const known = plans.get(key);
      if (known) return known;
      const plan = planGraph(architecture.build(shape, hollow), [...keep, ...apart]);
      plans.set(key, plan);
      return plan;
    },
    [Symbol.dispose](): void {
      for (const { weights, states } of slots) tf.dispose([weights, ...states]);
      tf.dispose([...statistics.values()]);
    },
  };
}

/** The graph of an architecture for the smallest shape, without its values unless a source is given. */
export function outlineOf(
  architecture: Architecture,
  source: ParameterSource = zeroParameters(),
): Graph {
  const sequence = architecture.item === "sequence" ? { sequence: 8 } : {};
  return architecture.build({ batch: 1, ...sequence }, source);
}

/** Parameters as a source gives them. */
export function parametersOf(architecture: Architecture, source: ParameterSource): Parameters {
  const parameters = new Map<string, TensorOf<"float32">>();
  outlineOf(architecture, (name, shape, start) => {
    const tensor = source(name, shape, start);
    parameters.set(name, tensor);
    return tensor;
  });
  return parameters;
}

function reluInputs({ nodes }: Graph): string[] {
  return nodes.flatMap(({ op, inputs }) => op === "Relu" ? [inputs[0]!] : []);
}

/** Names of running means and variances: they are not learnt by gradients. */
function statisticsOf({ nodes }: Graph): ReadonlySet<string> {
  return new Set(
    nodes.flatMap(({ op, inputs }) => op === "BatchNormalization" ? inputs.slice(3, 5) : []),
  );
}

/** Elements of a tensor in place, until memory is next allocated. */
export function viewOf(
  { machine }: { readonly machine: Pick<TrainingTfjs, "heap"> },
  tensor: TfTensor,
): Floats {
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

/** All parameters of a network, copied, in the order of the checkpoint. Rows of tables must be up to date. */
export function trainedParameters(network: Network): Map<string, TensorOf<"float32">> {
  const found = new Map<string, TensorOf<"float32">>();
  const copy = (tensor: TfTensor): TensorOf<"float32"> =>
    float32(tensor.shape, viewOf(network, tensor).slice());
  for (const { name, weights } of network.slots) found.set(name, copy(weights));
  for (const [name, tensor] of network.statistics) found.set(name, copy(tensor));
  for (const { table } of network.tables) {
    const { name, weights, width } = table;
    found.set(name, float32([weights.length / width, width], weights));
  }
  return new Map(network.names.map((name) => [name, found.get(name)!]));
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

/** The parameters of a checkpoint, if they are all float32. */
export function asParameters(tensors: ReadonlyMap<string, Tensor>): Parameters {
  const parameters = new Map<string, TensorOf<"float32">>();
  for (const [name, tensor] of tensors) {
    if (tensor.dtype !== "float32") {
      throw new TypeError(`Cannot train "${name}": it is ${tensor.dtype}, expected float32`);
    }
    parameters.set(name, tensor);
  }
  return parameters;
}
