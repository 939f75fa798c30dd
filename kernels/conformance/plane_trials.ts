/**
 * What trials of kernels on planes share.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Random } from "../../core/mod.ts";
import {
  channelBytes,
  firstPixel,
  pixelMask,
  type PlacedWindow,
  placeWindow,
  type PlaneLayout,
} from "../formats/mod.ts";

/** A window over a small image; strides and dilations of each kind. */
export function randomWindow(random: Random): PlacedWindow {
  const upTo = (least: number, most: number): number => least + random.integer(most - least + 1);
  const stride = upTo(1, 3);
  return placeWindow({
    image: [upTo(5, 12), upTo(7, 21)],
    kernel: [upTo(1, 3), upTo(1, 4)],
    stride: [stride, random.next() < 0.8 ? stride : upTo(1, 3)],
    dilation: [upTo(1, 2), upTo(1, 2)],
    pads: { top: upTo(0, 2), left: upTo(0, 2), bottom: upTo(0, 2), right: upTo(0, 2) },
  });
}

/** The pixels of planes, `[image][channel][y][x]`: the plainest loop. */
export function readPixels(planes: Float32Array, layout: PlaneLayout): Float32Array {
  const { images, channels, size } = layout;
  const pixels = new Float32Array(images * channels * size[0] * size[1]);
  const channelCells = channelBytes(layout) / 4;
  pixels.forEach((_, i) => {
    const x = i % size[1];
    const y = Math.floor(i / size[1]) % size[0];
    const channel = Math.floor(i / size[1] / size[0]) % channels;
    const image = Math.floor(i / size[1] / size[0] / channels);
    const row = image * layout.imageRows + y;
    pixels[i] = planes[channel * channelCells + firstPixel(layout) + row * layout.rowCells + x]!;
  });
  return pixels;
}

/** Nothing but the lanes may be written, and masked lanes are 0. */
export function proveLanes(
  actual: Float32Array,
  layout: PlaneLayout,
  lanes: number,
  masked: boolean,
  what: string,
): void {
  const channelCells = channelBytes(layout) / 4;
  const mask = pixelMask(layout, lanes);
  actual.forEach((value, i) => {
    const lane = i % channelCells - firstPixel(layout);
    const inside = lane >= 0 && lane < lanes && i < layout.channels * channelCells;
    if (!inside) assert(Number.isNaN(value), `${what}: cell ${i} written past the lanes`);
    else if (masked && mask[lane] === 0) assert(value === 0, `${what}: pad ${i} is ${value}`);
  });
}

/** Writes the pixels of one image into planes. */
export function writePixels(planes: Float32Array, values: Float32Array, layout: PlaneLayout): void {
  const { size, rowCells } = layout;
  values.forEach((value, i) => {
    const x = i % size[1];
    const y = Math.floor(i / size[1]) % size[0];
    const channel = Math.floor(i / size[1] / size[0]);
    planes[channel * channelBytes(layout) / 4 + firstPixel(layout) + y * rowCells + x] = value;
  });
}
