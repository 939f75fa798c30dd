/**
 * A small MNIST network in several widths, and how sparse a wide one is with as many parameters as the narrowest.
 *
 * @module
 */
import type { NumentaCnnConfig } from "./numenta_cnn.ts";

/** Widths of the family: times the channels and hidden units of the narrowest. */
export const WIDTHS: readonly number[] = [1, 1.5, 2, 3, 4];

/** Sizes of the narrowest network. */
const [CHANNELS, HIDDEN, CLASSES, IMAGE] = [8, 64, 10, 28];

/** Pixels of a map of the second convolution after its pool. */
const LAST_MAP = 16;

/** The network of a width, e.g. `mnist-cnn-width-2`: two 5x5 convolutions and two fully connected layers, none normalised. */
export function widthConfig(width: number): NumentaCnnConfig {
  const channels = CHANNELS * width;
  return {
    name: `mnist-cnn-width-${width}`,
    image: IMAGE,
    channels: [channels, channels],
    hidden: HIDDEN * width,
    classes: CLASSES,
    normalised: false,
  };
}

/** Layers of the family that may be sparse, by parts of their names: all but the first, which sees pixels, and the last. */
export const WIDTH_LAYERS: readonly string[] = ["cnn2", "linear"];

/** Weights of {@linkcode WIDTH_LAYERS} and all other parameters, biases included. */
function sizesOf(width: number): { readonly prunable: number; readonly rest: number } {
  const [channels, hidden] = [CHANNELS * width, HIDDEN * width];
  return {
    prunable: 25 * channels ** 2 + LAST_MAP * channels * hidden,
    rest: 25 * channels + hidden * CLASSES + 2 * channels + hidden + CLASSES,
  };
}

/**
 * Fraction of zeros in {@linkcode WIDTH_LAYERS} that leaves a network of a width as many parameters as the narrowest has.
 *
 * @throws {RangeError} If its other layers alone have more, or it is narrower.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(constantSparsity(1), 0);
 * ```
 */
export function constantSparsity(width: number): number {
  const [narrow, { prunable, rest }] = [sizesOf(1), sizesOf(width)];
  const left = narrow.prunable + narrow.rest - rest;
  if (!(left > 0 && left <= prunable)) {
    throw new RangeError(
      `Cannot make a network ${width} times as wide with ${
        narrow.prunable + narrow.rest
      } parameters: ` +
        `${rest} lie in layers that stay dense, expected a width from 1 to about 10`,
    );
  }
  return 1 - left / prunable;
}
