/**
 * The two blocks of residual networks (He et al. 2016), with torchvision's names.
 *
 * @module
 */
import type { NetworkBuilder } from "./network_builder.ts";

/** Sizes of a residual block. */
export interface BlockSizes {
  /** Input channels. */
  readonly from: number;
  /** Channels of the 3x3 convolutions. */
  readonly inner: number;
  /** Output channels. */
  readonly to: number;
  /** Step of the block. */
  readonly stride: number;
  /** Groups of a bottleneck's 3x3 convolution. */
  readonly groups: number;
}

/** Writes a block and gives its output. */
export type Block = (network: NetworkBuilder, x: string, name: string, sizes: BlockSizes) => string;

/**
 * Where the gain of a block's last normalisation starts. Without statistics of data a block at full gain doubles the variance of
 * what runs through, 33 times in ResNeXt-101; this keeps activations of a fresh network in the range of a trained one's.
 */
export const BRANCH_GAIN = 0.2;

/** Two 3x3 convolutions, the first of which steps; `inner` equals `to`, and there are no groups. */
export function basicBlock(
  network: NetworkBuilder,
  x: string,
  name: string,
  sizes: BlockSizes,
): string {
  const { from, to, stride } = sizes;
  const first = network.conv(x, `${name}.conv1`, { from, to, kernel: 3, stride, pad: 1 });
  const active = network.relu(network.batchNorm(first, `${name}.bn1`, to), `${name}/Relu`);
  const second = network.conv(active, `${name}.conv2`, { from: to, to, kernel: 3, pad: 1 });
  const y = network.batchNorm(second, `${name}.bn2`, to, BRANCH_GAIN);
  return join(network, y, shortcut(network, x, name, sizes), name);
}

/** 1x1, 3x3, 1x1; the 3x3 steps ("v1.5"). */
export function bottleneck(
  network: NetworkBuilder,
  x: string,
  name: string,
  sizes: BlockSizes,
): string {
  const { from, inner, to, stride, groups } = sizes;
  const narrow = network.conv(x, `${name}.conv1`, { from, to: inner, kernel: 1 });
  const first = network.relu(network.batchNorm(narrow, `${name}.bn1`, inner), `${name}/Relu`);
  const window = { from: inner, to: inner, kernel: 3, stride, pad: 1, groups };
  const seen = network.batchNorm(
    network.conv(first, `${name}.conv2`, window),
    `${name}.bn2`,
    inner,
  );
  const second = network.relu(seen, `${name}/Relu_1`);
  const wide = network.conv(second, `${name}.conv3`, { from: inner, to, kernel: 1 });
  const y = network.batchNorm(wide, `${name}.bn3`, to, BRANCH_GAIN);
  return join(network, y, shortcut(network, x, name, sizes), name);
}

function shortcut(
  network: NetworkBuilder,
  x: string,
  name: string,
  { from, to, stride }: BlockSizes,
): string {
  if (from === to && stride === 1) return x;
  const y = network.conv(x, `${name}.downsample.0`, { from, to, kernel: 1, stride });
  return network.batchNorm(y, `${name}.downsample.1`, to);
}

function join(network: NetworkBuilder, y: string, x: string, name: string): string {
  return network.relu(network.node("Add", `${name}/Add`, [y, x]), `${name}/Relu_2`);
}
