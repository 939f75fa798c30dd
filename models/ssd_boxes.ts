/**
 * The boxes that an SSD starts from, after MLPerf's `DefaultBoxes`.
 *
 * @module
 */
import { SSD_BOXES, SSD_EXTRAS, type SsdConfig } from "./ssd_config.ts";

/** Size of the boxes of each map as a fraction of the image; the last one only serves the in-between size of the sixth map. */
const SCALES = [21, 45, 99, 153, 207, 261, 315].map((size) => size / 300);

/** Places of a 3x3 window on a line. */
function places(size: number, stride: number, pad: number): number {
  return Math.floor((size + 2 * pad - 3) / stride) + 1;
}

/**
 * Rows and columns of what the heads see of the six maps.
 *
 * @throws {RangeError} If the image is too small for six maps.
 */
export function ssdMapSizes({ name, image, extraStrides, headStride }: SsdConfig): number[] {
  const stem = Math.floor((image - 1) / 2) + 1; // 7x7, stride 2, pad 3
  const sizes = [places(places(stem, 2, 1), 2, 1)];
  SSD_EXTRAS.forEach(({ pad }, i) => sizes.push(places(sizes.at(-1)!, extraStrides[i]!, pad)));
  if (sizes.at(-1)! < 1) {
    throw new RangeError(
      `Cannot build ${name}: an image of ${image} pixels, expected room for six feature maps`,
    );
  }
  return sizes.map((size) => places(size, headStride, 1));
}

/**
 * Centre x, centre y, width and height of every default box, as fractions of the image from 0 to 1: `4 · N` values. The order is map,
 * shape, row, column, which is that of the heads' outputs.
 */
export function defaultBoxes(
  config: SsdConfig,
  sizes: readonly number[],
): Float32Array<ArrayBuffer> {
  const boxes: number[] = [];
  sizes.forEach((size, map) => {
    const cells = config.image / config.boxSteps[map]!;
    for (const [width, height] of boxShapes(map)) {
      for (let row = 0; row < size; row++) {
        for (let col = 0; col < size; col++) {
          boxes.push((col + 0.5) / cells, (row + 0.5) / cells, width, height);
        }
      }
    }
  });
  return Float32Array.from(boxes, (value) => Math.min(Math.max(value, 0), 1));
}

/** Widths and heights: a square, a larger square, then both orientations of 2:1, and of 3:1 on maps with six boxes. */
function boxShapes(map: number): [number, number][] {
  const size = SCALES[map]!;
  const between = Math.sqrt(size * SCALES[map + 1]!);
  const ratios = SSD_BOXES[map] === 6 ? [2, 3] : [2];
  return [
    [size, size],
    [between, between],
    ...ratios.flatMap((ratio): [number, number][] => {
      const [long, short] = [size * Math.sqrt(ratio), size / Math.sqrt(ratio)];
      return [[long, short], [short, long]];
    }),
  ];
}
