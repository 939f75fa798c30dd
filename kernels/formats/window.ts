/**
 * Windows over images: what convolutions and pooling have in common, and the sizes that come out.
 *
 * Axes are called vertical (`[0]`) and horizontal (`[1]`), as in ONNX's two-dimensional operators.
 *
 * @module
 */

/** One number for each axis: vertical, horizontal. */
export type Pair = readonly [vertical: number, horizontal: number];

/** Cells around an image. */
export interface Pads {
  /** Rows above. */
  readonly top: number;
  /** Columns on the left. */
  readonly left: number;
  /** Rows below. */
  readonly bottom: number;
  /** Columns on the right. */
  readonly right: number;
}

/** No cells around an image. */
export const NO_PADS: Pads = { top: 0, left: 0, bottom: 0, right: 0 };

/** A window that is moved over an image. */
export interface Window {
  /** Height and width of the image. */
  readonly image: Pair;
  /** Rows and columns of the window. */
  readonly kernel: Pair;
  /** Pixels from one place of the window to the next; default 1. */
  readonly stride?: Pair;
  /** Pixels from one tap of the window to the next; default 1. */
  readonly dilation?: Pair;
  /** Cells around the image that the window may cover; default none. */
  readonly pads?: Pads;
  /** Whether a window that reaches past the lower or right pads counts, as pooling may ask; default false. */
  readonly ceilMode?: boolean;
}

/** A window with everything worked out. */
export interface PlacedWindow extends Required<Omit<Window, "ceilMode">> {
  /** Height and width of the output. */
  readonly output: Pair;
  /** Pads, enlarged below and on the right by what windows reach past them in ceil mode. */
  readonly reach: Pads;
}

/**
 * Works out where a window goes, after the ONNX operator reference.
 *
 * In ceil mode a window that would begin in the pads below or on the right is left out.
 *
 * @throws {RangeError} If a size is no positive integer, a pad is negative, or the window is larger than the padded image.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const pads = { top: 1, left: 1, bottom: 1, right: 1 };
 * assertEquals(placeWindow({ image: [56, 56], kernel: [3, 3], stride: [2, 2], pads }).output, [28, 28]);
 * ```
 */
export function placeWindow(window: Window): PlacedWindow {
  const { image, kernel, ceilMode = false } = window;
  const { stride = [1, 1], dilation = [1, 1], pads = NO_PADS } = window;
  for (const [name, pair] of Object.entries({ image, kernel, stride, dilation })) {
    if (!pair.every((size) => Number.isInteger(size) && size > 0)) {
      throw new RangeError(`Cannot place window: ${name} ${pair}, expected positive integers`);
    }
  }
  for (const [side, size] of Object.entries(pads)) {
    if (!Number.isInteger(size) || size < 0) {
      throw new RangeError(`Cannot place window: pad ${side} ${size}, expected 0 or more`);
    }
  }
  const along = (axis: 0 | 1, before: number, after: number): Side =>
    placeAlong({
      axis,
      size: image[axis],
      extent: dilation[axis] * (kernel[axis] - 1) + 1,
      stride: stride[axis],
      before,
      after,
      ceilMode,
    });
  const [rows, cols] = [along(0, pads.top, pads.bottom), along(1, pads.left, pads.right)];
  return {
    image,
    kernel,
    stride,
    dilation,
    pads,
    output: [rows.count, cols.count],
    reach: { ...pads, bottom: rows.after, right: cols.after },
  };
}

interface Side {
  readonly count: number;
  readonly after: number;
}

interface Axis {
  readonly axis: 0 | 1;
  readonly size: number;
  readonly extent: number;
  readonly stride: number;
  readonly before: number;
  readonly after: number;
  readonly ceilMode: boolean;
}

function placeAlong({ axis, size, extent, stride, before, after, ceilMode }: Axis): Side {
  const padded = before + size + after;
  if (extent > padded) {
    throw new RangeError(
      `Cannot place window: ${extent} ${["rows", "columns"][axis]} of taps over ${padded} padded ${
        ["rows", "columns"][axis]
      }, expected at most as many`,
    );
  }
  let count = Math.floor((padded - extent) / stride) + 1;
  if (ceilMode) {
    count = Math.ceil((padded - extent) / stride) + 1;
    if ((count - 1) * stride >= before + size) count--;
  }
  return { count, after: Math.max(after, (count - 1) * stride + extent - before - size) };
}

/** A tap: the place in the padded image that the first window sees through it. */
export interface Tap {
  /** Row of the padded image. */
  readonly y: number;
  /** Column of the padded image. */
  readonly x: number;
}

/** The taps of a window, row by row. */
export function tapsOf({ kernel, dilation }: PlacedWindow): readonly Tap[] {
  return Array.from({ length: kernel[0] * kernel[1] }, (_, i) => ({
    y: Math.floor(i / kernel[1]) * dilation[0],
    x: i % kernel[1] * dilation[1],
  }));
}
