/**
 * The small convolutional networks of Numenta's sparse-network papers (Ahmad and Scheinkman 2019): for spoken commands (GSC) and for
 * handwritten digits (MNIST), with the names of `nupic.torch`.
 *
 * Activations are ReLU: the published dense networks have it, and the sparse ones keep the k largest activations instead, which
 * changes neither the layers nor their weights. All start as PyTorch has it, and zeros are put into sparse ones, as in `nupic.torch`.
 *
 * @module
 */
import { roundHalfEven } from "../core/mod.ts";
import { checkBatch } from "./check_sizes.ts";
import type { Graph } from "./graph.ts";
import { createNetworkBuilder, type NetworkBuilder, torchStart } from "./network_builder.ts";
import { drawParameters, type ParameterSource, type Start } from "./parameter_source.ts";

/** Sizes of a network of one or two 5x5 convolutions and two fully connected layers. */
export interface NumentaCnnConfig {
  /** Short name, e.g. `gsc-cnn`. */
  readonly name: string;
  /** Rows and columns of the only plane: a mel spectrogram, or a digit. */
  readonly image: number;
  /** Channels of each convolution. */
  readonly channels: readonly number[];
  /** Outputs of the first fully connected layer. */
  readonly hidden: number;
  /** Classes. */
  readonly classes: number;
  /** Whether each layer but the last is normalised (without gain and bias) and pooled after the activation, not before. */
  readonly normalised: boolean;
  /** Fraction of weights that are not zero in each layer but the last, which is dense; all are dense if left out. */
  readonly densities?: readonly number[];
}

type Sizes = Pick<NumentaCnnConfig, "channels" | "hidden" | "densities">;

function gsc(name: string, sizes: Sizes): NumentaCnnConfig {
  return { name, image: 32, classes: 12, normalised: true, ...sizes };
}

function mnist(name: string, sizes: Sizes): NumentaCnnConfig {
  return { name, image: 28, classes: 10, normalised: false, ...sizes };
}

/**
 * The networks of the source documents: those of `nupic.torch`, a wide one with 160,952 parameters that are not zero, the one with
 * 2.1 million, and the eight of the paper's MNIST table, named as there: `SP3` has a sparse third layer, `D3` a dense one, `W1` all
 * weights, `DSW` dense activations on sparse weights.
 */
export const numentaCnnConfigs: readonly NumentaCnnConfig[] = [
  gsc("gsc-cnn", { channels: [64, 64], hidden: 1000 }),
  gsc("gsc-cnn-2.1m", { channels: [64, 64], hidden: 1250 }),
  gsc("gsc-cnn-sparse", { channels: [64, 64], hidden: 1000, densities: [0.5, 0.2, 0.1] }),
  gsc("gsc-cnn-super-sparse", { channels: [64, 64], hidden: 1500, densities: [0.5, 0.2, 0.05] }),
  gsc("gsc-cnn-wide-sparse", { channels: [64, 128], hidden: 1500, densities: [0.5, 0.1, 0.025] }),
  mnist("mnist-cnn", { channels: [32, 64], hidden: 700 }),
  mnist("mnist-cnn-sparse", { channels: [32, 64], hidden: 700, densities: [0.6, 0.45, 0.2] }),
  mnist("mnist-dense-cnn-1", { channels: [30], hidden: 1000 }),
  mnist("mnist-dense-cnn-2", { channels: [30, 30], hidden: 1000 }),
  mnist("mnist-sparse-cnn-1", { channels: [30], hidden: 150, densities: [1, 0.3] }),
  mnist("mnist-sparse-cnn-2", { channels: [32, 64], hidden: 700, densities: [1, 1, 0.3] }),
  mnist("mnist-dense-cnn-2-sp3", { channels: [30, 30], hidden: 700, densities: [1, 1, 0.3] }),
  mnist("mnist-sparse-cnn-2-d3", { channels: [32, 64], hidden: 1000 }),
  mnist("mnist-sparse-cnn-2-w1", { channels: [32, 64], hidden: 700 }),
  mnist("mnist-sparse-cnn-2-dsw", { channels: [32, 64], hidden: 1000, densities: [1, 1, 0.3] }),
];

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
  const { channels, hidden, classes } = config;
  const network = createNetworkBuilder(config.name, parameters);
  let x = network.input("images", "float32", [batch, 1, config.image, config.image]);
  let plane = config.image;
  channels.forEach((to, i) => {
    x = convolution(network, x, config, i, channels[i - 1] ?? 1, to);
    plane = Math.floor((plane - 4) / 2);
  });
  const from = channels.at(-1)! * plane ** 2;
  const { module, starts } = layerOf(config, channels.length, "linear", from);
  const sizes = { from, to: hidden, ...starts };
  let y = network.dense(network.node("Flatten", "flatten", [x]), module, sizes);
  if (config.normalised) y = network.batchNorm(y, "linear_bn", hidden, "fixed");
  const active = network.relu(y, "linear_relu");
  const last = { from: hidden, to: classes, ...startsOf(hidden) };
  network.output(network.dense(active, "output", last), "logits");
  return network.build();
}

/** A 5x5 convolution, then activation and pool in the order of the network's kind. */
function convolution(
  network: NetworkBuilder,
  x: string,
  config: NumentaCnnConfig,
  layer: number,
  from: number,
  to: number,
): string {
  const name = `cnn${layer + 1}`;
  const { module, starts } = layerOf(config, layer, name, 25 * from);
  const y = network.conv(x, module, { from, to, kernel: 5, ...starts });
  const pool = (x: string) => network.maxPool(x, `${name}_maxpool`, 2, 2);
  const relu = (x: string) => network.relu(x, `${name}_relu`);
  if (!config.normalised) return relu(pool(y));
  return pool(relu(network.batchNorm(y, `${name}_batchnorm`, to, "fixed")));
}

/** How a layer starts. */
interface Starts {
  readonly weight: Start;
  readonly bias: Start;
}

/** A layer's name, and how it starts. The official code wraps sparse layers, which shows in their names. */
function layerOf(
  { densities }: NumentaCnnConfig,
  layer: number,
  name: string,
  inputs: number,
): { readonly module: string; readonly starts: Starts } {
  const density = densities?.[layer] ?? 1;
  if (density === 1) return { module: name, starts: startsOf(inputs) };
  return { module: `${name}.module`, starts: startsOf(inputs, roundHalfEven(density * inputs)) };
}

/** Zeros are put into weights that were drawn without them: they do not make the others larger. */
function startsOf(inputs: number, nonZeros?: number): Starts {
  return { weight: torchStart(inputs, nonZeros), bias: torchStart(inputs) };
}
