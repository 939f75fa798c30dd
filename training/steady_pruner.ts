/**
 * What pruners have in common that are at their target from the first step on.
 *
 * @module
 */
import type { LayerMasks } from "./layer_masks.ts";
import type { Layer } from "./layers.ts";
import type { Pruner } from "./pruner.ts";

/** What is a pruner's own. */
export interface Steady extends Pick<Pruner, "settledFrom" | "onGradients"> {
  /** Pruned layers. */
  readonly layers: readonly Layer[];
  /** Their masks, in force. */
  readonly masks: LayerMasks;
}

/** A pruner whose masks change with gradients, or never. */
export function steadyPruner({ layers, masks, settledFrom, onGradients }: Steady): Pruner {
  return {
    layers,
    get masks() {
      return masks.masks;
    },
    get sparsity() {
      return masks.sparsity;
    },
    done: true,
    settledFrom,
    beginStep(): void {},
    onGradients,
    maskOf: masks.factorsOf,
    onUpdated(): void {},
    finish(): void {},
    state: masks.state,
    restore: masks.restore,
  };
}
