/**
 * Between images as people write them and planes as kernels read them.
 *
 * @module
 */
import { channelBytes, type PlaneLayout } from "./planes.ts";
import type { Tap } from "./window.ts";

/** A run of cells in a row of a view that show pixels of the image, and the first of these pixels. */
export interface Run {
  /** First cell, from the start of a channel. */
  readonly cell: number;
  /** First pixel of the image `[y, x]`. */
  readonly pixel: Tap;
  /** Cells. */
  readonly length: number;
}

/** Where the pixels of one image lie in one view, row by row. */
export interface ViewRows {
  /** First row's run; those of the others follow at equal distances. */
  readonly first: Run;
  /** Rows. */
  readonly rows: number;
}

/** The rows of a view of an image that show pixels, or `null` if it shows pads only. */
export function viewRows(layout: PlaneLayout, view: number, image: number): ViewRows | null {
  const { size, pads, step, views, rowCells, imageRows, leadCells, viewCells } = layout;
  const { y, x } = views[view]!;
  const down = span(size[0], step[0], y - pads.top, imageRows);
  const right = span(size[1], step[1], x - pads.left, rowCells);
  if (down.length === 0 || right.length === 0) return null;
  const row = image * imageRows + down.first;
  return {
    first: {
      cell: view * viewCells + leadCells + row * rowCells + right.first,
      pixel: {
        y: down.first * step[0] + y - pads.top,
        x: right.first * step[1] + x - pads.left,
      },
      length: right.length,
    },
    rows: down.length,
  };
}

/** Of `most` cells those for which `0 <= cell * step + offset < size`. */
function span(
  size: number,
  step: number,
  offset: number,
  most: number,
): { first: number; length: number } {
  const first = Math.max(0, Math.ceil(-offset / step));
  const end = Math.min(most, Math.ceil((size - offset) / step));
  return { first, length: Math.max(0, end - first) };
}

/**
 * Writes row-major `[image][channel][y][x]` values into planes; pads get what the layout fills them with.
 *
 * @throws {RangeError} If there are more or fewer values than the layout has pixels, or the planes are too short.
 */
export function writePlanes(planes: Float32Array, values: Float32Array, layout: PlaneLayout): void {
  checkLengths(planes, values, layout);
  planes.fill(layout.fill === 0 ? 0 : -Infinity);
  forEachRow(layout, layout.views.length, (to, from, length) => {
    const step = layout.step[1];
    for (let i = 0; i < length; i++) planes[to + i] = values[from + i * step]!;
  });
}

/**
 * Reads a plain layout back as row-major `[image][channel][y][x]`. Allocates the result.
 *
 * @throws {RangeError} If the planes are too short.
 */
export function readPlanes(planes: Float32Array, layout: PlaneLayout): Float32Array<ArrayBuffer> {
  const { images, channels, size } = layout;
  const values = new Float32Array(images * channels * size[0] * size[1]);
  checkLengths(planes, values, layout);
  forEachRow(layout, 1, (from, to, length) => values.set(planes.subarray(from, from + length), to));
  return values;
}

function forEachRow(
  layout: PlaneLayout,
  views: number,
  body: (cell: number, value: number, length: number) => void,
): void {
  const { images, channels, size, step, rowCells } = layout;
  const channelCells = channelBytes(layout) / Float32Array.BYTES_PER_ELEMENT;
  for (let image = 0; image < images; image++) {
    for (let view = 0; view < views; view++) {
      const found = viewRows(layout, view, image);
      if (found === null) continue;
      const { first, rows } = found;
      for (let channel = 0; channel < channels; channel++) {
        for (let row = 0; row < rows; row++) {
          const y = (image * channels + channel) * size[0] + first.pixel.y + row * step[0];
          const cell = channel * channelCells + first.cell + row * rowCells;
          body(cell, y * size[1] + first.pixel.x, first.length);
        }
      }
    }
  }
}

function checkLengths(planes: Float32Array, values: Float32Array, layout: PlaneLayout): void {
  const { images, channels, size } = layout;
  const pixels = images * channels * size[0] * size[1];
  if (values.length !== pixels) {
    throw new RangeError(
      `Cannot move images: ${values.length} values, expected ${images} x ${channels} x ${
        size.join(" x ")
      }`,
    );
  }
  const cells = channels * channelBytes(layout) / Float32Array.BYTES_PER_ELEMENT;
  if (planes.length < cells) {
    throw new RangeError(
      `Cannot move images: planes hold ${planes.length} cells, expected ${cells}`,
    );
  }
}

/**
 * For each lane from the first pixel of a plain layout on, all ones if it is a pixel and 0 if it is a pad. Allocates the result.
 *
 * @param lanes Lanes wanted, of all images.
 */
export function pixelMask(
  { size, rowCells, imageRows, images }: PlaneLayout,
  lanes: number,
): Uint32Array<ArrayBuffer> {
  const isPixel = (lane: number): boolean => {
    const row = Math.floor(lane / rowCells);
    return lane % rowCells < size[1] && row % imageRows < size[0] && row < images * imageRows;
  };
  return Uint32Array.from({ length: lanes }, (_, lane) => isPixel(lane) ? ~0 : 0);
}
