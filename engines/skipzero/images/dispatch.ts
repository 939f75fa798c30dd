/**
 * The dispatch proof of image layers: which kernel runs each convolution, and how much of it is skipped.
 *
 * @module
 */
import { convolutionKernel, reasonOf } from "../../../kernels/mod.ts";
import type { LayerDispatch } from "../../engine.ts";
import type { ConvolutionLayer, ImagePlan } from "./layers.ts";
import type { PlacedConvolution, PlacedImageParameters } from "./weights.ts";

/** The convolutions with the kernels that they got. */
export function imageDispatch(
  plan: ImagePlan,
  { convolutions }: PlacedImageParameters,
  batch: number,
): readonly LayerDispatch[] {
  return plan.layers.flatMap((layer) => {
    const placed = layer.kind === "convolution" ? convolutions.get(layer) : undefined;
    return layer.kind === "convolution" && placed ? [rowOf(layer, placed, batch)] : [];
  });
}

function rowOf(
  layer: ConvolutionLayer,
  { planned, choice }: PlacedConvolution,
  batch: number,
): LayerDispatch {
  const { packed, tiles } = planned;
  const weights = layer.values.length;
  // rows that only fill up the last block are no weights: they cannot make a layer denser than dense
  const stored = Math.min(weights, packed.stored);
  const pixels = batch * layer.window.output[0] * layer.window.output[1];
  return {
    layer: layer.weight,
    kernel: convolutionKernel(planned, tiles.vectors, packed.passes.length - 1).id,
    sparsity: choice.sparsity,
    skipped: 1 - stored / weights,
    reason: `${choice.reason}; ${reasonOf(planned)}`,
    macsDone: stored * pixels,
    macsDense: weights * pixels,
  };
}
