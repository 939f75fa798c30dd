/**
 * Max pooling and its gradient, on typed arrays, in the layout of images.
 *
 * A look at each cell of each window; a gradient finds the largest again rather than keep where it was.
 *
 * @module
 */
import type { SpatialWindow } from "../../models/mod.ts";
import type { Floats } from "./loops.ts";

/** Runs `body` for every window of every plane: with its number, and where its largest element is, the first of equals; NaN is largest. */
function forEachLargest(
  x: Floats,
  [height, width]: readonly [number, number],
  { kernel, strides, dilations, pads, output }: SpatialWindow,
  body: (window: number, at: number) => void,
): void {
  let window = 0;
  for (let plane = 0; plane < x.length; plane += height * width) {
    for (let oy = 0; oy < output[0]; oy++) {
      for (let ox = 0; ox < output[1]; ox++) {
        let [best, at] = [-Infinity, -1];
        for (let ky = 0; ky < kernel[0]; ky++) {
          const row = oy * strides[0] + ky * dilations[0] - pads[0];
          if (row < 0 || row >= height) continue;
          for (let kx = 0; kx < kernel[1]; kx++) {
            const col = ox * strides[1] + kx * dilations[1] - pads[1];
            if (col < 0 || col >= width) continue;
            const place = plane + row * width + col;
            const value = x[place]!;
            if (value > best || at < 0 || (value !== value && best === best)) {
              best = value;
              at = place;
            }
          }
        }
        body(window++, at);
      }
    }
  }
}

/** The largest of each window; -∞ where a window holds pads only. */
export function maxPool(
  x: Floats,
  image: readonly [number, number],
  window: SpatialWindow,
  y: Floats,
): void {
  forEachLargest(x, image, window, (i, at) => y[i] = at < 0 ? -Infinity : x[at]!);
}

/** Gradient of {@linkcode maxPool}: adds dy where the largest was. */
export function maxPoolGradient(
  x: Floats,
  dy: Floats,
  image: readonly [number, number],
  window: SpatialWindow,
  dx: Floats,
): void {
  dx.fill(0);
  forEachLargest(x, image, window, (i, at) => {
    if (at >= 0) dx[at]! += dy[i]!;
  });
}
