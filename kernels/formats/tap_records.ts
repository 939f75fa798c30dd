/**
 * Tap records: the weights of a convolution by input, for kernels that walk the activations that are not zero.
 *
 * An input pixel adds to the outputs of every window that sees it: with stride S, to those of every S-th tap in each
 * direction, which ones depends on the pixel's phase. Outputs lie channels last, in a plane with a border that takes what
 * windows outside of the output would get, so that no tap is an exception: where a column of weights adds is the same for
 * every pixel of a phase, counted from an address of the pixel.
 *
 * @module
 */
import {
  type ColumnRecords,
  type Columns,
  columnsOfMatrix,
  joinColumns,
  moveColumns,
  needsWideOffsets,
  packColumnRecords,
} from "./column_records.ts";
import type { ConvolutionWeights } from "./convolution_weights.ts";
import type { Pair, PlacedWindow } from "./window.ts";

/** Pixels of a plane with channels last, each padded to 16 channels. */
export interface PixelPlane {
  /** Rows and columns, border included. */
  readonly size: Pair;
  /** Where the image begins: row and column. */
  readonly first: Pair;
}

/** A convolution that `sparseSparse` can compute. */
export interface TapRecords {
  /** Records of each phase, `stride[0] * stride[1]` of them, row by row. */
  readonly phases: readonly ColumnRecords[];
  /** The plane that the outputs lie in. */
  readonly plane: PixelPlane;
}

/** float32 that a pixel of so many channels takes. */
export function pixelFloats(channels: number): number {
  return 16 * Math.ceil(channels / 16);
}

/** Steps between the outputs of the first and of the last tap that see a pixel. */
function reach({ kernel, dilation, stride }: PlacedWindow, axis: 0 | 1): number {
  return Math.floor((kernel[axis] - 1) * dilation[axis] / stride[axis]);
}

/** The plane that holds every output that a pixel of the image could add to. */
export function outputPlane(window: PlacedWindow): PixelPlane {
  const { image, pads, stride, output } = window;
  const size = (axis: 0 | 1, pad: number): number =>
    Math.max(Math.floor((image[axis] - 1 + pad) / stride[axis]), output[axis] - 1) +
    reach(window, axis) + 1;
  return {
    size: [size(0, pads.top), size(1, pads.left)],
    first: [reach(window, 0), reach(window, 1)],
  };
}

/**
 * Packs a convolution. Zeros are found in the values; `-0` is one.
 *
 * @param rowsPerBlock Output channels of a column: 1, 4, 8 or 16.
 */
export function packTapRecords(
  weights: ConvolutionWeights,
  window: PlacedWindow,
  rowsPerBlock: number,
): TapRecords {
  const { outputChannels, inputChannels } = weights;
  const plane = outputPlane(window);
  const [down, across] = window.stride;
  const pixelBytes = 4 * pixelFloats(rowsPerBlock * Math.ceil(outputChannels / rowsPerBlock));
  const phases: Columns[][] = Array.from({ length: down * across }, () => []);
  for (let y = 0; y < window.kernel[0]; y++) {
    for (let x = 0; x < window.kernel[1]; x++) {
      const [top, left] = [y * window.dilation[0], x * window.dilation[1]];
      const back = [Math.floor(top / down), Math.floor(left / across)] as const;
      const pixel = (plane.first[0] - back[0]) * plane.size[1] + plane.first[1] - back[1];
      const matrix = tapMatrix(weights, window, y * window.kernel[1] + x);
      const columns = columnsOfMatrix(matrix, outputChannels, inputChannels, rowsPerBlock, false);
      const phase = (top % down) * across + left % across;
      phases[phase]!.push(moveColumns(columns, pixel * pixelBytes));
    }
  }
  // one width of offsets for all phases, so that they share a kernel
  const wide = phases.flat().some(needsWideOffsets);
  return {
    phases: phases.map((lists) =>
      packColumnRecords(joinColumns(lists), inputChannels, rowsPerBlock, wide)
    ),
    plane,
  };
}

/** The weights of one tap, `[OC][IC]`, zero between groups. */
function tapMatrix(
  { values, outputChannels, inputChannels, groups }: ConvolutionWeights,
  { kernel }: PlacedWindow,
  tap: number,
): Float32Array {
  const taps = kernel[0] * kernel[1];
  const channels = inputChannels / groups;
  const matrix = new Float32Array(outputChannels * inputChannels);
  for (let oc = 0; oc < outputChannels; oc++) {
    const first = Math.floor(oc / (outputChannels / groups)) * channels;
    for (let c = 0; c < channels; c++) {
      matrix[oc * inputChannels + first + c] = values[(oc * channels + c) * taps + tap]!;
    }
  }
  return matrix;
}
