/**
 * Convolutions that skip the zeros of both sides: each input pixel's activations that count are listed, and each adds to
 * the outputs of all windows that see it, by the `sparseSparse` kernel.
 *
 * Planes lie channels last. The output's has a border, which collects what windows outside of the output would get and
 * holds nothing of use. Threads take whole images.
 *
 * @module
 */
import type { Pattern } from "../../core/mod.ts";
import type { Backend, Step } from "../backend.ts";
import {
  type ConvolutionWeights,
  packTapRecords,
  pixelFloats,
  type PixelPlane,
  type PlacedWindow,
  placeWindow,
  type TapRecords,
  type Window,
} from "../formats/mod.ts";
import {
  compressRow,
  elementwise,
  fillRows,
  kthLargest,
  paddingMask,
  type PostOp,
  sparseSparse,
} from "../ops/mod.ts";
import type { Layer, LayerPlace, LayerPort } from "./layer.ts";
import { placeBias, placeData } from "./rows.ts";
import { columnRows } from "./sparse_sparse_layer.ts";

/** A convolution of activations of which few count. */
export interface SparseSparseConvolution extends LayerPlace {
  /** `[OC][IC / groups][KH][KW]` and its sizes. */
  readonly weights: ConvolutionWeights;
  /** `[OC]`; default zeros. */
  readonly bias?: Float32Array;
  /** The window; its image is that of the input. */
  readonly window: Omit<Window, "ceilMode">;
  /** Images; default 1. */
  readonly images?: number;
  /** Pattern of the weights: decides how many output channels share a column. */
  readonly pattern: Pattern;
  /** Applied to the sums; default `none`. */
  readonly post?: PostOp;
  /** k: of each pixel the k largest channels count, and their equals; default: those that are not exactly zero. */
  readonly winners?: number;
  /** Fraction of the channels that are expected to count, 0 to 1, for {@linkcode Layer.work}; default from `winners`. */
  readonly active?: number;
}

/**
 * Packs a convolution by inputs and plans its calls, some for each pixel.
 *
 * Ports are `pixels of <rows>x<columns> from <row>,<column>`: each image a plane of pixels, channels last and padded to
 * 16, in which the image begins at the place given.
 *
 * @throws {RangeError} If sizes, winners, threads or the input port do not fit, or the arena is exhausted.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePattern } from "../../core/mod.ts";
 * import { openBackend } from "../open.ts";
 * using backend = openBackend({ target: "wasm", arenaBytes: 1 << 16 });
 * const layer = prepareSparseSparseConvolution(backend, {
 *   weights: { values: Float32Array.of(1, 10), outputChannels: 1, inputChannels: 1, groups: 1 },
 *   window: { image: [1, 3], kernel: [1, 2] },
 *   pattern: parsePattern("unstructured"),
 * });
 * using program = backend.build(layer.steps);
 * layer.writeInput(Float32Array.of(1, 0, 2));
 * program.run();
 * assertEquals([...layer.readOutput()], [1, 20]);
 * ```
 */
export function prepareSparseSparseConvolution(
  backend: Backend,
  layer: SparseSparseConvolution,
): Layer {
  const { weights, images = 1, threads = 1, pattern, winners } = layer;
  const window = placeWindow(layer.window);
  check(layer);
  const rowsPerBlock = columnRows(pattern);
  const { outputChannels, inputChannels, groups } = weights;
  const written = rowsPerBlock * Math.ceil(outputChannels / rowsPerBlock);
  const packed = packTapRecords(weights, window, rowsPerBlock);
  const input = layer.input
    ? planeOf(layer.input, images, window, inputChannels)
    : newPlane(backend, { size: window.image, first: [0, 0] }, images, inputChannels);
  const output = newPlane(backend, packed.plane, images, written);
  const shared: Shared = {
    window,
    input,
    output,
    phases: packed.phases.map(({ records, starts }) => ({
      records: placeData(backend, records),
      starts: placeData(backend, starts),
    })),
    bias: placeBias(backend, layer.bias, output.pixelBytes / 4),
    k: placeData(backend, Float32Array.of(winners ?? 0)),
    padding: placeData(backend, paddingMask(backend.target, inputChannels)),
  };
  const steps = Array.from({ length: threads }, (_, thread) => {
    const emit = imageSteps(backend, layer, packed, shared);
    return Array.from({ length: images }, (_, image) => image)
      .filter((image) => image % threads === thread)
      .flatMap(emit);
  });
  const [height, width] = window.output;
  const fraction = layer.active ?? (winners ?? inputChannels) / inputChannels;
  const uses = images * height * width;
  const nonZeros = weights.values.reduce((count, value) => value === 0 ? count : count + 1, 0);
  const stored = packed.phases.flatMap(({ counts }) => [...counts]).reduce((a, b) => a + b, 0);
  const taps = window.kernel[0] * window.kernel[1];
  return {
    kernelId: productOf(backend, packed).id,
    reason: winners === undefined ? "activations that are not zero" : `${winners} winners a pixel`,
    input: input.port,
    output: output.port,
    work: {
      macs: nonZeros * uses * fraction,
      denseMacs: outputChannels * inputChannels / groups * taps * uses,
      executedMacs: stored * rowsPerBlock * uses * fraction,
      weightBytes: packed.phases.reduce((sum, { records }) => sum + records.byteLength, 0),
      activationBytes: input.port.sizeBytes + output.port.sizeBytes,
    },
    steps,
    writeInput: (values) =>
      writePixels(backend, input, values, window.image, inputChannels, images),
    readOutput: () => readPixels(backend, output, window.output, outputChannels, images),
  };
}

/** A port and what its layout says. */
interface Plane extends PixelPlane {
  readonly port: LayerPort;
  readonly pixelBytes: number;
  readonly imageBytes: number;
}

/** What all calls need. */
interface Shared {
  readonly window: PlacedWindow;
  readonly input: Plane;
  readonly output: Plane;
  readonly phases: readonly { readonly records: number; readonly starts: number }[];
  readonly bias: number;
  readonly k: number;
  readonly padding: number;
}

function layoutOf({ size, first }: PixelPlane): string {
  return `pixels of ${size.join("x")} from ${first.join(",")}`;
}

function withBytes(plane: PixelPlane, port: LayerPort, channels: number): Plane {
  const pixelBytes = 4 * pixelFloats(channels);
  return { ...plane, port, pixelBytes, imageBytes: plane.size[0] * plane.size[1] * pixelBytes };
}

function newPlane(
  backend: Backend,
  plane: PixelPlane,
  images: number,
  channels: number,
): Plane {
  const sizeBytes = images * plane.size[0] * plane.size[1] * 4 * pixelFloats(channels);
  const address = backend.allocate(sizeBytes);
  const port = { address, sizeBytes, layout: layoutOf(plane), type: "float32" } as const;
  return withBytes(plane, port, channels);
}

/** Reads a port's layout. @throws {RangeError} If the image does not fit in. */
function planeOf(
  port: LayerPort,
  images: number,
  { image }: PlacedWindow,
  channels: number,
): Plane {
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

function productOf(backend: Backend, { phases }: TapRecords): ReturnType<typeof sparseSparse> {
  const [{ rowsPerBlock, wide } = { rowsPerBlock: 1, wide: false }] = phases;
  return sparseSparse({ target: backend.target, rowsPerBlock, wide });
}

/** The calls of one image; those of a thread share the list, which is used up pixel by pixel. */
function imageSteps(
  backend: Backend,
  { winners, post = "none", weights }: SparseSparseConvolution,
  packed: TapRecords,
  { window, input, output, phases, bias, k, padding }: Shared,
): (image: number) => Step[] {
  const { target } = backend;
  const product = productOf(backend, packed);
  const largest = kthLargest({ target });
  const list = compressRow({ target, keep: winners === undefined ? "non-zeros" : "winners" });
  const fill = fillRows({ target });
  const threshold = backend.allocate(64);
  const values = backend.allocate(input.pixelBytes + 64);
  const offsets = backend.allocate(input.pixelBytes + 64);
  const count = backend.allocate(4);
  const [down, across] = window.stride;
  const pixels = output.size[0] * output.size[1];

  function pixelSteps(image: number, row: number, column: number): Step[] {
    const pixel = (input.first[0] + row) * input.size[1] + input.first[1] + column;
    const x = input.port.address + image * input.imageBytes + pixel * input.pixelBytes;
    const [top, left] = [row + window.pads.top, column + window.pads.left];
    const { records, starts } = phases[(top % down) * across + left % across]!;
    const place = Math.floor(top / down) * output.size[1] + Math.floor(left / across);
    const y = output.port.address + image * output.imageBytes + place * output.pixelBytes;
    const length = input.pixelBytes / 4;
    const search = { x, length: weights.inputChannels, k, padding, threshold };
    return [
      ...winners === undefined ? [] : [callOf(largest, largest.args(search))],
      callOf(list, list.args({ x, length, threshold, starts, values, offsets, count })),
      callOf(product, product.args({ values, offsets, count, records, y })),
    ];
  }

  return (image) => {
    const to = output.port.address + image * output.imageBytes;
    const steps = [
      callOf(fill, fill.args({ from: bias, to, length: output.pixelBytes / 4, rows: pixels })),
    ];
    for (let row = 0; row < window.image[0]; row++) {
      for (let column = 0; column < window.image[1]; column++) {
        steps.push(...pixelSteps(image, row, column));
      }
    }
    if (post !== "none") {
      const kernel = elementwise({ target, post });
      steps.push(callOf(kernel, kernel.args({ x: to, y: to, length: output.imageBytes / 4 })));
    }
    return steps;
  };
}

function callOf(kernel: Extract<Step, { do: "call" }>["kernel"], args: readonly number[]): Step {
  return { do: "call", kernel, args };
}

/** Float of the first channel of each pixel of an image, row by row. */
function* pixelPlaces(
  { size, first, imageBytes, pixelBytes }: Plane,
  [height, width]: readonly [number, number],
  image: number,
): Generator<number> {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const pixel = (first[0] + row) * size[1] + first[1] + column;
      yield (image * imageBytes + pixel * pixelBytes) / 4;
    }
  }
}

function writePixels(
  backend: Backend,
  plane: Plane,
  values: Float32Array | Uint8Array,
  size: readonly [number, number],
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

function readPixels(
  backend: Backend,
  plane: Plane,
  size: readonly [number, number],
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

function check(
  { weights, winners, bias, images = 1, threads = 1, window }: SparseSparseConvolution,
): void {
  const { values, outputChannels, inputChannels, groups } = weights;
  for (const [name, value] of Object.entries({ images, threads })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot prepare layer: ${name} is ${value}, expected a positive integer`,
      );
    }
  }
  const wanted = outputChannels * inputChannels / groups * window.kernel[0] * window.kernel[1];
  if (values.length !== wanted) {
    throw new RangeError(`Cannot prepare layer: ${values.length} weights, expected ${wanted}`);
  }
  if (bias !== undefined && bias.length !== outputChannels) {
    throw new RangeError(
      `Cannot prepare layer: ${bias.length} biases, expected ${outputChannels} output channels`,
    );
  }
  const most = inputChannels;
  if (winners !== undefined && !(Number.isInteger(winners) && winners >= 1 && winners <= most)) {
    throw new RangeError(
      `Cannot prepare layer: ${winners} winners, expected an integer from 1 to the ${most} channels`,
    );
  }
}
