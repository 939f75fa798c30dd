/**
 * Planes in the arena, and the calls that copy them from one layout into another.
 *
 * @module
 */
import type { Backend, Step } from "../backend.ts";
import {
  channelBytes,
  checkOffsets,
  firstPixel,
  formatPlanes,
  parsePlanes,
  type PlaneLayout,
  planesBytes,
  readPlanes,
  viewRows,
  writePlanes,
} from "../formats/mod.ts";
import type { Target } from "../machine.ts";
import { callStep, copyPlanes, copyTable, LANES } from "../ops/mod.ts";
import type { LayerPort } from "./layer.ts";

/** Images in the arena. */
export interface PlacedPlanes {
  /** Address of the first cell of the first channel. */
  readonly address: number;
  /** Where the cells lie. */
  readonly layout: PlaneLayout;
  /** Bytes, channels that only fill up a block included. */
  readonly sizeBytes: number;
}

/**
 * Takes arena memory for planes and fills their pads.
 *
 * @param channels Channels to make room for; default those of the layout.
 */
export function placePlanes(
  backend: Backend,
  layout: PlaneLayout,
  channels: number = layout.channels,
): PlacedPlanes {
  checkOffsets(layout);
  const sizeBytes = planesBytes(layout, channels);
  const address = backend.allocate(sizeBytes);
  if (layout.fill !== 0) backend.float32(address, sizeBytes / 4).fill(-Infinity);
  return { address, layout, sizeBytes };
}

/** Planes as a port. */
export function portOf({ address, layout, sizeBytes }: PlacedPlanes): LayerPort {
  return { address, sizeBytes, layout: formatPlanes(layout), type: "float32" };
}

/**
 * Planes behind a port.
 *
 * @throws {SyntaxError} If the port holds no planes.
 */
export function planesOf({ address, sizeBytes, layout }: LayerPort): PlacedPlanes {
  return { address, sizeBytes, layout: parsePlanes(layout) };
}

/** Writes `[image][channel][y][x]` values into planes. */
export function fillPlanes(backend: Backend, planes: PlacedPlanes, values: Float32Array): void {
  writePlanes(backend.float32(planes.address, planes.sizeBytes / 4), values, planes.layout);
}

/** Reads planes of a plain layout back as `[image][channel][y][x]`. */
export function takeImages(backend: Backend, planes: PlacedPlanes): Float32Array {
  return readPlanes(backend.float32(planes.address, planes.sizeBytes / 4), planes.layout);
}

/** Places read-only words. */
export function placeWords(backend: Backend, words: Uint32Array): number {
  // guards and vector loads may look a vector further
  const address = backend.allocate(words.byteLength + 64);
  backend.uint32(address, words.length).set(words);
  return address;
}

/** Images that can be copied from: planes, or a tensor as it comes. Distances are bytes. */
export interface ImageSource {
  /** First pixel of the first image's first channel. */
  readonly address: number;
  /** From one row to the next. */
  readonly rowBytes: number;
  /** From one channel to the next. */
  readonly channelBytes: number;
  /** From one image to the next. */
  readonly imageBytes: number;
}

/** Plain planes as something to copy from. */
export function sourceOf(
  { address, layout }: Pick<PlacedPlanes, "address" | "layout">,
): ImageSource {
  return {
    address: address + 4 * firstPixel(layout),
    rowBytes: 4 * layout.rowCells,
    channelBytes: channelBytes(layout),
    imageBytes: 4 * layout.imageRows * layout.rowCells,
  };
}

/**
 * The calls that copy plain planes into another layout of the same images: one list a thread, each for some of the channels.
 *
 * @throws {RangeError} If the layouts are of different tensors, or `from` is not plain.
 */
export function copySteps(
  backend: Backend,
  from: PlacedPlanes,
  to: PlacedPlanes,
  threads: number,
): Step[][] {
  checkCopy(from.layout, to.layout);
  const tables = new Map(
    copyTables(backend.target, to.layout).map((
      { key, words },
    ) => [key, placeWords(backend, words)]),
  );
  return copyCalls({ target: backend.target, from: sourceOf(from), to, tables }, threads);
}

/** Channels are copied so many bytes at a time, that all views find them in the second-level cache. */
const CHUNK_BYTES = 64 * 1024;

const MINUS_INFINITY = 0xff800000;

/** A table that copies into a layout need, and what it is asked for by. */
export interface CopyTable {
  /** Cells of the last vector of a row. */
  readonly key: number;
  /** Its content. */
  readonly words: Uint32Array<ArrayBuffer>;
}

/** The tables of copies into a layout; place them, and give their addresses to {@linkcode copyCalls}. */
export function copyTables(target: Target, layout: PlaneLayout): readonly CopyTable[] {
  const fill = layout.fill === 0 ? 0 : MINUS_INFINITY;
  const tables = new Map<number, CopyTable>();
  for (const view of layout.views.keys()) {
    const cells = viewRows(layout, view, 0)?.first.length ?? 0;
    const key = cells % LANES[target];
    if (cells === 0 || tables.has(key)) continue;
    tables.set(key, { key, words: copyTable(target, layout.step[1], cells, fill) });
  }
  return [...tables.values()];
}

/** What is copied where. */
export interface Copy {
  /** Instruction set. */
  readonly target: Target;
  /** The images. */
  readonly from: ImageSource;
  /** Where they go. */
  readonly to: Pick<PlacedPlanes, "address" | "layout">;
  /** Addresses of {@linkcode copyTables}, by their keys. */
  readonly tables: ReadonlyMap<number, number>;
  /** Images that there are; default those of the layout. */
  readonly images?: number;
}

/** The calls that copy images into planes, one list a thread, each for some of the channels. */
export function copyCalls(copy: Copy, threads: number): Step[][] {
  const { channels, images, views } = copy.to.layout;
  const most = Math.max(1, Math.floor(CHUNK_BYTES / copy.from.channelBytes));
  return Array.from({ length: threads }, (_, thread) => {
    const end = Math.floor(channels * (thread + 1) / threads);
    const steps: Step[] = [];
    for (let first = Math.floor(channels * thread / threads); first < end; first += most) {
      const count = Math.min(most, end - first);
      for (let image = 0; image < (copy.images ?? images); image++) {
        for (const view of views.keys()) {
          steps.push(...viewStep(copy, { image, view, first, count }));
        }
      }
    }
    return steps;
  });
}

interface Share {
  readonly image: number;
  readonly view: number;
  /** First channel. */
  readonly first: number;
  /** Channels. */
  readonly count: number;
}

function viewStep(
  { target, from, to: { address, layout }, tables }: Copy,
  { image, view, first, count }: Share,
): Step[] {
  const found = viewRows(layout, view, image);
  if (found === null) return [];
  const { cell, pixel, length } = found.first;
  const { step, rowCells } = layout;
  const table = tables.get(length % LANES[target]);
  if (table === undefined) throw new RangeError(`Cannot copy rows of ${length} cells: no table`);
  return [
    callStep(copyPlanes({ target, step: step[1] }), {
      x: from.address + first * from.channelBytes + image * from.imageBytes +
        pixel.y * from.rowBytes + 4 * pixel.x,
      xRowBytes: from.rowBytes * step[0],
      xChannelBytes: from.channelBytes,
      y: address + first * channelBytes(layout) + 4 * cell,
      yRowBytes: 4 * rowCells,
      yChannelBytes: channelBytes(layout),
      rows: found.rows,
      channels: count,
      cells: length,
      table,
    }),
  ];
}

function checkCopy(from: PlaneLayout, to: PlaneLayout): void {
  const tensor = ({ images, channels, size }: PlaneLayout): string =>
    `${images} x ${channels} x ${size.join(" x ")}`;
  const plain = from.views.length === 1 && from.step[0] === 1 && from.step[1] === 1;
  if (tensor(from) !== tensor(to) || !plain) {
    throw new RangeError(
      `Cannot copy planes of ${tensor(from)}${plain ? "" : ", which are views"}: expected plain ${
        tensor(to)
      }`,
    );
  }
}
