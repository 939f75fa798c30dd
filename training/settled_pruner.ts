/**
 * A pruner that has the network skip what is pruned, once masks have settled.
 *
 * @module
 */
import type { FrozenUse, FrozenWeights, TfTensor, TrainingTfjs } from "../engines/tfjs/mod.ts";
import type { Masks } from "./masks.ts";
import type { Pruner } from "./pruner.ts";

/** A pruner that tells how products are computed. Disposing it makes them dense again. */
export interface SettledPruner extends Pruner, Disposable {
  /** Kernels of each layer's products now; empty as long as masks change. */
  readonly uses: readonly FrozenUse[];
}

/** What {@linkcode skipSettledZeros} needs of a training. */
export interface SettledOptions {
  /** Where the network runs. */
  readonly machine: Pick<TrainingTfjs, "freeze">;
  /** The tensor of a layer's weights. */
  readonly tensorOf: (name: string) => TfTensor;
  /** Whether gradients are clipped by their norm, to which those of pruned weights belong, so that all are computed. */
  readonly clips: boolean;
}

/** The same pruner; from the step after its masks have settled on, linear layers and convolutions of the network skip what is pruned. */
export function skipSettledZeros(
  pruner: Pruner,
  { machine, tensorOf, clips }: SettledOptions,
): SettledPruner {
  let frozen: { readonly masks: Masks; readonly weights: FrozenWeights } | null = null;
  function freeze(): void {
    const { masks } = pruner;
    frozen?.weights[Symbol.dispose]();
    const weights = pruner.layers.flatMap(({ name }) => {
      const [weight, mask] = [tensorOf(name), masks.of.get(name)];
      return mask ? [{ name, weight, mask }] : [];
    });
    frozen = { masks, weights: machine.freeze(weights, clips ? "all" : "kept") };
  }
  return {
    layers: pruner.layers,
    get masks() {
      return pruner.masks;
    },
    get sparsity() {
      return pruner.sparsity;
    },
    get done() {
      return pruner.done;
    },
    settledFrom: pruner.settledFrom,
    beginStep(step): void {
      pruner.beginStep(step);
      // The gradients of the first settled step may still be those that an exchange looks at.
      if (step > pruner.settledFrom && frozen?.masks !== pruner.masks) freeze();
    },
    onGradients: (step, gradients) => pruner.onGradients(step, gradients),
    maskOf: (name) => pruner.maskOf(name),
    onUpdated: (step) => pruner.onUpdated(step),
    finish: (steps) => pruner.finish(steps),
    state: () => pruner.state(),
    restore: (tensors) => pruner.restore(tensors),
    get uses() {
      return frozen?.weights.uses ?? [];
    },
    [Symbol.dispose](): void {
      frozen?.weights[Symbol.dispose]();
      frozen = null;
    },
  };
}
