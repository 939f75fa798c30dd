/**
 * The dispatch proof: which kernel runs each layer, and how much of it is skipped.
 *
 * @module
 */
import type { Target } from "../../kernels/mod.ts";
import type { LayerDispatch } from "../engine.ts";
import { linearKernelId } from "./calls.ts";
import type { Layer, LayerPlan, LinearLayer } from "./layers.ts";
import type { PlacedParameters, PlacedWeight } from "./weights.ts";

/** Layers that multiply, with the kernel they got. */
export function dispatchOf(
  plan: LayerPlan,
  parameters: PlacedParameters,
  target: Target,
  panelLanes: number,
): readonly LayerDispatch[] {
  return plan.layers.flatMap((layer): LayerDispatch[] => {
    const weight = layer.kind === "linear" ? parameters.weights.get(layer) : undefined;
    if (layer.kind === "linear" && weight !== undefined) {
      const kernel = linearKernelId(layer, weight, target, panelLanes);
      return [linearDispatch(layer, weight, kernel, itemsOf(layer, plan))];
    }
    return layer.kind === "attention" ? [attentionDispatch(layer, plan, target)] : [];
  });
}

/** Tokens or batch items that a layer works on, padding left out. */
function itemsOf(layer: Layer, { batch, sequence }: LayerPlan): number {
  return layer.out.lanes === "tokens" ? batch * sequence : batch;
}

function linearDispatch(
  layer: LinearLayer,
  { choice, packed }: PlacedWeight,
  kernel: string,
  items: number,
): LayerDispatch {
  const weights = packed.rows * packed.cols;
  // Rows that only fill up the last block are no weights: they cannot make a layer denser than dense.
  const stored = Math.min(weights, packed.stored);
  return {
    layer: layer.weight,
    kernel,
    sparsity: choice.sparsity,
    skipped: 1 - stored / weights,
    reason: choice.reason,
    macsDone: stored * items,
    macsDense: weights * items,
  };
}

function attentionDispatch(
  layer: Extract<Layer, { kind: "attention" }>,
  { batch, sequence }: LayerPlan,
  target: Target,
): LayerDispatch {
  const macs = 2 * batch * sequence * sequence * layer.out.rows;
  return {
    layer: layer.out.name,
    kernel: `attention_f32_${target}`,
    sparsity: null,
    skipped: null,
    reason: "product of two activations: it has no weights",
    macsDone: macs,
    macsDense: macs,
  };
}
