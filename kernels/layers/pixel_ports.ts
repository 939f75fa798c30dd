/**
 * Ports whose pixels lie channels last: planes of pixels, each padded to 16 channels.
 *
 * @module
 */
import type { Backend } from "../backend.ts";
import { type Pair, pixelFloats, type PixelPlane } from "../formats/mod.ts";
import type { LayerPort } from "./layer.ts";

/** A port and what its layout says. */
export interface PixelPort extends PixelPlane {
  /** The port. */
  readonly port: LayerPort;
  /** Bytes from one pixel to the next. */
  readonly pixelBytes: number;
  /** Bytes from one image to the next. */
  readonly imageBytes: number;
}

function layoutOf({ size, first }: PixelPlane): string {
  return `pixels of ${size.join("x")} from ${first.join(",")}`;
}

function withBytes(plane: PixelPlane, port: LayerPort, channels: number): PixelPort {
  const pixelBytes = 4 * pixelFloats(channels);
  return { ...plane, port, pixelBytes, imageBytes: plane.size[0] * plane.size[1] * pixelBytes };
}

/** Takes room for planes of so many channels. */
export function newPixelPort(
  backend: Backend,
  plane: PixelPlane,
  images: number,
  channels: number,
): PixelPort {
  const sizeBytes = images * plane.size[0] * plane.size[1] * 4 * pixelFloats(channels);
  const address = backend.allocate(sizeBytes);
  const port = { address, sizeBytes, layout: layoutOf(plane), type: "float32" } as const;
  return withBytes(plane, port, channels);
}

/** Reads a port's layout. @throws {RangeError} If the image does not fit in. */
export function pixelPortOf(
  port: LayerPort,
  images: number,
  image: Pair,
  channels: number,
): PixelPort {
  const found = /^pixels of (\d+)x(\d+) from (\d+),(\d+)$/.exec(port.layout)?.slice(1).map(Number);
  const [rows = 0, columns = 0, top = 0, left = 0] = found ?? [];
  const plane = withBytes({ size: [rows, columns], first: [top, left] }, port, channels);
  const fits = top + image[0] <= rows && left + image[1] <= columns &&
    images * plane.imageBytes === port.sizeBytes && port.type === "float32";
  if (fits) return plane;
  throw new RangeError(
    `Cannot prepare layer: input is ${port.sizeBytes} bytes of ${port.type} in ${port.layout}, ` +
      `expected ${images} planes of pixels of ${channels} float32 that hold ${image[0]}x${
        image[1]
      }`,
  );
}

/** Float of the first channel of each pixel of an image, row by row. */
function* pixelPlaces(
  { size, first, imageBytes, pixelBytes }: PixelPort,
  [height, width]: Pair,
  image: number,
): Generator<number> {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const pixel = (first[0] + row) * size[1] + first[1] + column;
      yield (image * imageBytes + pixel * pixelBytes) / 4;
    }
  }
}

/**
 * Writes `[image][channel][y][x]` values.
 *
 * @throws {RangeError} If their number or type is another.
 */
export function writePixels(
  backend: Backend,
  plane: PixelPort,
  values: Float32Array | Uint8Array,
  size: Pair,
  channels: number,
  images: number,
): void {
  const pixels = size[0] * size[1];
  if (!(values instanceof Float32Array) || values.length !== images * channels * pixels) {
    throw new RangeError(
      `Cannot write input: ${values.length} values (${values.constructor.name}), expected ` +
        `${images} images x ${channels} channels x ${pixels} pixels of float32`,
    );
  }
  const room = backend.float32(plane.port.address, plane.port.sizeBytes / 4);
  for (let image = 0; image < images; image++) {
    let pixel = image * channels * pixels;
    for (const place of pixelPlaces(plane, size, image)) {
      for (let c = 0; c < channels; c++) room[place + c] = values[pixel + c * pixels]!;
      pixel++;
    }
  }
}

/** Reads `[image][channel][y][x]` values. Allocates the result. */
export function readPixels(
  backend: Backend,
  plane: PixelPort,
  size: Pair,
  channels: number,
  images: number,
): Float32Array<ArrayBuffer> {
  const pixels = size[0] * size[1];
  const room = backend.float32(plane.port.address, plane.port.sizeBytes / 4);
  const values = new Float32Array(images * channels * pixels);
  for (let image = 0; image < images; image++) {
    let pixel = image * channels * pixels;
    for (const place of pixelPlaces(plane, size, image)) {
      for (let c = 0; c < channels; c++) values[pixel + c * pixels] = room[place + c]!;
      pixel++;
    }
  }
  return values;
}
