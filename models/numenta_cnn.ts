/**
 * The small convolutional networks of Numenta's sparse-network papers (Ahmad and Scheinkman 2019): for spoken commands (GSC) and for
 * handwritten digits (MNIST), with the names of `nupic.torch`.
 *
 * Activations are ReLU: the published dense networks have it, and the sparse ones keep the k largest activations instead, which
 * changes neither the layers nor their weights.
 *
 * @module
 */
import { checkBatch } from "./check_sizes.ts";
import type { Graph } from "./graph.ts";
import { createNetworkBuilder, type NetworkBuilder } from "./network_builder.ts";
import { drawParameters, type ParameterSource } from "./parameter_source.ts";

/** Sizes of a network of two 5x5 convolutions and two fully connected layers. */
export interface NumentaCnnConfig {
  /** Short name, e.g. `gsc-cnn`. */
  readonly name: string;
  /** Rows and columns of the only plane: a mel spectrogram, or a digit. */
  readonly image: number;
  /** Channels of the convolutions. */
  readonly channels: readonly [number, number];
  /** Outputs of the first fully connected layer. */
  readonly hidden: number;
  /** Classes. */
  readonly classes: number;
  /** Whether each layer but the last is normalised (without gain and bias) and pooled after the activation, not before. */
  readonly normalised: boolean;
  /** Fraction of weights that are not zero in both convolutions and the first fully connected layer; dense if left out. */
  readonly densities?: readonly [number, number, number];
}

const gsc = { image: 32, classes: 12, normalised: true } as const;
const mnist = { image: 28, classes: 10, normalised: false } as const;

/** Name of a network. */
export type NumentaCnnName =
  | "gsc-cnn"
  | "gsc-cnn-2.1m"
  | "gsc-cnn-sparse"
  | "gsc-cnn-super-sparse"
  | "gsc-cnn-wide-sparse"
  | "mnist-cnn"
  | "mnist-cnn-sparse";

/** The networks of the source documents. */
export const numentaCnnConfigs: Readonly<Record<NumentaCnnName, NumentaCnnConfig>> = {
  // 1.7 M parameters
  "gsc-cnn": { ...gsc, name: "gsc-cnn", channels: [64, 64], hidden: 1000 },
  "gsc-cnn-2.1m": { ...gsc, name: "gsc-cnn-2.1m", channels: [64, 64], hidden: 1250 },
  "gsc-cnn-sparse": {
    ...gsc,
    name: "gsc-cnn-sparse",
    channels: [64, 64],
    hidden: 1000,
    densities: [0.5, 0.2, 0.1],
  },
  "gsc-cnn-super-sparse": {
    ...gsc,
    name: "gsc-cnn-super-sparse",
    channels: [64, 64],
    hidden: 1500,
    densities: [0.5, 0.2, 0.05],
  },
  // 160,952 parameters that are not zero
  "gsc-cnn-wide-sparse": {
    ...gsc,
    name: "gsc-cnn-wide-sparse",
    channels: [64, 128],
    hidden: 1500,
    densities: [0.5, 0.1, 0.025],
  },
  "mnist-cnn": { ...mnist, name: "mnist-cnn", channels: [32, 64], hidden: 700 },
  "mnist-cnn-sparse": {
    ...mnist,
    name: "mnist-cnn-sparse",
    channels: [32, 64],
    hidden: 700,
    densities: [0.6, 0.45, 0.2],
  },
};

/**
 * Builds the network for a batch. Input `images`: float32 `[B, 1, image, image]`. Output `logits`: `[B, classes]`.
 *
 * Zeros of a sparse network are drawn for each output on its own, as published.
 *
 * @throws {RangeError} If the batch is no integer from 1, or a plane is too small.
 */
export function buildNumentaCnn(
  config: NumentaCnnConfig,
  { batch }: { readonly batch: number },
  parameters: ParameterSource = drawParameters(),
): Graph {
  checkBatch(config.name, batch);
  const { image, channels: [first, second], hidden, classes } = config;
  const network = createNetworkBuilder(config.name, parameters);
  let x = network.input("images", "float32", [batch, 1, image, image]);
  x = convolution(network, x, config, 0, 1, first);
  x = convolution(network, x, config, 1, first, second);
  const plane = Math.floor((Math.floor((image - 4) / 2) - 4) / 2);
  const flat = network.node("Flatten", "flatten", [x]);
  const from = second * plane ** 2;
  let y = network.dense(flat, moduleName(config, "linear"), {
    from,
    to: hidden,
    ...nonZeros(config, 2, from),
  });
  if (config.normalised) y = network.batchNorm(y, "linear_bn", hidden, "fixed");
  const active = network.relu(y, "linear_relu");
  network.output(network.dense(active, "output", { from: hidden, to: classes }), "logits");
  return network.build();
}

/** A 5x5 convolution, then activation and pool in the order of the network's kind. */
function convolution(
  network: NetworkBuilder,
  x: string,
  config: NumentaCnnConfig,
  layer: 0 | 1,
  from: number,
  to: number,
): string {
  const name = `cnn${layer + 1}`;
  const zeros = nonZeros(config, layer, 25 * from);
  const sizes = { from, to, kernel: 5, bias: true, ...zeros };
  const y = network.conv(x, moduleName(config, name), sizes);
  const pool = (x: string) => network.maxPool(x, `${name}_maxpool`, 2, 2);
  const relu = (x: string) => network.relu(x, `${name}_relu`);
  if (!config.normalised) return relu(pool(y));
  return pool(relu(network.batchNorm(y, `${name}_batchnorm`, to, "fixed")));
}

/** Layers with masks are wrapped in the official code, which shows in their names. */
function moduleName({ densities }: NumentaCnnConfig, name: string): string {
  return densities ? `${name}.module` : name;
}

function nonZeros(
  { densities }: NumentaCnnConfig,
  layer: 0 | 1 | 2,
  inputs: number,
): { readonly nonZeros?: number } {
  return densities ? { nonZeros: roundHalfEven(densities[layer] * inputs) } : {};
}

/** Rounds as Python does: 12.5 to 12, since 12 is even. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 && floor % 2 === 0 ? floor : Math.round(value);
}
