/**
 * Max pooling and its gradient, on typed arrays, in the layout of images.
 *
 * A look at each cell of each window; a gradient finds the largest again rather than keep where it was.
 *
 * @module
 */
import type { SpatialWindow } from "../../models/mod.ts";
import type { Floats } from "./loops.ts";

/** Where the largest element of each window is: the first of equals, NaN before all; -1 where there are pads only. */
function largestPlaces(
  x: Floats,
  [height, width]: readonly [number, number],
  { kernel, strides, dilations, pads, output }: SpatialWindow,
): Int32Array {
  const places = new Int32Array(x.length / (height * width) * output[0] * output[1]);
  const [down, across, rowStep, colStep] = [strides[0], strides[1], dilations[0], dilations[1]];
  let window = 0;
  for (let plane = 0; plane < x.length; plane += height * width) {
    for (let oy = 0; oy < output[0]; oy++) {
      const top = oy * down - pads[0];
      const bottom = Math.min(height, top + kernel[0] * rowStep);
      for (let ox = 0; ox < output[1]; ox++) {
        const left = ox * across - pads[1];
        const right = Math.min(width, left + kernel[1] * colStep);
        let best = -Infinity;
        let at = -1;
        for (let row = top; row < bottom; row += rowStep) {
          if (row < 0) continue;
          for (let col = left; col < right; col += colStep) {
            if (col < 0) continue;
            const place = plane + row * width + col;
            const value = x[place]!;
            if (value > best || at < 0 || (value !== value && best === best)) {
              best = value;
              at = place;
            }
          }
        }
        places[window++] = at;
      }
    }
  }
  return places;
}

/** The largest of each window; -∞ where a window holds pads only. */
export function maxPool(
  x: Floats,
  image: readonly [number, number],
  window: SpatialWindow,
  y: Floats,
): void {
  const places = largestPlaces(x, image, window);
  for (let i = 0; i < y.length; i++) y[i] = places[i]! < 0 ? -Infinity : x[places[i]!]!;
}

/** Gradient of {@linkcode maxPool}: adds dy where the largest was. */
export function maxPoolGradient(
  x: Floats,
  dy: Floats,
  image: readonly [number, number],
  window: SpatialWindow,
  dx: Floats,
): void {
  const places = largestPlaces(x, image, window);
  dx.fill(0);
  for (let i = 0; i < dy.length; i++) if (places[i]! >= 0) dx[places[i]!]! += dy[i]!;
}
