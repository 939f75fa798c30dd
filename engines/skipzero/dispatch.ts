/**
 * The dispatch proof: which kernel runs each layer, and how much of it is skipped.
 *
 * @module
 */
import type { Target } from "../../kernels/mod.ts";
import type { LayerDispatch } from "../engine.ts";
import { linearKernelId } from "./calls.ts";
import { batchDispatch } from "./batch/dispatch.ts";
import type { BatchSegment } from "./batch/segment.ts";
import { isBatchLayer, type Layer, type LayerPlan, type LinearLayer } from "./layers.ts";
import type { PlacedParameters, PlacedWeight } from "./weights.ts";

/** Layers that multiply, and those of the batch that only move features, with the kernels they got. */
export function dispatchOf(
  plan: LayerPlan,
  parameters: PlacedParameters,
  batch: BatchSegment,
  target: Target,
  panelLanes: number,
): readonly LayerDispatch[] {
  return plan.layers.flatMap((layer): readonly LayerDispatch[] => {
    if (isBatchLayer(layer)) return batchDispatch(layer, plan.batch, batch, target);
    const weight = layer.kind === "linear" ? parameters.weights.get(layer) : undefined;
    if (layer.kind === "linear" && weight !== undefined) {
      const kernel = linearKernelId(layer, weight, target, panelLanes);
      return [linearDispatch(layer, weight, kernel, plan.batch * plan.sequence)];
    }
    return layer.kind === "attention" ? [attentionDispatch(layer, plan, target)] : [];
  });
}

/** A linear layer on panels. */
export function linearDispatch(
  layer: LinearLayer,
  { choice, packed }: Pick<PlacedWeight, "choice" | "packed">,
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
