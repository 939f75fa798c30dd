/**
 * Planes: how images lie in memory for convolutions and pooling.
 *
 * Each channel is a run of float32 cells, its pads included, row after row and image after image, so that lanes (neighbouring
 * cells) go on over the ends of rows: a kernel computes a few cells between the rows in vain, and no vector is cut short. Pads
 * on the right of a row are those on the left of the next.
 *
 * A plane may be a *view*: of every `step`-th pixel, or begun some pixels later. A stride of 2 reads four views, the phases, so
 * that taps are neighbouring cells again. One view for each column of taps makes all loads aligned; one for each tap is im2col,
 * without pads between rows.
 *
 * @module
 */
import { NO_PADS, type Pads, type Pair, type PlacedWindow, type Tap, tapsOf } from "./window.ts";

/** Lanes by which planes may be read and written past their last cell. */
export const SLACK_LANES = 16;

/** Where the cells of a tensor `[image][channel][y][x]` lie. */
export interface PlaneLayout {
  /** Images. */
  readonly images: number;
  /** Channels. */
  readonly channels: number;
  /** Height and width of an image. */
  readonly size: Pair;
  /** Pads that hold {@linkcode PlaneLayout.fill}; those on the right of a row and on the left of the next may be one. */
  readonly pads: Pads;
  /** Content of the pads: 0, or -Infinity for maxima. */
  readonly fill: 0 | "-inf";
  /** Pixels of the padded image from one cell to the next. */
  readonly step: Pair;
  /** Views of each channel: the pixel of the padded image at their first cell. */
  readonly views: readonly Tap[];
  /** Cells from one row to the next. */
  readonly rowCells: number;
  /** Rows from one image to the next. */
  readonly imageRows: number;
  /** Cells in front of the first, which align what is written most. */
  readonly leadCells: number;
  /** Cells from one view to the next: an odd number of cache lines, so that channels do not fight for places in a cache. */
  readonly viewCells: number;
}

/** What a layout is for. */
export interface PlaneRequest {
  /** Images; default 1. */
  readonly images?: number;
  /** Channels. */
  readonly channels: number;
  /** Height and width of an image. */
  readonly size: Pair;
  /** Pads; default none. */
  readonly pads?: Pads;
  /** Content of the pads; default 0. */
  readonly fill?: 0 | "-inf";
  /** Cells from one row to the next; default as few as the pads allow. */
  readonly rowCells?: number;
  /** Rows from one image to the next; default as few as the pads allow. */
  readonly imageRows?: number;
}

/**
 * The plain layout: one view of every pixel. The first pixel is 64-byte aligned.
 *
 * @throws {RangeError} If rows or images are too close for the pads.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const pads = { top: 1, left: 1, bottom: 1, right: 1 };
 * assertEquals(plainPlanes({ channels: 64, size: [7, 7], pads }).rowCells, 8);
 * ```
 */
export function plainPlanes(request: PlaneRequest): PlaneLayout {
  const { images = 1, channels, size, pads = NO_PADS, fill = 0 } = request;
  const [height, width] = size;
  const leastCells = width + Math.max(pads.left, pads.right);
  const leastRows = height + Math.max(pads.top, pads.bottom);
  const { rowCells = leastCells, imageRows = leastRows } = request;
  if (rowCells < leastCells || (images > 1 && imageRows < leastRows)) {
    throw new RangeError(
      `Cannot lay out planes: rows of ${rowCells} cells, images of ${imageRows} rows, expected at least ${leastCells} and ${leastRows}`,
    );
  }
  const before = pads.top * rowCells + pads.left;
  const lead = roundUp(before, SLACK_LANES) - before;
  const rows = pads.top + (images - 1) * imageRows + height + pads.bottom;
  return {
    images,
    channels,
    size,
    pads,
    fill,
    step: [1, 1],
    views: [{ y: 0, x: 0 }],
    rowCells,
    imageRows,
    leadCells: lead,
    viewCells: oddLines(lead + rows * rowCells + pads.left + pads.right),
  };
}

/** Which views a window reads its taps from. */
export type TapViews =
  /** One for each phase of the stride: nothing is stored twice; vectors are not aligned. */
  | "phases"
  /** One for each phase and column of taps, rows a whole number of cache lines: vectors are aligned. */
  | "columns"
  /** One for each tap (im2col): vectors are aligned, rows have no pads. */
  | "taps";

/** What {@linkcode windowPlanes} lays out. */
export interface WindowPlanes {
  /** Images. */
  readonly images: number;
  /** Channels. */
  readonly channels: number;
  /** The window that will read them. */
  readonly window: PlacedWindow;
  /** Views wanted. */
  readonly tapViews: TapViews;
  /** Content of the pads; default 0. */
  readonly fill?: 0 | "-inf";
  /** Pads that the output, which lies in rows as far apart, is to have; default none. */
  readonly outputPads?: Pads;
  /** Least cells from one row to the next; default as few as the window and the pads allow. */
  readonly leastRowCells?: number;
  /** Least rows from one image to the next; default as few as the window and the pads allow. */
  readonly leastImageRows?: number;
}

/** The layout that a window reads fastest with the given views. */
export function windowPlanes(options: WindowPlanes): PlaneLayout {
  const { images, channels, window, tapViews, fill = 0, outputPads = NO_PADS } = options;
  const { image: size, output, stride, reach } = window;
  const { leastRowCells = 0, leastImageRows = 0 } = options;
  const leastCells = Math.max(
    leastRowCells,
    output[1] + Math.max(outputPads.left, outputPads.right),
  );
  const leastRows = Math.max(
    leastImageRows,
    output[0] + Math.max(outputPads.top, outputPads.bottom),
  );
  if (tapViews === "phases" && stride[0] === 1 && stride[1] === 1) {
    const rowCells = Math.max(leastCells, size[1] + Math.max(reach.left, reach.right));
    const imageRows = Math.max(leastRows, size[0] + Math.max(reach.top, reach.bottom));
    return plainPlanes({ images, channels, size, pads: reach, fill, rowCells, imageRows });
  }
  const views = viewsOf(window, tapViews);
  const span = spanOf(window, views);
  const cells = Math.max(leastCells, output[1] + span.x);
  const rowCells = tapViews === "columns" ? roundUp(cells, SLACK_LANES) : cells;
  const imageRows = Math.max(leastRows, output[0] + span.y);
  return {
    images,
    channels,
    size,
    pads: reach,
    fill,
    step: stride,
    views,
    rowCells,
    imageRows,
    leadCells: 0,
    viewCells: oddLines(images * imageRows * rowCells),
  };
}

function viewsOf(window: PlacedWindow, tapViews: TapViews): Tap[] {
  const [down, right] = window.stride;
  const views = tapsOf(window).map(({ y, x }) => ({
    y: tapViews === "taps" ? y : y % down,
    x: tapViews === "phases" ? x % right : x,
  }));
  const keys = views.map(({ y, x }) => `${y},${x}`);
  return views.filter((_, i) => keys.indexOf(keys[i]!) === i);
}

/** Cells by which taps lie apart in their views, at most. */
function spanOf(window: PlacedWindow, views: readonly Tap[]): Tap {
  const cells = tapsOf(window).map((tap) => cellOf(tap, views, window.stride));
  return { y: Math.max(...cells.map(({ y }) => y)), x: Math.max(...cells.map(({ x }) => x)) };
}

interface Cell extends Tap {
  readonly view: number;
}

/** The first view that shows a pixel of the padded image, and the cell where. */
function cellOf(pixel: Tap, views: readonly Tap[], [down, right]: Pair): Cell {
  const view = views.findLastIndex(({ y, x }) =>
    y <= pixel.y && x <= pixel.x && (pixel.y - y) % down === 0 && (pixel.x - x) % right === 0
  );
  if (view < 0) {
    throw new RangeError(`Cannot find pixel ${pixel.y}, ${pixel.x}: no view shows it`);
  }
  const { y, x } = views[view]!;
  return { view, y: (pixel.y - y) / down, x: (pixel.x - x) / right };
}

/**
 * Where a window finds each of its taps: cells from the first cell of a channel.
 *
 * @throws {RangeError} If the layout is of other images, moves in other steps than the window, or has smaller pads.
 */
export function tapCells(layout: PlaneLayout, window: PlacedWindow): readonly number[] {
  const { pads, step, views, size, viewCells, rowCells } = layout;
  const { reach, stride, image } = window;
  const fits = `${size}` === `${image}` && `${step}` === `${stride}` &&
    (["top", "left", "bottom", "right"] as const).every((side) => pads[side] >= reach[side]);
  if (!fits) {
    throw new RangeError(
      `Cannot read planes of ${size} in steps of ${step} with pads ${
        padText(pads)
      }: expected ${image} in steps of ${stride} with pads of at least ${padText(reach)}`,
    );
  }
  return tapsOf(window).map(({ y, x }) => {
    const moved = { y: y + pads.top - reach.top, x: x + pads.left - reach.left };
    const cell = cellOf(moved, views, step);
    return cell.view * viewCells + cell.y * rowCells + cell.x;
  });
}

/** Cells behind the last channel that may be read: a copy with a step of 3 looks so far ahead. */
const READ_AHEAD_CELLS = 3 * SLACK_LANES;

/**
 * Bytes of a tensor laid out so, with what kernels read behind it.
 *
 * @param channels Channels to count; more than the layout has where a kernel writes in blocks.
 */
export function planesBytes(layout: PlaneLayout, channels: number = layout.channels): number {
  return channels * channelBytes(layout) + READ_AHEAD_CELLS * Float32Array.BYTES_PER_ELEMENT;
}

/** Bytes from one channel to the next. */
export function channelBytes({ views, viewCells }: PlaneLayout): number {
  return views.length * viewCells * Float32Array.BYTES_PER_ELEMENT;
}

/** Cells from the first cell of a channel's plain layout to its first pixel. */
export function firstPixel({ leadCells, pads, rowCells }: PlaneLayout): number {
  return leadCells + pads.top * rowCells + pads.left;
}

/** Checks that a byte offset into a tensor fits the 32 bits that kernels read. */
export function checkOffsets(layout: PlaneLayout): void {
  const bytes = planesBytes(layout);
  if (!(bytes <= 2 ** 32)) {
    throw new RangeError(
      `Cannot lay out planes: ${layout.channels} channels x ${layout.views.length} views x ${layout.viewCells} cells take ${bytes} bytes, expected at most 4 GiB`,
    );
  }
}

/** An odd number of cache lines that holds the cells and what kernels reach past them. */
function oddLines(cells: number): number {
  const lines = Math.ceil((cells + SLACK_LANES) / SLACK_LANES);
  return (lines + 1 - lines % 2) * SLACK_LANES;
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

function padText({ top, left, bottom, right }: Pads): string {
  return `${top},${left},${bottom},${right}`;
}

/** A layout in words that {@linkcode parsePlanes} reads: ports that say the same can be chained. */
export function formatPlanes(layout: PlaneLayout): string {
  return `planes ${JSON.stringify(layout)}`;
}

/**
 * Reads what {@linkcode formatPlanes} wrote.
 *
 * @throws {SyntaxError} If the text names another kind of storage.
 */
export function parsePlanes(text: string): PlaneLayout {
  if (!text.startsWith("planes {")) {
    throw new SyntaxError(`Cannot read layout "${text}": expected planes`);
  }
  // written by formatPlanes from a PlaneLayout
  return JSON.parse(text.slice("planes ".length)) as PlaneLayout;
}
