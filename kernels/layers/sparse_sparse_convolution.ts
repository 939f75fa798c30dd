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
  type PlacedWindow,
  placeWindow,
  type TapRecords,
  type Window,
} from "../formats/mod.ts";
import {
  callStep,
  compressRow,
  elementwise,
  fillRows,
  kthLargest,
  paddingMask,
  type PostOp,
  sparseSparse,
} from "../ops/mod.ts";
import type { FindingLayer, LayerPlace } from "./layer.ts";
import {
  newPixelPort,
  type PixelPort,
  pixelPortOf,
  readPixels,
  writePixels,
} from "./pixel_ports.ts";
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
): FindingLayer {
  const { weights, images = 1, threads = 1, pattern, winners } = layer;
  const window = placeWindow(layer.window);
  check(layer);
  const rowsPerBlock = columnRows(pattern);
  const { outputChannels, inputChannels, groups } = weights;
  const written = rowsPerBlock * Math.ceil(outputChannels / rowsPerBlock);
  const packed = packTapRecords(weights, window, rowsPerBlock);
  const input = layer.input
    ? pixelPortOf(layer.input, images, window.image, inputChannels)
    : newPixelPort(backend, { size: window.image, first: [0, 0] }, images, inputChannels);
  const output = newPixelPort(backend, packed.plane, images, written);
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
    finding: findingOf(backend, steps),
    writeInput: (values) =>
      writePixels(backend, input, values, window.image, inputChannels, images),
    readOutput: () => readPixels(backend, output, window.output, outputChannels, images),
  };
}

/** What all calls need. */
interface Shared {
  readonly window: PlacedWindow;
  readonly input: PixelPort;
  readonly output: PixelPort;
  readonly phases: readonly { readonly records: number; readonly starts: number }[];
  readonly bias: number;
  readonly k: number;
  readonly padding: number;
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
  const list = compressRow({ target, keep: KEEPS[winners === undefined ? 0 : 1] });
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
      ...winners === undefined ? [] : [callStep(largest, search)],
      callStep(list, { x, length, threshold, starts, values, offsets, count }),
      callStep(product, { values, offsets, count, records, y }),
    ];
  }

  return (image) => {
    const to = output.port.address + image * output.imageBytes;
    const steps = [
      callStep(fill, { from: bias, to, length: output.pixelBytes / 4, rows: pixels }),
    ];
    for (let row = 0; row < window.image[0]; row++) {
      for (let column = 0; column < window.image[1]; column++) {
        steps.push(...pixelSteps(image, row, column));
      }
    }
    if (post !== "none") {
      const kernel = elementwise({ target, post });
      steps.push(callStep(kernel, { x: to, y: to, length: output.imageBytes / 4 }));
    }
    return steps;
  };
}

/** The steps that find activations that count: thresholds, and lists of pixels. */
function findingOf({ target }: Backend, steps: readonly (readonly Step[])[]): readonly Step[][] {
  const kernels = [kthLargest({ target }), ...KEEPS.map((keep) => compressRow({ target, keep }))];
  const ids = new Set(kernels.map(({ id }) => id));
  return steps.map((own) => own.filter((step) => step.do === "call" && ids.has(step.kernel.id)));
}

const KEEPS = ["non-zeros", "winners"] as const;

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
