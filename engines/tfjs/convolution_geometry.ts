/**
 * Where the cells of a convolution lie: planes with their pads, and the passes that go over them.
 *
 * Places and steps are counted in cells here; kernels count bytes.
 *
 * @module
 */
import type { ConvolutionSizes } from "./convolution_loops.ts";
import { BLOCK } from "./interleave_kernels.ts";

/** Channels of images as cells. */
export interface CellPlane {
  /** Groups of channels. */
  readonly groups: number;
  /** Channels of a group. */
  readonly channels: number;
  /** Blocks of channels of a group, the last perhaps not full. */
  readonly blocks: number;
  /** Rows of an image. */
  readonly height: number;
  /** Pixels of a row. */
  readonly width: number;
  /** Cells of zeros before the first row. */
  readonly before: number;
  /** From row to row. */
  readonly pitch: number;
  /** Cells of zeros behind the last row and what is between rows. */
  readonly after: number;
  /** Cells of a block. */
  readonly cells: number;
}

/** Rows and columns of zeros around an image. */
export interface Pads {
  /** Above. */
  readonly top: number;
  /** On the left. */
  readonly left: number;
  /** Below. */
  readonly bottom: number;
  /** On the right. */
  readonly right: number;
}

const NO_PADS: Pads = { top: 0, left: 0, bottom: 0, right: 0 };

/** Lays out channels. Pads on the right of a row are those on the left of the next. */
export function layOut(
  groups: number,
  channels: number,
  [height, width]: readonly [number, number],
  { top, left, bottom, right }: Pads = NO_PADS,
): CellPlane {
  const pitch = width + Math.max(left, right);
  const before = top * pitch + left;
  const after = bottom * pitch;
  return {
    groups,
    channels,
    blocks: Math.ceil(channels / BLOCK),
    height,
    width,
    before,
    pitch,
    after,
    cells: before + height * pitch + after,
  };
}

/** The same pixels as one row, if nothing stands between rows. */
export function joinRows(plane: CellPlane): CellPlane {
  const { width, height, pitch, before } = plane;
  if (pitch !== width || before > 0) return plane;
  return { ...plane, width: width * height, pitch: pitch * height, height: 1 };
}

/** A tap of a window: where it lies from the place of the window, and its number in the weights. */
export interface Tap {
  /** Number in the weights: `row · KW + column`. */
  readonly index: number;
  /** Cells from the place of the window. */
  readonly cells: number;
}

/** A part of a convolution for one list of taps. */
export interface Pass {
  /** Taps. */
  readonly taps: readonly Tap[];
  /** Rows and columns of results. */
  readonly rows: number;
  /** Results of a row. */
  readonly cols: number;
  /** Place of the first window. */
  readonly x: Steps;
  /** Place of the first result. */
  readonly y: Steps;
}

/** Where a pass begins, and how it goes on. */
export interface Steps {
  /** First cell. */
  readonly first: number;
  /** Cells from row to row. */
  readonly row: number;
  /** Cells from column to column. */
  readonly col: number;
}

/** Pads of the input that windows meet. With them, all rows and strides of the output lie within a plane. */
export function inputPlane({ groups, inputs, image, window }: ConvolutionSizes): CellPlane {
  const { kernel, strides, dilations, pads: [top, left], output } = window;
  const reach = (axis: 0 | 1, before: number): number =>
    (output[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1 - before -
    image[axis];
  const bottom = Math.max(0, reach(0, top), output[0] * strides[0] - top - image[0]);
  return layOut(groups, inputs, image, { top, left, bottom, right: Math.max(0, reach(1, left)) });
}

/** Taps over the input. */
export function windowTaps({ window }: ConvolutionSizes, { pitch }: CellPlane): readonly Tap[] {
  const { kernel, dilations } = window;
  return Array.from({ length: kernel[0] * kernel[1] }, (_, index) => {
    const [row, col] = [Math.floor(index / kernel[1]), index % kernel[1]];
    return { index, cells: row * dilations[0] * pitch + col * dilations[1] };
  });
}

/** The pass of the convolution itself. */
export function forwardPass(sizes: ConvolutionSizes, x: CellPlane, y: CellPlane): Pass {
  const { strides, output } = sizes.window;
  return {
    taps: windowTaps(sizes, x),
    rows: output[0],
    cols: output[1],
    x: { first: 0, row: strides[0] * x.pitch, col: strides[1] },
    y: { first: 0, row: y.pitch, col: 1 },
  };
}

/** The gradient by the input: a pass for every phase of the strides, over the gradient of the output with pads. */
export interface BackwardPasses {
  /** The gradient of the output. */
  readonly dy: CellPlane;
  /** The gradient of the input. */
  readonly dx: CellPlane;
  /** Together they write every pixel once. */
  readonly passes: readonly Pass[];
}

/** One axis of a phase: its pixels, and which output each tap meets at the first of them. */
interface Phase {
  readonly first: number;
  readonly count: number;
  readonly taps: readonly { readonly tap: number; readonly meets: number }[];
}

function phasesOf({ image, window }: ConvolutionSizes, axis: 0 | 1): readonly Phase[] {
  const [stride, dilation, pad] = [
    window.strides[axis],
    window.dilations[axis],
    window.pads[axis],
  ];
  return Array.from({ length: Math.min(stride, image[axis]) }, (_, first) => ({
    first,
    count: Math.ceil((image[axis] - first) / stride),
    taps: Array.from({ length: window.kernel[axis] }, (_, tap) => ({
      tap,
      meets: (first + pad - tap * dilation) / stride,
    })).filter(({ meets }) => Number.isInteger(meets)),
  }));
}

/** Rows or columns that phases meet before the first and behind the last. */
function padsOf(phases: readonly Phase[], size: number): readonly [number, number] {
  const met = phases.flatMap(({ count, taps }) => taps.map(({ meets }) => [meets, meets + count]));
  return [
    Math.max(0, ...met.map(([from]) => -from!)),
    Math.max(0, ...met.map(([, to]) => to! - size)),
  ];
}

/** Plans the gradient by the input. */
export function backwardPasses(sizes: ConvolutionSizes): BackwardPasses {
  const { groups, inputs, outputs, image, window } = sizes;
  const [rows, cols] = [phasesOf(sizes, 0), phasesOf(sizes, 1)];
  const [top, bottom] = padsOf(rows, window.output[0]);
  const [left, right] = padsOf(cols, window.output[1]);
  // Pixels that no window meets are results too: without taps, but within the plane.
  const dy = layOut(groups, outputs, window.output, {
    top: top!,
    left: left!,
    bottom: bottom!,
    right: right!,
  });
  const dx = layOut(groups, inputs, image);
  const passes = rows.flatMap((row) =>
    cols.map((col): Pass => ({
      taps: row.taps.flatMap((y) =>
        col.taps.map((x) => ({
          index: y.tap * window.kernel[1] + x.tap,
          cells: (top! + y.meets) * dy.pitch + left! + x.meets,
        }))
      ),
      rows: row.count,
      cols: col.count,
      x: { first: 0, row: dy.pitch, col: 1 },
      y: {
        first: row.first * dx.pitch + col.first,
        row: window.strides[0] * dx.pitch,
        col: window.strides[1],
      },
    }))
  );
  return { dy, dx, passes };
}
