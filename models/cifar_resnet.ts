/**
 * The residual networks for CIFAR of He et al. 2016, section 4.2: three stages of 16, 32 and 64 channels, and shortcuts without
 * parameters ("option A").
 *
 * @module
 */
import { float32 } from "../core/mod.ts";
import { checkBatch } from "./check_sizes.ts";
import type { Graph } from "./graph.ts";
import { int } from "./graph_builder.ts";
import { createNetworkBuilder, type NetworkBuilder } from "./network_builder.ts";
import { drawParameters, type ParameterSource } from "./parameter_source.ts";
import { BRANCH_GAIN } from "./residual_blocks.ts";

/** Sizes of a residual network for CIFAR. */
export interface CifarResNetConfig {
  /** Short name, e.g. `resnet20`. */
  readonly name: string;
  /** Blocks of each of the three stages (n); the network has 6n + 2 layers. */
  readonly blocks: number;
  /** Channels of the first stage, doubled by each later one; 16 as published. */
  readonly width: number;
  /** Rows and columns of the image, a multiple of 4. */
  readonly image: number;
  /** Classes. */
  readonly classes: number;
}

/** The two depths that are measured here. */
export const cifarResNetConfigs: Readonly<Record<"resnet20" | "resnet56", CifarResNetConfig>> = {
  resnet20: { name: "resnet20", blocks: 3, width: 16, image: 32, classes: 10 },
  resnet56: { name: "resnet56", blocks: 9, width: 16, image: 32, classes: 10 },
};

/** What the blocks share. */
interface Context {
  readonly network: NetworkBuilder;
  readonly batch: number;
}

/**
 * Builds the network for a batch. Input `images`: float32 `[B, 3, image, image]`. Output `logits`: `[B, classes]`.
 *
 * @throws {RangeError} If the batch is no integer from 1.
 */
export function buildCifarResNet(
  config: CifarResNetConfig,
  { batch }: { readonly batch: number },
  parameters: ParameterSource = drawParameters(),
): Graph {
  checkBatch(config.name, batch);
  const { width, image, classes, blocks } = config;
  const network = createNetworkBuilder(config.name, parameters);
  const images = network.input("images", "float32", [batch, 3, image, image]);
  const stem = network.conv(images, "conv1", { from: 3, to: width, kernel: 3, pad: 1 });
  let x = network.relu(network.batchNorm(stem, "bn1", width), "relu");
  for (let i = 0; i < 3 * blocks; i++) {
    const stage = Math.floor(i / blocks);
    const widens = stage > 0 && i % blocks === 0;
    const name = `layer${stage + 1}.${i % blocks}`;
    const to = width * 2 ** stage;
    const plane = image / 2 ** stage;
    x = widens
      ? block({ network, batch }, x, name, to / 2, to, plane)
      : block({ network, batch }, x, name, to, to, plane);
  }
  const flat = network.node("Flatten", "flatten", [
    network.node("GlobalAveragePool", "avgpool", [x]),
  ]);
  network.output(network.dense(flat, "linear", { from: 4 * width, to: classes }), "logits");
  return network.build();
}

/** Two 3x3 convolutions beside a shortcut; `plane` is the size of the output. */
function block(
  context: Context,
  x: string,
  name: string,
  from: number,
  to: number,
  plane: number,
): string {
  const { network } = context;
  const stride = from === to ? 1 : 2;
  const first = network.conv(x, `${name}.conv1`, { from, to, kernel: 3, stride, pad: 1 });
  const active = network.relu(network.batchNorm(first, `${name}.bn1`, to), `${name}/Relu`);
  const second = network.conv(active, `${name}.conv2`, { from: to, to, kernel: 3, pad: 1 });
  const y = network.batchNorm(second, `${name}.bn2`, to, BRANCH_GAIN);
  const beside = from === to ? x : paddedShortcut(context, x, name, to - from, plane);
  return network.relu(network.node("Add", `${name}/Add`, [y, beside]), `${name}/Relu_1`);
}

/** Every second pixel (a pool of one cell), between as many channels of zeros before and behind. */
function paddedShortcut(
  { network, batch }: Context,
  x: string,
  name: string,
  missing: number,
  plane: number,
): string {
  const half = [batch, missing / 2, plane, plane];
  const zeros = network.constant(`zeros [${half}]`, float32(half));
  const picked = network.maxPool(x, `${name}.shortcut/MaxPool`, 1, 2);
  return network.node("Concat", `${name}.shortcut/Concat`, [zeros, picked, zeros], {
    axis: int(1),
  });
}
