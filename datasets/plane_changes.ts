/**
 * Changes to images: what training draws afresh each epoch, and the noise that networks are tested with.
 *
 * @module
 */
import type { Random } from "../core/mod.ts";
import type { PlaneChange, PlaneShape } from "./planes.ts";

/** Mirrors an image left to right, every second time. */
export const flipHalf: PlaneChange = (values, { width }, random): void => {
  if (random.integer(2) === 0) return;
  for (let row = 0; row < values.length; row += width) {
    values.subarray(row, row + width).reverse();
  }
};

/**
 * Moves an image by up to `pad` pixels in both directions: a crop of its own size out of the image with a black border.
 *
 * He et al. 2016 train on CIFAR with a border of 4.
 */
export function shiftCrop(pad: number): PlaneChange {
  return (values, shape, random): void => {
    const down = random.integer(2 * pad + 1) - pad;
    const right = random.integer(2 * pad + 1) - pad;
    if (down === 0 && right === 0) return;
    shift(values, shape, down, right);
  };
}

/** Pixel (y, x) becomes what was at (y + down, x + right), or 0. */
function shift(values: Float32Array, shape: PlaneShape, down: number, right: number): void {
  const { channels, height, width } = shape;
  const before = values.slice();
  values.fill(0);
  const [left, end] = [Math.max(0, right), Math.min(width, width + right)];
  for (let channel = 0; channel < channels; channel++) {
    const plane = channel * height * width;
    for (let y = Math.max(0, -down); y < Math.min(height, height - down); y++) {
      const from = plane + (y + down) * width;
      values.set(before.subarray(from + left, from + end), plane + y * width + left - right);
    }
  }
}

/**
 * Replaces a share of the pixels, chosen at random, by one grey: the noise of the robustness test of Ahmad and Scheinkman 2019 (their
 * code's `RandomNoise`), where it is two standard deviations above the mean of MNIST.
 *
 * @param share 0 to 1; that many pixels, rounded down.
 * @param grey What they become, before normalisation.
 */
export function replacePixels(share: number, grey: number = MNIST_GREY): PlaneChange {
  let all = new Int32Array(0);
  return (values, _, random): void => {
    const count = Math.trunc(values.length * share);
    if (all.length !== values.length) all = Int32Array.from(values.keys());
    for (const i of drawDistinct(all, count, random)) values[i] = grey;
  };
}

/** 0.1307 + 2 · 0.3081. */
const MNIST_GREY = 0.7469;

/** The first `count` of a shuffle that goes no further. */
function drawDistinct(all: Int32Array, count: number, random: Random): Int32Array {
  const order = all.slice();
  for (let i = 0; i < count; i++) {
    const j = i + random.integer(order.length - i);
    const item = order[i]!;
    order[i] = order[j]!;
    order[j] = item;
  }
  return order.subarray(0, count);
}

/** The shares of noise of the test: 0, 5 %, … 50 %. A network's noise score is its right answers in all eleven runs together. */
export const NOISE_LEVELS: readonly number[] = Array.from({ length: 11 }, (_, i) => i / 20);
