/**
 * Where planes live in the working set of a thread.
 *
 * @module
 */
import { hasPads, planesBytes } from "../../../kernels/mod.ts";
import { type Life, placeLives } from "../memory_plan.ts";
import { imageOutOf, type ImagePlan, imagesOf, type ImageValue } from "./layers.ts";
import type { ImageLayouts, WindowLayer } from "./layouts.ts";

/** Output channels are written in blocks of up to so many. */
const MOST_BLOCK_ROWS = 4;

/** Places in a working set. */
export interface ImageMemory {
  /** Bytes of a working set. */
  readonly sizeBytes: number;
  /** Byte offset of each value that a layer writes. */
  readonly values: ReadonlyMap<ImageValue, number>;
  /** Byte offset of each copy that a window reads. */
  readonly copies: ReadonlyMap<WindowLayer, number>;
}

/**
 * Places values and copies. Each takes the lowest gap that is free while it lives; copies with pads, which nobody writes again,
 * have a place of their own that is cleared once.
 */
export function planImageMemory(plan: ImagePlan, layouts: ImageLayouts): ImageMemory {
  const lives: Life[] = [];
  const ids = new Map<ImageValue | WindowLayer, number>();
  const take = (what: ImageValue | WindowLayer, sizeBytes: number, first: number, last: number) => {
    ids.set(what, lives.length);
    lives.push({ id: lives.length, sizeBytes: roundUp(sizeBytes), first, last });
  };
  plan.layers.forEach((layer, at) => {
    const isWindow = layer.kind === "convolution" || layer.kind === "pool";
    const copy = isWindow ? layouts.copyOf(layer) : null;
    if (isWindow && copy !== null) {
      const own = hasPads(copy.pads);
      take(layer, planesBytes(copy), own ? 0 : at, own ? plan.layers.length : at);
    }
    const out = imageOutOf(layer);
    if (out === null) return;
    const last = plan.layers.findLastIndex((reader) => imagesOf(reader).includes(out));
    const channels = Math.ceil(out.channels / MOST_BLOCK_ROWS) * MOST_BLOCK_ROWS;
    take(out, planesBytes(layouts.of(out), channels), at, Math.max(at, last));
  });
  const { offsets, sizeBytes } = placeLives(lives);
  const offsetsOf = <Key extends ImageValue | WindowLayer>(isKey: (key: object) => boolean) =>
    new Map(
      [...ids].filter(([key]) => isKey(key)).map(([key, id]) => [key as Key, offsets.get(id)!]),
    );
  return {
    sizeBytes,
    values: offsetsOf<ImageValue>((key) => "channels" in key),
    copies: offsetsOf<WindowLayer>((key) => "kind" in key),
  };
}

function roundUp(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 64) * 64;
}
