/**
 * Photographs in other sizes.
 *
 * The filter is a triangle as wide as the step between the new pixels, as Pillow's `BILINEAR` is, with which torchvision's models were
 * trained; a filter of fixed width would leave steps out when a photograph becomes smaller.
 *
 * @module
 */
import type { Photograph } from "./jpeg.ts";

/** A rectangle of pixels. */
export interface Box {
  /** First column. */
  readonly left: number;
  /** First row. */
  readonly top: number;
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** Which old pixels make a new one. */
interface Taps {
  /** First old pixel. */
  readonly first: number;
  /** Weights, which add up to 1. */
  readonly weights: Float64Array;
}

/**
 * A part of a photograph, resized; values are 0 to 1, rounded to bytes as files of that size would have them.
 *
 * @param box The part, within the photograph.
 * @returns `3 × height × width`.
 */
export function resize(
  { shape, pixels }: Photograph,
  box: Box,
  height: number,
  width: number,
): Float32Array<ArrayBuffer> {
  const across = tapsOf(box.width, width, box.left);
  const down = tapsOf(box.height, height, box.top);
  const result = new Float32Array(3 * height * width);
  const rows = new Float32Array(shape.height * width);
  for (let channel = 0; channel < 3; channel++) {
    const plane = pixels.subarray(channel * shape.height * shape.width);
    for (let y = box.top; y < box.top + box.height; y++) {
      for (let x = 0; x < width; x++) {
        const { first, weights } = across[x]!;
        const from = y * shape.width + first;
        let sum = 0;
        for (let i = 0; i < weights.length; i++) sum += weights[i]! * plane[from + i]!;
        rows[y * width + x] = toByte(sum);
      }
    }
    for (let y = 0; y < height; y++) {
      const { first, weights } = down[y]!;
      const to = (channel * height + y) * width;
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let i = 0; i < weights.length; i++) {
          sum += weights[i]! * rows[(first + i) * width + x]!;
        }
        result[to + x] = toByte(sum) / 255;
      }
    }
  }
  return result;
}

function toByte(value: number): number {
  return Math.max(0, Math.min(255, Math.floor(value + 0.5)));
}

function tapsOf(from: number, to: number, offset: number): readonly Taps[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(from, Math.floor(centre + reach + 0.5));
    const weights = Float64Array.from(
      { length: end - first },
      (_, j) => Math.max(0, 1 - Math.abs((first + j + 0.5 - centre) / reach)),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first: first + offset, weights: weights.map((weight) => weight / sum) };
  });
}
