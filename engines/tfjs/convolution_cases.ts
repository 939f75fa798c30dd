/**
 * Convolutions for tests, told by what is special about them.
 *
 * @module
 */
import { sizeOf } from "../../core/mod.ts";
import type { ConvolutionSizes } from "./convolution_loops.ts";

/** What is special about a convolution; the rest is plain. */
export interface ConvolutionCase {
  readonly images: number;
  readonly groups?: number;
  readonly channels: readonly [inputs: number, outputs: number];
  readonly image: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly strides?: readonly [number, number];
  readonly dilations?: readonly [number, number];
  readonly pads?: readonly [number, number, number, number];
}

/** Its sizes, the output among them. */
export function sizesOf(example: ConvolutionCase): ConvolutionSizes {
  const { images, groups = 1, channels: [inputs, outputs], image, kernel } = example;
  const { strides = [1, 1], dilations = [1, 1], pads = [0, 0, 0, 0] } = example;
  const output = [0, 1].map((axis) => {
    const extent = dilations[axis]! * (kernel[axis]! - 1) + 1;
    const room = pads[axis]! + image[axis]! + pads[axis + 2]! - extent;
    return Math.floor(room / strides[axis]!) + 1;
  }) as [number, number]; // two axes
  return {
    images,
    groups,
    inputs,
    outputs,
    image,
    window: { kernel, strides, dilations, pads, output },
  };
}

/** Elements of its tensors. */
export function lengthsOf({ images, groups, inputs, outputs, image, window }: ConvolutionSizes): {
  x: number;
  weights: number;
  y: number;
} {
  return {
    x: images * groups * inputs * sizeOf(image),
    weights: groups * outputs * inputs * sizeOf(window.kernel),
    y: images * groups * outputs * sizeOf(window.output),
  };
}
