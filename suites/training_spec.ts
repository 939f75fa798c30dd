/**
 * What a step of training is timed on.
 *
 * @module
 */
import { createRandom, drawMask, float32, type Mask, parsePattern, sizeOf } from "../core/mod.ts";
import { convolutionWeights } from "../kernels/mod.ts";
import {
  bertConfigs,
  type BertName,
  bertNetwork,
  CONSTANT_PREFIX,
  drawInputs,
  drawParameters,
  type Graph,
  type GraphLayer,
  graphLayers,
  type Network,
  networkNamed,
} from "../models/mod.ts";
import type { Tensors } from "../engines/mod.ts";

/** A network in training, small enough to be sent to another process. */
export interface TrainingSpec {
  /** Name of the network. */
  readonly network: string;
  /** Examples of a step. */
  readonly batch: number;
  /** Tokens of a sequence; `null` where there are none. */
  readonly sequence: number | null;
  /** Pattern of the zeros, and their fraction in the layers that are pruned; `null` for a dense network. */
  readonly zeros: { readonly pattern: string; readonly sparsity: number } | null;
}

/** What is not as in a real training, in words for a result. */
export function trainingDeviations({ network, sequence }: TrainingSpec): readonly string[] {
  return sequence === null
    ? [
      `${network}: tfjs' WebAssembly backend lacks the gradient of a convolution by its weights, ` +
      "which is put together from its other operations",
    ]
    : [
      `${network}: the table of words has ${BATCH_WORDS} rows, as many as a batch may have words; tfjs leaves tables as ` +
      "they are, since its WebAssembly backend cannot differentiate look-ups",
    ];
}

/** Id of a cell, e.g. `bert-mini training f32 4x1 0.9 batch=16 seq=128`. */
export function trainingCell({ network, batch, sequence, zeros }: TrainingSpec): string {
  const pattern = zeros === null ? "dense 0" : `${zeros.pattern} ${zeros.sparsity}`;
  const tokens = sequence === null ? "" : ` seq=${sequence}`;
  return `${network} training f32 ${pattern} batch=${batch}${tokens}`;
}

/** A network in training with everything that all contestants share. */
export interface TrainingNetwork {
  /** The graph. */
  readonly graph: Graph;
  /** Inputs of a step. */
  readonly inputs: Tensors;
  /** The class of each example. */
  readonly labels: Int32Array;
  /** Parameters that a look-up reads. */
  readonly tables: ReadonlySet<string>;
  /** Parameters that are trained, tables included. */
  readonly trained: readonly string[];
  /** Masks of pruned weights, as the matrices that patterns are drawn on. */
  readonly masks: ReadonlyMap<string, Mask>;
}

/**
 * Words of a batch: our training gives the network a table of those alone, so that what is timed does not depend on the
 * vocabulary.
 */
const BATCH_WORDS = 1024;
/** So that no bias is 0, against which differences could not be judged. */
const SPREAD = 0.02;

/** Draws a network, its masks and a batch. */
export function drawTraining(spec: TrainingSpec): TrainingNetwork {
  const { batch, sequence, zeros } = spec;
  const source = drawParameters(1);
  const shape = sequence === null ? { batch } : { batch, sequence };
  const drawn = openTrained(spec).build(shape, (name, sizes, start) => {
    const { data } = source(name, sizes, start);
    const random = createRandom(`spread ${name}`);
    return float32(sizes, data.map((value) => value + SPREAD * random.normal()));
  });
  const masks = zeros === null ? new Map<string, Mask>() : drawMasks(drawn, zeros);
  const initializers = new Map(drawn.initializers);
  for (const [name, mask] of masks) {
    const tensor = initializers.get(name)!;
    if (tensor.dtype !== "float32") continue;
    const factors = factorsOf(mask, tensor.shape);
    initializers.set(name, { ...tensor, data: tensor.data.map((value, i) => value * factors[i]!) });
  }
  const graph = { ...drawn, initializers };
  const trained = trainedNames(graph);
  const read = new Set(
    graph.nodes.flatMap(({ op, inputs }) => op === "Gather" ? inputs.slice(0, 1) : []),
  );
  const random = createRandom("labels");
  const classes = graph.outputs[0]!.shape.at(-1)!;
  return {
    graph,
    inputs: drawInputs(graph),
    labels: Int32Array.from({ length: batch }, () => random.integer(classes)),
    tables: new Set(trained.filter((name) => read.has(name))),
    trained,
    masks,
  };
}

function openTrained({ network, sequence }: TrainingSpec): Network {
  const config = bertConfigs[network as BertName]; // undefined for other networks
  if (config === undefined) return networkNamed(network);
  const head = { head: "classification", classes: 2, vocabulary: BATCH_WORDS } as const;
  return bertNetwork({ ...config, ...head }, sequence ?? config.positions);
}

function trainedNames(graph: Graph): string[] {
  const running = new Set(
    graph.nodes.flatMap(({ op, inputs }) => op === "BatchNormalization" ? inputs.slice(3) : []),
  );
  return [...graph.initializers].filter(([name, { dtype }]) =>
    dtype === "float32" && !name.startsWith(CONSTANT_PREFIX) && !running.has(name)
  ).map(([name]) => name);
}

/** A mask in the order of the weights: 1 where they are kept. */
export function factorsOf(
  { rows, kept }: Mask,
  shape: readonly number[],
): Float32Array<ArrayBuffer> {
  return convolutionWeights(Float32Array.from(kept), rows, sizeOf(shape.slice(2)));
}

/** Linear layers of the encoder; where there is none, the convolutions, but for the first, which sees three channels. */
function prunedLayers(graph: Graph): readonly GraphLayer[] {
  const layers = graphLayers(graph);
  const linear = layers.filter(({ shape, weight }) =>
    shape.length === 2 && weight.includes("encoder")
  );
  return linear.length > 0 ? linear : layers.filter(({ shape }) => shape.length === 4).slice(1);
}

function drawMasks(
  graph: Graph,
  { pattern, sparsity }: NonNullable<TrainingSpec["zeros"]>,
): Map<string, Mask> {
  return new Map(
    prunedLayers(graph).map(({ weight, rows, groups, inner }) => {
      const random = createRandom(`mask ${weight}`);
      return [weight, drawMask(random, rows * groups, inner, parsePattern(pattern), sparsity)];
    }),
  );
}
