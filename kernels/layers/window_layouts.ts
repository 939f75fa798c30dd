/**
 * The planes of a layer that moves a window: which it is given, which it reads, which it writes.
 *
 * @module
 */
import {
  NO_PADS,
  type Pads,
  type PlacedWindow,
  plainPlanes,
  type PlaneLayout,
  type TapViews,
  windowPlanes,
} from "../formats/mod.ts";

/** What decides the layouts. */
export interface WindowSite {
  /** Images. */
  readonly images: number;
  /** Channels read. */
  readonly inputChannels: number;
  /** Channels written. */
  readonly outputChannels: number;
  /** The window. */
  readonly window: PlacedWindow;
  /** How taps read the input. */
  readonly tapViews: TapViews;
  /** What the pads must hold; `any` if it does not matter. */
  readonly fill: PlaneLayout["fill"] | "any";
  /** Pads of the output. */
  readonly outputPads: Pads;
  /** Another layer's output, if that is the input. */
  readonly given?: PlaneLayout | undefined;
}

/** How a layer's planes lie. */
export interface WindowLayouts {
  /** The input port, unless another layer's output is given. */
  readonly input: PlaneLayout;
  /** What the kernel reads: the input itself, or views that are copied from it first. */
  readonly read: PlaneLayout;
  /** The output port. */
  readonly output: PlaneLayout;
}

/**
 * The layouts of a layer.
 *
 * @throws {RangeError} If the given input is of another tensor.
 */
export function windowLayouts(site: WindowSite): WindowLayouts {
  const { images, inputChannels, outputChannels, window, tapViews, outputPads, given } = site;
  const fill = site.fill === "any" ? 0 : site.fill;
  const wanted = windowPlanes({
    images,
    channels: inputChannels,
    window,
    tapViews,
    fill,
    outputPads,
  });
  if (given) checkTensor(given, wanted);
  const plain = isPlain(wanted);
  const input = given ??
    (plain ? wanted : plainPlanes({ images, channels: inputChannels, size: window.image }));
  const read = plain && canRead(input, wanted, site.fill) ? input : wanted;
  const output = plainPlanes({
    images,
    channels: outputChannels,
    size: window.output,
    pads: outputPads,
    rowCells: read.rowCells,
    imageRows: read.imageRows,
  });
  return { input, read, output };
}

/** Whether each pixel is in one view, at its place. */
function isPlain({ views, step }: PlaneLayout): boolean {
  return views.length === 1 && step[0] === 1 && step[1] === 1;
}

/** Whether planes hold everything that the wanted ones would, and are as far apart at least. */
function canRead(planes: PlaneLayout, wanted: PlaneLayout, fill: WindowSite["fill"]): boolean {
  const sides = ["top", "left", "bottom", "right"] as const;
  const padded = sides.some((side) => wanted.pads[side] > 0);
  return isPlain(planes) && (!padded || fill === "any" || planes.fill === fill) &&
    planes.rowCells >= wanted.rowCells && planes.imageRows >= wanted.imageRows &&
    sides.every((side) => planes.pads[side] >= wanted.pads[side]);
}

function checkTensor(given: PlaneLayout, wanted: PlaneLayout): void {
  const tensor = ({ images, channels, size }: PlaneLayout): string =>
    `${images} x ${channels} x ${size.join(" x ")}`;
  if (tensor(given) !== tensor(wanted)) {
    throw new RangeError(
      `Cannot read layer's input: it is ${tensor(given)}, expected ${tensor(wanted)}`,
    );
  }
}

/** Whether an output has pads, so that lanes between rows must be cleared. */
export function hasPads(pads: Pads = NO_PADS): boolean {
  return Object.values(pads).some((size) => size > 0);
}
