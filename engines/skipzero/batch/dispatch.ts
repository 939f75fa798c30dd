/**
 * The dispatch proof of the batch: which kernel runs each layer, and how much of it is skipped.
 *
 * @module
 */
import { gatherRows, pairProducts, spmm, type Target } from "../../../kernels/mod.ts";
import type { LayerDispatch } from "../../engine.ts";
import { linearDispatch } from "../dispatch.ts";
import type { Layer, LinearLayer } from "../layers.ts";
import type { PairProductsLayer } from "./layers.ts";
import type { BatchSegment } from "./segment.ts";
import type { BatchWeight } from "./weights.ts";

/** Rows for a layer of the batch: none for those that only move or activate features that are there. */
export function batchDispatch(
  layer: Layer,
  items: number,
  { weights, pairs, panelLanes }: BatchSegment,
  target: Target,
): readonly LayerDispatch[] {
  switch (layer.kind) {
    case "linear":
      return [weightDispatch(layer, weights.get(layer)!, items, target, panelLanes)];
    case "pair_products":
      return [pairDispatch(layer, pairs.get(layer)!, items)];
    case "look_up":
      return [{
        layer: layer.table,
        kernel: gatherRows({ target, panelLanes }).id,
        sparsity: null,
        skipped: null,
        reason: "look-up: it multiplies nothing",
        macsDone: 0,
        macsDense: 0,
      }];
    default:
      return [];
  }
}

function weightDispatch(
  layer: LinearLayer,
  weight: BatchWeight,
  items: number,
  target: Target,
  panelLanes: number,
): LayerDispatch {
  const { choice } = weight;
  if (weight.format === "panels") {
    const { packed } = weight;
    const kernel = spmm({
      target,
      pattern: choice.pattern,
      post: layer.activation,
      residual: layer.residual !== null,
      panelLanes,
      severalPasses: packed.passes > 1,
    });
    return linearDispatch(layer, { choice, packed }, kernel.id, items);
  }
  const { kernelId, work } = weight.plan;
  // Rows that only fill up the last block are no weights: they cannot make a layer denser than dense.
  const macsDone = Math.min(work.executedMacs, work.denseMacs);
  return {
    layer: layer.weight,
    kernel: kernelId,
    sparsity: choice.sparsity,
    skipped: 1 - macsDone / work.denseMacs,
    reason: choice.reason,
    macsDone,
    macsDense: work.denseMacs,
  };
}

function pairDispatch(
  { x, out, vectors, pairs }: PairProductsLayer,
  list: { readonly options: Parameters<typeof pairProducts>[0]; readonly products: number },
  items: number,
): LayerDispatch {
  const size = x.rows / vectors;
  return {
    layer: out.name,
    kernel: pairProducts(list.options).id,
    sparsity: null,
    skipped: null,
    reason:
      `products of activations: it has no weights; of ${vectors} x ${vectors}, ${pairs.length} are wanted, and tiles compute ${list.products}`,
    macsDone: Math.min(list.products, vectors * vectors) * size * items,
    macsDense: vectors * vectors * size * items,
  };
}
