/**
 * The inner loops of convolutions of images: their interface, and plain versions of them.
 *
 * @module
 */
import type { SpatialWindow } from "../../models/mod.ts";
import type { Floats } from "./loops.ts";
import type { KeptWeights } from "./sparse/kept_weights.ts";

/** Sizes of a convolution of `[images, groups · inputs, H, W]` by `[groups · outputs, inputs, KH, KW]`. */
export interface ConvolutionSizes {
  /** Images. */
  readonly images: number;
  /** Groups of channels that do not see each other. */
  readonly groups: number;
  /** Input channels of a group. */
  readonly inputs: number;
  /** Output channels of a group. */
  readonly outputs: number;
  /** Height and width of an image. */
  readonly image: readonly [number, number];
  /** The window, with height and width of the output. */
  readonly window: SpatialWindow;
}

/**
 * A convolution and its gradients. They overwrite their last arrays. Where `kept` is given, other weights are not read and count as 0,
 * and so do gradients by them; default: all are kept.
 */
export interface ConvolutionLoops {
  /** `y = conv(x, weights)`, plus one of `bias` to every output channel if there is one. */
  convolve(
    x: Floats,
    weights: Floats,
    bias: Floats | null,
    sizes: ConvolutionSizes,
    y: Floats,
    kept?: KeptWeights | null,
  ): void;
  /** Gradient of {@linkcode ConvolutionLoops.convolve} by `x`. */
  convolveByInput(
    dy: Floats,
    weights: Floats,
    sizes: ConvolutionSizes,
    dx: Floats,
    kept?: KeptWeights | null,
  ): void;
  /** Gradient of {@linkcode ConvolutionLoops.convolve} by the weights. */
  convolveByWeights(
    x: Floats,
    dy: Floats,
    sizes: ConvolutionSizes,
    dWeights: Floats,
    kept?: KeptWeights | null,
  ): void;
}

/** Runs `body` for every product with a weight that counts: places in x, weights and y. */
function forEachProduct(
  { images, groups, inputs, outputs, image: [height, width], window }: ConvolutionSizes,
  keeps: KeptWeights | null,
  body: (x: number, weight: number, y: number) => void,
): void {
  const { kernel, strides, dilations, pads, output } = window;
  /** The row or column of the image that a tap meets. */
  const meet = (axis: 0 | 1, place: number, tap: number): number =>
    place * strides[axis] + tap * dilations[axis] - pads[axis];
  for (let plane = 0; plane < images * groups * outputs; plane++) {
    const out = plane % (groups * outputs);
    const first = Math.floor(plane / outputs) * inputs; // input channel of its group and image
    for (let tap = 0; tap < inputs * kernel[0] * kernel[1]; tap++) {
      const weight = out * inputs * kernel[0] * kernel[1] + tap;
      if (keeps?.kept[weight] === 0) continue;
      const channel = Math.floor(tap / (kernel[0] * kernel[1]));
      const [ky, kx] = [Math.floor(tap / kernel[1]) % kernel[0], tap % kernel[1]];
      for (let oy = 0; oy < output[0]; oy++) {
        const row = meet(0, oy, ky);
        if (row < 0 || row >= height) continue;
        for (let ox = 0; ox < output[1]; ox++) {
          const column = meet(1, ox, kx);
          if (column < 0 || column >= width) continue;
          body(
            ((first + channel) * height + row) * width + column,
            weight,
            (plane * output[0] + oy) * output[1] + ox,
          );
        }
      }
    }
  }
}

/** {@linkcode ConvolutionLoops} in plain TypeScript. */
export const plainConvolutionLoops: ConvolutionLoops = {
  convolve(x, weights, bias, sizes, y, kept = null): void {
    const { groups, outputs, window: { output } } = sizes;
    const plane = output[0] * output[1];
    for (let i = 0; i < y.length; i++) {
      y[i] = bias ? bias[Math.floor(i / plane) % (groups * outputs)]! : 0;
    }
    forEachProduct(sizes, kept, (from, weight, to) => y[to]! += x[from]! * weights[weight]!);
  },
  convolveByInput(dy, weights, sizes, dx, kept = null): void {
    dx.fill(0);
    forEachProduct(sizes, kept, (to, weight, from) => dx[to]! += dy[from]! * weights[weight]!);
  },
  convolveByWeights(x, dy, sizes, dWeights, kept = null): void {
    const totals = new Float64Array(dWeights.length);
    forEachProduct(sizes, kept, (from, weight, at) => totals[weight]! += x[from]! * dy[at]!);
    dWeights.set(totals);
  },
};
