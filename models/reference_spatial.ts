/**
 * Ops on images `[N, C, H, W]`, after the ONNX operator reference.
 *
 * @module
 */
import { sizeOf } from "../core/mod.ts";
import { numberAttribute } from "./op_specs.ts";
import { type OpReference, present, type Value } from "./reference_value.ts";
import { type SpatialWindow, spatialWindow } from "./spatial.ts";

/** Calls `visit` for each pixel that a window sees; pads are left out. */
function forEachPixel(
  { kernel, strides, dilations, pads }: SpatialWindow,
  [height, width]: readonly [number, number],
  [row, col]: readonly [number, number],
  visit: (tap: number, pixel: number) => void,
): void {
  for (let ky = 0; ky < kernel[0]; ky++) {
    const y = row * strides[0] - pads[0] + ky * dilations[0];
    if (y < 0 || y >= height) continue;
    for (let kx = 0; kx < kernel[1]; kx++) {
      const x = col * strides[1] - pads[1] + kx * dilations[1];
      if (x >= 0 && x < width) visit(ky * kernel[1] + kx, y * width + x);
    }
  }
}

/** `Conv` of images. */
export const conv: OpReference = ({ node, inputs, outputs: [output] }) => {
  const [x, weights, bias] = [present(inputs, 0), present(inputs, 1), inputs[2]];
  const { dtype, shape } = output!;
  const [images, channels, height, width] = x.shape as [number, number, number, number]; // rank 4
  const [outputs, groupChannels] = weights.shape as [number, number];
  const window = spatialWindow(node, [height, width], weights.shape.slice(2));
  const [taps, [rows, cols]] = [window.kernel[0] * window.kernel[1], window.output];
  const groupOutputs = outputs / numberAttribute(node, "group");
  const data = new Float64Array(sizeOf(shape));
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) {
        for (let oc = 0; oc < outputs; oc++) {
          const first = image * channels + Math.floor(oc / groupOutputs) * groupChannels;
          let sum = bias?.data[oc] ?? 0;
          forEachPixel(window, [height, width], [row, col], (tap, pixel) => {
            for (let c = 0; c < groupChannels; c++) {
              sum += weights.data[(oc * groupChannels + c) * taps + tap]! *
                x.data[(first + c) * height * width + pixel]!;
            }
          });
          data[((image * outputs + oc) * rows + row) * cols + col] = sum;
        }
      }
    }
  }
  return [{ dtype, shape, data }];
};

/** A value for each place of a pooling window. */
function pool(
  x: Value,
  { dtype, shape }: Pick<Value, "dtype" | "shape">,
  window: SpatialWindow,
  reduce: (seen: readonly number[], row: number, col: number) => number,
): Value {
  const [height, width] = [x.shape[2]!, x.shape[3]!];
  const [rows, cols] = window.output;
  const data = new Float64Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    const [row, col] = [Math.floor(i / cols) % rows, i % cols];
    const plane = Math.floor(i / cols / rows) * height * width;
    const seen: number[] = [];
    forEachPixel(window, [height, width], [row, col], (_, pixel) => {
      seen.push(x.data[plane + pixel]!);
    });
    data[i] = reduce(seen, row, col);
  }
  return { dtype, shape, data };
}

/** `MaxPool`: NaN if a pixel is. */
export const maxPool: OpReference = ({ node, inputs, outputs: [output] }) => {
  const x = present(inputs, 0);
  const window = spatialWindow(node, x.shape.slice(2));
  return [pool(x, output!, window, (seen) => Math.max(...seen))];
};

/** `AveragePool`: over the pixels, or with `count_include_pad` over pixels and pads. */
export const averagePool: OpReference = ({ node, inputs, outputs: [output] }) => {
  const x = present(inputs, 0);
  const window = spatialWindow(node, x.shape.slice(2));
  const withPads = numberAttribute(node, "count_include_pad") !== 0;
  const { pads } = window;
  const [height, width] = [pads[0] + x.shape[2]! + pads[2], pads[1] + x.shape[3]! + pads[3]];
  return [
    pool(x, output!, window, (seen, row, col) => {
      let count = seen.length;
      if (withPads) {
        count = 0;
        const bare = { ...window, pads: [0, 0, 0, 0] } as const;
        forEachPixel(bare, [height, width], [row, col], () => count++);
      }
      return seen.reduce((sum, value) => sum + value, 0) / count;
    }),
  ];
};

/** One value for each channel of an image. */
function global(reduce: (pixels: readonly number[]) => number): OpReference {
  return ({ inputs, outputs: [output] }) => {
    const x = present(inputs, 0);
    const { dtype, shape } = output!;
    const pixels = sizeOf(x.shape.slice(2));
    const data = Float64Array.from(
      { length: sizeOf(shape) },
      (_, i) => reduce([...x.data.subarray(i * pixels, (i + 1) * pixels)]),
    );
    return [{ dtype, shape, data }];
  };
}

/** `GlobalAveragePool`. */
export const globalAveragePool: OpReference = global((pixels) =>
  pixels.reduce((sum, value) => sum + value, 0) / pixels.length
);

/** `GlobalMaxPool`. */
export const globalMaxPool: OpReference = global((pixels) => Math.max(...pixels));

/** `BatchNormalization` as inference does it: with the running mean and variance. */
export const batchNormalization: OpReference = ({ node, inputs, outputs: [output] }) => {
  const [x, scale, bias, mean, variance] = [0, 1, 2, 3, 4].map((i) => present(inputs, i));
  const epsilon = numberAttribute(node, "epsilon");
  const { dtype, shape } = output!;
  const [channels, inner] = [shape[1]!, sizeOf(shape.slice(2))];
  const data = Float64Array.from(x!.data, (value, i) => {
    const c = Math.floor(i / inner) % channels;
    const normal = (value - mean!.data[c]!) / Math.sqrt(variance!.data[c]! + epsilon);
    return normal * scale!.data[c]! + bias!.data[c]!;
  });
  return [{ dtype, shape, data }];
};
