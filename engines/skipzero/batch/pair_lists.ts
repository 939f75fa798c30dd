/**
 * Tiles of interactions in the arena.
 *
 * @module
 */
import { type PairProductsOptions, pairTiles, type Target } from "../../../kernels/mod.ts";
import type { Layer } from "../layers.ts";
import type { Layout } from "../layout.ts";
import type { PairProductsLayer } from "./layers.ts";

/** An interaction's tiles. */
export interface PairList {
  /** Which kernel. */
  readonly options: PairProductsOptions;
  /** Its list, relative to the layout. */
  readonly list: { readonly tiles: number; readonly tileCount: number };
  /** Products that all tiles compute, wanted or not. */
  readonly products: number;
}

/** Places the tiles of every interaction. */
export function placePairLists(
  layers: readonly Layer[],
  layout: Layout,
  { target, panelLanes }: { readonly target: Target; readonly panelLanes: number },
): ReadonlyMap<PairProductsLayer, PairList> {
  const lists = new Map<PairProductsLayer, PairList>();
  for (const layer of layers) {
    if (layer.kind !== "pair_products") continue;
    const { x, vectors: count, pairs } = layer;
    const options = { target, features: x.rows / count, count, panelLanes };
    const { list, tileCount } = pairTiles(options, pairs);
    const tiles = layout.place(list);
    // each tile has two words besides a word for each product
    lists.set(layer, {
      options,
      list: { tiles, tileCount },
      products: list.length - 2 * tileCount,
    });
  }
  return lists;
}
