/**
 * Where planes live in the working set of a thread.
 *
 * @module
 */
import { hasPads, planesBytes } from "../../../kernels/mod.ts";
import { type Life, placeLives } from "../memory_plan.ts";
import {
  type ImagePlan,
  type ImageValue,
  isPlanes,
  readBy,
  stripRowBytes,
  type StripValue,
  writtenBy,
} from "./layers.ts";
import type { ImageLayouts, WindowLayer } from "./layouts.ts";

/** Output channels are written in blocks of up to so many. */
const MOST_BLOCK_ROWS = 4;

/** Places in a working set. */
export interface ImageMemory {
  /** Bytes of a working set. */
  readonly sizeBytes: number;
  /** Byte offset of each value that a layer writes. */
  readonly values: ReadonlyMap<ImageValue | StripValue, number>;
  /** Byte offset of each copy that a window reads. */
  readonly copies: ReadonlyMap<WindowLayer, number>;
}

/**
 * Places values and copies. Each takes the lowest gap that is free while it lives; copies with pads, which nobody writes again,
 * have a place of their own that is cleared once. A convolution whose residual nobody else reads writes over it, which spares the
 * caches a third of its large planes.
 */
export function planImageMemory(plan: ImagePlan, layouts: ImageLayouts): ImageMemory {
  const lives: { -readonly [Key in keyof Life]: Life[Key] }[] = [];
  const values = new Map<ImageValue | StripValue, number>();
  const copies = new Map<WindowLayer, number>();
  const take = (sizeBytes: number, first: number, last: number): number =>
    lives.push({ id: lives.length, sizeBytes: roundUp(sizeBytes), first, last }) - 1;
  plan.layers.forEach((layer, at) => {
    const isWindow = layer.kind === "convolution" || layer.kind === "pool";
    const copy = isWindow ? layouts.copyOf(layer) : null;
    if (isWindow && copy !== null) {
      const own = hasPads(copy.pads);
      const [first, last] = own ? [0, plan.layers.length] : [at, at];
      copies.set(layer, take(planesBytes(copy), first, last));
    }
    const out = writtenBy(layer);
    if (out === null) return;
    const last = Math.max(at, lastReader(plan, out));
    const residual = overwritten(plan, at, layouts);
    const id = residual === null ? undefined : values.get(residual);
    if (id === undefined) values.set(out, take(bytesOf(out, layouts), at, last));
    else {
      values.set(out, id);
      lives[id]!.last = last;
    }
  });
  const { offsets, sizeBytes } = placeLives(lives);
  const placed = <Key>(ids: ReadonlyMap<Key, number>) =>
    new Map([...ids].map(([key, id]) => [key, offsets.get(id)!] as const));
  return { sizeBytes, values: placed(values), copies: placed(copies) };
}

/** Position of the last layer that reads a value; -1 if none does. */
function lastReader({ layers }: ImagePlan, value: ImageValue | StripValue): number {
  return layers.findLastIndex((reader) => readBy(reader).includes(value));
}

/** The residual that a layer may write its output over: as large, and read by nobody after. */
function overwritten(
  plan: ImagePlan,
  at: number,
  layouts: ImageLayouts,
): ImageValue | null {
  const layer = plan.layers[at]!;
  if (layer.kind !== "convolution" || layer.residual === null) return null;
  const { residual, x, out } = layer;
  const fits = residual !== x && bytesOf(residual, layouts) === bytesOf(out, layouts);
  return fits && lastReader(plan, residual) === at ? residual : null;
}

/** Bytes of a value of a whole chunk. */
function bytesOf(value: ImageValue | StripValue, layouts: ImageLayouts): number {
  if (!isPlanes(value)) return layouts.images * value.rows * stripRowBytes(value);
  const channels = Math.ceil(value.channels / MOST_BLOCK_ROWS) * MOST_BLOCK_ROWS;
  return planesBytes(layouts.of(value), channels);
}

function roundUp(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 64) * 64;
}
