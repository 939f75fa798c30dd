/**
 * ResNet v1.5 (He et al. 2016; the 3x3 convolution steps, not the 1x1) and ResNeXt (Xie et al. 2017) for ImageNet as ONNX graphs,
 * with the names and sizes of torchvision.
 *
 * @module
 */
import { checkBatch } from "./check_sizes.ts";
import type { Graph } from "./graph.ts";
import { createNetworkBuilder, type NetworkBuilder } from "./network_builder.ts";
import { drawParameters, type ParameterSource } from "./parameter_source.ts";
import { basicBlock, bottleneck } from "./residual_blocks.ts";

/** Sizes of a residual network. */
export interface ResNetConfig {
  /** Short name, e.g. `resnet50`. */
  readonly name: string;
  /** Two 3x3 convolutions a block, or 1x1, 3x3, 1x1 with four times as many channels outside. */
  readonly block: "basic" | "bottleneck";
  /** Blocks of each stage; the stages after the first halve the image. */
  readonly blocks: readonly number[];
  /** Channels of the stem, doubled by each stage; 64 as published. */
  readonly width: number;
  /** Groups of the 3x3 convolutions of bottlenecks. */
  readonly groups: number;
  /** Channels of a group in the first stage; 64 in networks without groups. */
  readonly groupWidth: number;
  /** Rows and columns of the image. */
  readonly image: number;
  /** Classes. */
  readonly classes: number;
}

/** Name of a published size. */
export type ResNetName = "resnet34" | "resnet50" | "resnext101-32x4d" | "resnext101-32x8d";

const imageNet = { width: 64, groups: 1, groupWidth: 64, image: 224, classes: 1000 } as const;

/** The published networks for ImageNet. */
export const resNetConfigs: Readonly<Record<ResNetName, ResNetConfig>> = {
  "resnet34": { ...imageNet, name: "resnet34", block: "basic", blocks: [3, 4, 6, 3] },
  "resnet50": { ...imageNet, name: "resnet50", block: "bottleneck", blocks: [3, 4, 6, 3] },
  "resnext101-32x4d": resNext101("resnext101-32x4d", 4),
  "resnext101-32x8d": resNext101("resnext101-32x8d", 8),
};

function resNext101(name: ResNetName, groupWidth: number): ResNetConfig {
  return { ...imageNet, name, block: "bottleneck", blocks: [3, 4, 23, 3], groups: 32, groupWidth };
}

/**
 * Builds the network for a batch.
 *
 * Input `images`: float32 `[B, 3, image, image]`. Output `logits`: `[B, classes]`.
 *
 * @param parameters Drawn afresh from a fixed seed unless given; 355 MB and a few seconds for ResNeXt-101 32x8d.
 * @throws {RangeError} If the batch or the image is too small.
 */
export function buildResNet(
  config: ResNetConfig,
  { batch }: { readonly batch: number },
  parameters: ParameterSource = drawParameters(),
): Graph {
  checkBatch(config.name, batch);
  const { image, width, classes, blocks } = config;
  const network = createNetworkBuilder(config.name, parameters);
  let x = stem(network, network.input("images", "float32", [batch, 3, image, image]), width);
  let channels = width;
  blocks.forEach((count, i) => {
    [x, channels] = stage(network, x, `layer${i + 1}`, config, {
      from: channels,
      planes: width * 2 ** i,
      count,
      stride: i === 0 ? 1 : 2,
    });
  });
  const pooled = network.node("GlobalAveragePool", "avgpool", [x]);
  const flat = network.node("Flatten", "flatten", [pooled]);
  network.output(network.dense(flat, "fc", { from: channels, to: classes }), "logits");
  return network.build();
}

/** A 7x7 convolution and a pool, each of which halves the image. */
function stem(network: NetworkBuilder, x: string, width: number): string {
  const y = network.conv(x, "conv1", { from: 3, to: width, kernel: 7, stride: 2, pad: 3 });
  return network.maxPool(
    network.relu(network.batchNorm(y, "bn1", width), "relu"),
    "maxpool",
    3,
    2,
    1,
  );
}

interface Stage {
  readonly from: number;
  /** Channels that the block's own are reckoned from. */
  readonly planes: number;
  readonly count: number;
  readonly stride: number;
}

/** Blocks of one size, the first of which steps; gives its output and that value's channels. */
export function stage(
  network: NetworkBuilder,
  x: string,
  name: string,
  { block, groups, groupWidth }: Pick<ResNetConfig, "block" | "groups" | "groupWidth">,
  { from, planes, count, stride }: Stage,
): [string, number] {
  const deep = block === "bottleneck";
  const to = deep ? 4 * planes : planes;
  const inner = deep ? Math.floor(planes * groupWidth / 64) * groups : planes;
  const write = deep ? bottleneck : basicBlock;
  for (let i = 0; i < count; i++) {
    const first = { from, stride };
    const later = { from: to, stride: 1 };
    x = write(network, x, `${name}.${i}`, { ...(i === 0 ? first : later), inner, to, groups });
  }
  return [x, to];
}
