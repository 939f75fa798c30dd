/**
 * Training on masks that never change.
 *
 * @module
 */
import { createLayerMasks, type LayerValues } from "./layer_masks.ts";
import type { Layer } from "./layers.ts";
import type { Masks } from "./masks.ts";
import { pruneGradients, type Pruner } from "./pruner.ts";
import { steadyPruner } from "./steady_pruner.ts";

/**
 * Puts masks in force for a whole training: weights that they do not keep stay zero.
 *
 * @param dropGradients Whether gradients of such weights are dropped, so that they do not count when gradients are clipped.
 */
export function createFixedPruner(
  layers: readonly Layer[],
  values: LayerValues,
  initial: Masks,
  dropGradients: boolean,
): Pruner {
  const masks = createLayerMasks(layers, values);
  masks.apply(initial);
  return steadyPruner({
    layers,
    masks,
    settledFrom: 0,
    onGradients(_, gradients): boolean {
      if (dropGradients) pruneGradients(layers, gradients, masks.factorsOf);
      return true;
    },
  });
}
