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
import { copyPlanes, copyTable, LANES } from "../ops/mod.ts";
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
  const { channels, images, views } = to.layout;
  const tables = new Map<number, number>();
  const tableOf = (cells: number): number => {
    const fill = to.layout.fill === 0 ? 0 : MINUS_INFINITY;
    const key = cells % LANES[backend.target];
    const known = tables.get(key) ??
      placeWords(backend, copyTable(backend.target, to.layout.step[1], cells, fill));
    tables.set(key, known);
    return known;
  };
  const most = Math.max(1, Math.floor(CHUNK_BYTES / channelBytes(from.layout)));
  return Array.from({ length: threads }, (_, thread) => {
    const end = Math.floor(channels * (thread + 1) / threads);
    const steps: Step[] = [];
    for (let first = Math.floor(channels * thread / threads); first < end; first += most) {
      const count = Math.min(most, end - first);
      for (let image = 0; image < images; image++) {
        for (const view of views.keys()) {
          steps.push(...viewStep(backend, from, to, { image, view, first, count }, tableOf));
        }
      }
    }
    return steps;
  });
}

/** Channels are copied so many bytes at a time, that all views find them in the second-level cache. */
const CHUNK_BYTES = 64 * 1024;

const MINUS_INFINITY = 0xff800000;

interface Share {
  readonly image: number;
  readonly view: number;
  /** First channel. */
  readonly first: number;
  /** Channels. */
  readonly count: number;
}

function viewStep(
  backend: Backend,
  from: PlacedPlanes,
  to: PlacedPlanes,
  { image, view, first, count }: Share,
  tableOf: (cells: number) => number,
): Step[] {
  const found = viewRows(to.layout, view, image);
  if (found === null) return [];
  const { cell, pixel, length } = found.first;
  const { step, rowCells } = to.layout;
  const source = from.layout;
  const xCell = firstPixel(source) +
    (image * source.imageRows + pixel.y) * source.rowCells + pixel.x;
  const kernel = copyPlanes({ target: backend.target, step: step[1] });
  const args = kernel.args({
    x: from.address + first * channelBytes(source) + 4 * xCell,
    xRowBytes: 4 * source.rowCells * step[0],
    xChannelBytes: channelBytes(source),
    y: to.address + first * channelBytes(to.layout) + 4 * cell,
    yRowBytes: 4 * rowCells,
    yChannelBytes: channelBytes(to.layout),
    rows: found.rows,
    channels: count,
    cells: length,
    table: tableOf(length),
  });
  return [{ do: "call", kernel, args }];
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
