/**
 * Convolution and pooling in float64 and in the plainest loops, after the ONNX operator reference.
 *
 * @module
 */
import type { ConvolutionWeights, PlacedWindow } from "../formats/mod.ts";
import type { PostOp } from "../ops/mod.ts";
import { referencePostOp } from "./activations.ts";

/** A convolution. */
export interface ConvolutionProblem {
  /** Weights and channels. */
  readonly weights: ConvolutionWeights;
  /** The window. */
  readonly window: PlacedWindow;
  /** Images. */
  readonly images: number;
  /** `[image][IC][y][x]`. */
  readonly x: Float32Array;
  /** `[OC]`, or `null`. */
  readonly bias: Float32Array | null;
  /** `[image][OC][y][x]`, or `null`. */
  readonly residual: Float32Array | null;
  /** Applied last. */
  readonly post: PostOp;
}

/** `post(W * x + bias + residual)`, `[image][OC][y][x]`. */
export function referenceConvolution(problem: ConvolutionProblem): Float64Array {
  const { weights, window, images, x, bias, residual, post } = problem;
  const { outputChannels, inputChannels, groups, values } = weights;
  const { image: [height, width], output: [rows, cols] } = window;
  const channels = inputChannels / groups;
  const taps = window.kernel[0] * window.kernel[1];
  const y = new Float64Array(images * outputChannels * rows * cols);
  for (let at = 0; at < y.length; at++) {
    const col = at % cols;
    const row = Math.floor(at / cols) % rows;
    const oc = Math.floor(at / cols / rows) % outputChannels;
    const image = Math.floor(at / cols / rows / outputChannels);
    const first = Math.floor(oc / (outputChannels / groups)) * channels;
    let sum = (bias?.[oc] ?? 0) + (residual?.[at] ?? 0);
    for (const { tap, y, x: left } of pixelsSeen(window, row, col)) {
      for (let c = 0; c < channels; c++) {
        const pixel = ((image * inputChannels + first + c) * height + y) * width + left;
        sum += values[(oc * channels + c) * taps + tap]! * x[pixel]!;
      }
    }
    y[at] = referencePostOp(post, sum);
  }
  return y;
}

/** A pixel that a window sees. */
interface SeenPixel {
  readonly tap: number;
  readonly y: number;
  readonly x: number;
}

/** Pixels of the image under a place of the window, pads left out. */
function pixelsSeen(window: PlacedWindow, row: number, col: number): SeenPixel[] {
  const { kernel, stride, dilation, pads, image } = window;
  return Array.from({ length: kernel[0] * kernel[1] }, (_, tap) => ({
    tap,
    y: row * stride[0] - pads.top + Math.floor(tap / kernel[1]) * dilation[0],
    x: col * stride[1] - pads.left + tap % kernel[1] * dilation[1],
  })).filter(({ y, x }) => y >= 0 && y < image[0] && x >= 0 && x < image[1]);
}

/** What pooling computes of a window. */
export type Pooling =
  /** The largest pixel; NaN if one is. */
  | "max"
  /** The mean of the pixels. */
  | "average"
  /** The sum of the pixels divided by the number of pixels and pads; cells past the pads do not count. */
  | "average_with_pads";

/** A pooling. */
export interface PoolingProblem {
  /** The window. */
  readonly window: PlacedWindow;
  /** What is computed. */
  readonly pooling: Pooling;
  /** Images times channels. */
  readonly planes: number;
  /** `[plane][y][x]`. */
  readonly x: Float32Array;
}

/** Pooled planes, `[plane][y][x]`. A window that sees no pixel gives NaN (average) or -Infinity. */
export function referencePooling({ window, pooling, planes, x }: PoolingProblem): Float64Array {
  const { image: [height, width], output: [rows, cols] } = window;
  const y = new Float64Array(planes * rows * cols);
  for (let at = 0; at < y.length; at++) {
    const [row, col] = [Math.floor(at / cols) % rows, at % cols];
    const plane = Math.floor(at / cols / rows);
    const seen = pixelsSeen(window, row, col).map((one) =>
      x[(plane * height + one.y) * width + one.x]!
    );
    y[at] = pooling === "max"
      ? seen.reduce((most, value) => Math.max(most, value), -Infinity)
      : seen.reduce((sum, value) => sum + value, 0) / poolingDivisor(window, pooling, row, col);
  }
  return y;
}

/** What the sum of a window is divided by. */
export function poolingDivisor(
  window: PlacedWindow,
  pooling: Exclude<Pooling, "max">,
  row: number,
  col: number,
): number {
  if (pooling === "average") return pixelsSeen(window, row, col).length;
  const { image, pads } = window;
  // with the pads taken for pixels
  const padded = {
    ...window,
    image: [image[0] + pads.top + pads.bottom, image[1] + pads.left + pads.right] as const,
    pads: { top: 0, left: 0, bottom: 0, right: 0 },
  };
  return pixelsSeen(padded, row, col).length;
}
