/**
 * What makes and keeps zeros while a network trains: the interface that a step knows, and what its implementations share.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";
import type { Floats } from "../engines/tfjs/mod.ts";
import type { Layer } from "./layers.ts";
import type { Masks } from "./masks.ts";

/** Gradients of a step by the name of the parameter; `null` for one that the loss does not reach. In place. */
export type GradientsOf = (name: string) => Floats | null;

/**
 * Pruning of one network. A step calls, in this order: {@linkcode Pruner.beginStep}, forward and backward,
 * {@linkcode Pruner.onGradients}, then clipping and the optimiser with {@linkcode Pruner.maskOf}, {@linkcode Pruner.onUpdated}; after
 * the last step {@linkcode Pruner.finish}.
 */
export interface Pruner {
  /** Pruned layers. */
  readonly layers: readonly Layer[];
  /** Masks now, as matrices. */
  readonly masks: Masks;
  /** Fraction of zeros in the pruned layers now. */
  readonly sparsity: number;
  /** Whether masks have reached the target. */
  readonly done: boolean;
  /** First step from whose gradients on masks do not change any more. */
  readonly settledFrom: number;
  /** Makes new masks if it is time, and zeroes what fell. */
  beginStep(step: number): void;
  /**
   * Sees the whole gradients, before they are clipped, and may change them.
   *
   * @returns Whether the optimiser goes on with the step; an exchange of weights takes its place.
   */
  onGradients(step: number, gradients: GradientsOf): boolean;
  /** The mask of a parameter as float32 in the order of its weights, or `null` if nothing of it has fallen. */
  maskOf(name: string): Floats | null;
  /** After the update. */
  onUpdated(step: number): void;
  /** After the last of `steps` steps: makes masks that are due then. */
  finish(steps: number): void;
  /** What a checkpoint keeps, by name. */
  state(): ReadonlyMap<string, Tensor>;
  /** Puts back what {@linkcode Pruner.state} gave. */
  restore(tensors: ReadonlyMap<string, Tensor>): void;
}

/** Zeroes the gradients of weights that have fallen, as the documents' `prune_gradient_with_magnitude` does. */
export function pruneGradients(
  layers: readonly Layer[],
  gradients: GradientsOf,
  maskOf: Pruner["maskOf"],
): void {
  for (const { name } of layers) {
    const [gradient, mask] = [gradients(name), maskOf(name)];
    if (gradient === null || mask === null) continue;
    for (let i = 0; i < gradient.length; i++) if (mask[i] === 0) gradient[i] = 0;
  }
}
