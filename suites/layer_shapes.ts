/**
 * Layers of the networks that claims are about: sizes, and the pattern and sparsity that each claim prunes them with.
 *
 * Sources: the models' own definitions (ResNet-50 v1.5, ResNeXt-101 32x8d, the two SSD-ResNet34 of MLPerf, DLRM of MLPerf,
 * BERT), Numenta's keyword-spotting network, and the shapes that Intel's SparseLib published times of.
 *
 * @module
 */
import type { ConvolutionShape } from "../kernels/mod.ts";

/** `[outputs, inputs, lanes]`. */
export type LinearSize = readonly [rows: number, cols: number, lanes: number];

/** `[inputs, outputs, kernel, stride, side of the input plane, groups, padding]`; by default stride 1 keeps the plane. */
export type ConvolutionSize = readonly [
  inChannels: number,
  outChannels: number,
  kernel: number,
  stride: number,
  side: number,
  groups?: number,
  padding?: number,
];

/** Layers of one network, each kind once. */
export interface NetworkLayers {
  /** Tag of its cells. */
  readonly network: string;
  /** Whether activations and weights are bytes. */
  readonly quantized?: boolean;
  /** Patterns with their sparsities. */
  readonly pruned: readonly (readonly [pattern: string, sparsity: number])[];
  /** Linear layers. */
  readonly linear?: readonly LinearSize[];
  /** Convolutions. */
  readonly convolutions?: readonly ConvolutionSize[];
}

/** Sizes of a convolution of one image. */
export function convolutionShape(size: ConvolutionSize): ConvolutionShape {
  const [inChannels, outChannels, kernel, stride, side, groups = 1, padding] = size;
  return {
    images: 1,
    inChannels,
    outChannels,
    height: side,
    width: side,
    kernel,
    stride,
    padding: padding ?? (kernel - 1) / 2,
    groups,
  };
}

const TRANSFORMER = (hidden: number, lanes: number): readonly LinearSize[] => [
  [hidden, hidden, lanes],
  [4 * hidden, hidden, lanes],
  [hidden, 4 * hidden, lanes],
];

const RESNET50: readonly ConvolutionSize[] = [
  [3, 64, 7, 2, 224],
  [64, 64, 1, 1, 56],
  [64, 64, 3, 1, 56],
  [64, 256, 1, 1, 56],
  [256, 64, 1, 1, 56],
  [256, 128, 1, 1, 56],
  [128, 128, 3, 2, 56],
  [128, 512, 1, 1, 28],
  [256, 512, 1, 2, 56],
  [512, 128, 1, 1, 28],
  [128, 128, 3, 1, 28],
  [512, 256, 1, 1, 28],
  [256, 256, 3, 2, 28],
  [256, 1024, 1, 1, 14],
  [512, 1024, 1, 2, 28],
  [1024, 256, 1, 1, 14],
  [256, 256, 3, 1, 14],
  [1024, 512, 1, 1, 14],
  [512, 512, 3, 2, 14],
  [512, 2048, 1, 1, 7],
  [1024, 2048, 1, 2, 14],
  [2048, 512, 1, 1, 7],
  [512, 512, 3, 1, 7],
];

const RESNEXT101: readonly ConvolutionSize[] = [
  [64, 256, 1, 1, 56],
  [256, 256, 3, 1, 56, 32],
  [256, 256, 1, 1, 56],
  [256, 512, 1, 1, 56],
  [512, 512, 3, 2, 56, 32],
  [512, 512, 1, 1, 28],
  [256, 512, 1, 2, 56],
  [512, 512, 3, 1, 28, 32],
  [512, 1024, 1, 1, 28],
  [1024, 1024, 3, 2, 28, 32],
  [1024, 1024, 1, 1, 14],
  [512, 1024, 1, 2, 28],
  [1024, 1024, 3, 1, 14, 32],
  [1024, 2048, 1, 1, 14],
  [2048, 2048, 3, 2, 14, 32],
  [2048, 2048, 1, 1, 7],
  [1024, 2048, 1, 2, 14],
  [2048, 2048, 3, 1, 7, 32],
];

/** Backbone and heads of the detector; `head` is the stride of the heads. */
function detector(
  sides: readonly number[],
  maps: readonly number[],
  head: number,
): ConvolutionSize[] {
  const [stem = 0, plane = 0, half = 0] = sides;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = maps;
  return [
    [3, 64, 7, 2, stem],
    [64, 64, 3, 1, plane],
    [64, 128, 3, 2, plane],
    [128, 128, 3, 1, half],
    [64, 128, 1, 2, plane],
    [128, 256, 3, 1, half],
    [256, 256, 3, 1, half],
    [128, 256, 1, 1, half],
    [256, 256, 1, 1, a],
    [256, 512, 3, 2, a],
    [512, 256, 1, 1, b],
    [256, 512, 3, 2, b],
    [512, 128, 1, 1, c],
    [128, 256, 3, 2, c],
    [256, 128, 1, 1, d],
    [128, 256, 3, 1, e + 2, 1, 0],
    [256, 128, 1, 1, e],
    [128, 256, 3, 1, f + 2, 1, 0],
    ...([[256, a, 4], [512, b, 6], [512, c, 6], [256, d, 6], [256, e, 4]] as const).flatMap(
      ([channels, side, boxes]): ConvolutionSize[] => [
        [channels, 4 * boxes, 3, head, side],
        [channels, 81 * boxes, 3, head, side],
      ],
    ),
  ];
}

/** Every network. */
export const NETWORKS: readonly NetworkLayers[] = [
  { network: "bert-large", pruned: [["2x1", 0.7]], linear: TRANSFORMER(1024, 384) },
  {
    network: "bert-base",
    pruned: [["unstructured", 0.9], ["4x1", 0.8]],
    linear: TRANSFORMER(768, 128),
  },
  { network: "bert-mini", pruned: [["4x1", 0.9], ["2:4", 0.5]], linear: TRANSFORMER(256, 128) },
  {
    network: "dlrm",
    quantized: true,
    pruned: [["dlrm-4x16", 0.85]],
    linear: [[1024, 1024, 128], [512, 1024, 128], [256, 512, 128]],
  },
  {
    network: "resnet50",
    pruned: [["2x1", 0.78]],
    linear: [[1000, 2048, 16]],
    convolutions: RESNET50,
  },
  { network: "resnext101", pruned: [["2x1", 0.73]], convolutions: RESNEXT101 },
  {
    network: "ssd-300",
    pruned: [["2x1", 0.75]],
    convolutions: detector([300, 75, 38], [38, 19, 10, 5, 3, 1], 1),
  },
  {
    network: "ssd-1200",
    pruned: [["2x1", 0.75]],
    convolutions: detector([1200, 300, 150], [150, 75, 38, 19, 9, 7], 3),
  },
  {
    network: "gsc",
    pruned: [["unstructured", 0.9]],
    linear: [[1000, 1600, 1], [1000, 1600, 64]],
    convolutions: [[64, 64, 5, 1, 14]],
  },
  {
    network: "sparselib",
    pruned: [["4x1", 0.7], ["4x1", 0.8], ["4x1", 0.9]],
    linear: [
      [256, 256, 16],
      [256, 1024, 16],
      [1024, 256, 16],
      [1024, 1024, 16],
      [1024, 4096, 16],
      [4096, 1024, 16],
      [768, 768, 16],
      [768, 3072, 16],
      [1024, 1024, 32],
      [1024, 1024, 48],
      [256, 256, 48],
      [4096, 1024, 48],
      [3072, 756, 512],
    ],
  },
];
