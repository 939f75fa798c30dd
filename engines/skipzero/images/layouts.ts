/**
 * How the planes of an image plan lie, so that most layers read in place what others wrote.
 *
 * The lanes of a window that does not step are those of its input, so its output has rows as far apart; a residual lies as
 * the output that it is added to. Values that are bound to each other so form a class, and all of a class get the row distance
 * and the pads that any of them needs. A window that steps reads a copy: the phases of its stride.
 *
 * @module
 */
import {
  hasPads,
  NO_PADS,
  type Pads,
  plainPlanes,
  type PlaneLayout,
  windowPlanes,
} from "../../../kernels/mod.ts";
import {
  type ConvolutionLayer,
  imageOutOf,
  type ImagePlan,
  type ImageValue,
  type PoolLayer,
} from "./layers.ts";

/** A layer that moves a window. */
export type WindowLayer = ConvolutionLayer | PoolLayer;

/** The layouts of a plan. */
export interface ImageLayouts {
  /** Images that go through the layers together. */
  readonly images: number;
  /** Planes of a value that a layer writes. */
  of(value: ImageValue): PlaneLayout;
  /** The copy that a window reads; `null` if it reads its input in place. */
  copyOf(layer: WindowLayer): PlaneLayout | null;
  /** Whether someone reads pads of the value in place, so that they must be zeros. */
  hasCleanPads(value: ImageValue): boolean;
}

/** What all values of a class share. */
interface PlaneClass {
  rowCells: number;
  imageRows: number;
  /** Pads of the values of each size. */
  readonly pads: Map<string, Pads>;
}

/** Lays out every value for so many images at once. */
export function layOutImages(plan: ImagePlan, images: number): ImageLayouts {
  const windows = plan.layers.filter(isWindow);
  const copies = new Set(windows.filter((layer) => isCopied(plan, layer)));
  const find = classesOf(plan, copies);
  const classes = new Map<number, PlaneClass>();
  const classOf = (value: ImageValue): PlaneClass => {
    const id = find(value.id);
    const found = classes.get(id) ?? { rowCells: 0, imageRows: 0, pads: new Map() };
    classes.set(id, found);
    return found;
  };
  const padsOf = (value: ImageValue): Pads => classOf(value).pads.get(value.size.join()) ?? NO_PADS;
  const clean = new Set<ImageValue>();
  for (const layer of windows) {
    const { x, window: { reach } } = layer;
    if (copies.has(layer) || !hasPads(reach)) continue;
    clean.add(x);
    classOf(x).pads.set(x.size.join(), largerPads(padsOf(x), reach));
  }
  const written = plan.layers.flatMap((layer) => imageOutOf(layer) ?? []);
  for (const value of written) {
    const { left, right, top, bottom } = padsOf(value);
    widen(
      classOf(value),
      value.size[1] + Math.max(left, right),
      value.size[0] + Math.max(top, bottom),
    );
  }
  const copyFor = (layer: WindowLayer): PlaneLayout => {
    const { rowCells, imageRows } = classOf(layer.out);
    return windowPlanes({
      images,
      channels: layer.x.channels,
      window: layer.window,
      tapViews: "phases",
      fill: wantsInfinity(layer) ? "-inf" : 0,
      leastRowCells: rowCells,
      leastImageRows: imageRows,
    });
  };
  // a copy may need rows further apart than the class has them, which others of the class must follow
  for (const layer of copies) {
    const { rowCells, imageRows } = copyFor(layer);
    widen(classOf(layer.out), rowCells, imageRows);
  }
  const layouts = new Map(written.map((value) => {
    const { rowCells, imageRows } = classOf(value);
    const { channels, size } = value;
    return [
      value,
      plainPlanes({ images, channels, size, pads: padsOf(value), rowCells, imageRows }),
    ];
  }));
  return {
    images,
    of: (value) => layouts.get(value)!,
    copyOf: (layer) => copies.has(layer) ? copyFor(layer) : null,
    hasCleanPads: (value) => clean.has(value),
  };
}

function isWindow(layer: ImagePlan["layers"][number]): layer is WindowLayer {
  return layer.kind === "convolution" || layer.kind === "pool";
}

/** Maxima of inputs that may be negative must not see pads of zeros. */
function wantsInfinity(layer: WindowLayer): boolean {
  return layer.kind === "pool" && layer.pooling === "max" && !layer.x.nonNegative &&
    hasPads(layer.window.reach);
}

function isCopied({ inputs }: ImagePlan, layer: WindowLayer): boolean {
  const { x, window: { stride } } = layer;
  return inputs.has(x) || stride[0] > 1 || stride[1] > 1 || wantsInfinity(layer);
}

function largerPads(a: Pads, b: Pads): Pads {
  return {
    top: Math.max(a.top, b.top),
    left: Math.max(a.left, b.left),
    bottom: Math.max(a.bottom, b.bottom),
    right: Math.max(a.right, b.right),
  };
}

function widen(of: PlaneClass, rowCells: number, imageRows: number): void {
  of.rowCells = Math.max(of.rowCells, rowCells);
  of.imageRows = Math.max(of.imageRows, imageRows);
}

/** The class of each value, named by the id of one of them. */
function classesOf(plan: ImagePlan, copies: ReadonlySet<WindowLayer>): (id: number) => number {
  const parents = new Map<number, number>();
  const find = (id: number): number => {
    let at = id;
    for (let up = parents.get(at); up !== undefined; up = parents.get(at)) at = up;
    return at;
  };
  const join = (a: ImageValue, b: ImageValue): void => {
    const [from, to] = [find(a.id), find(b.id)];
    if (from !== to) parents.set(from, to);
  };
  for (const layer of plan.layers) {
    if (!isWindow(layer)) continue;
    if (!copies.has(layer)) join(layer.x, layer.out);
    if (layer.kind === "convolution" && layer.residual) join(layer.residual, layer.out);
  }
  return find;
}
