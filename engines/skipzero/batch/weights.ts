/**
 * Weights of linear layers on features of the batch, packed in the form that each gets.
 *
 * @module
 */
import { maskRows, planOnRows, type RowsPlan } from "../../../kernels/mod.ts";
import type { Graph } from "../../../models/mod.ts";
import { isBatchLayer, type LayerPlan, type LinearLayer } from "../layers.ts";
import type { Layout } from "../layout.ts";
import {
  biasOf,
  matrixOf,
  type PlacedWeight,
  type PlacementOptions,
  placePanels,
} from "../weights.ts";
import { type BatchChoice, chooseBatchForm } from "./choose_form.ts";

/** A packed weight; addresses are relative to the layout. */
export type BatchWeight =
  | (PlacedWeight & {
    /** Tells the forms apart. */
    readonly format: "panels";
    /** Why this form. */
    readonly choice: BatchChoice;
  })
  | {
    /** Tells the forms apart. */
    readonly format: "rows";
    /** Why this form. */
    readonly choice: BatchChoice;
    /** Calls for any addresses. */
    readonly plan: RowsPlan;
    /** Where its data are. */
    readonly data: readonly number[];
  };

/** What the weights are packed for. */
export interface BatchWeightOptions extends PlacementOptions {
  /** Threads that share the batch. */
  readonly threads: number;
}

/** Packs and places the weight of every linear layer of the batch. */
export function placeBatchWeights(
  graph: Graph,
  { batch, layers }: LayerPlan,
  layout: Layout,
  options: BatchWeightOptions,
): ReadonlyMap<LinearLayer, BatchWeight> {
  const weights = new Map<LinearLayer, BatchWeight>();
  for (const layer of layers) {
    if (layer.kind !== "linear" || !isBatchLayer(layer)) continue;
    weights.set(layer, placeWeight(graph, layer, batch, layout, options));
  }
  return weights;
}

function placeWeight(
  graph: Graph,
  layer: LinearLayer,
  batch: number,
  layout: Layout,
  options: BatchWeightOptions,
): BatchWeight {
  const [rows, cols] = [layer.out.rows, layer.x.rows];
  const { target, threads } = options;
  const matrix = matrixOf(graph, layer)();
  const masks = maskRows(matrix, rows, cols);
  const allowRows = layer.residual === null;
  const choice = chooseBatchForm(matrix, masks, { ...options, batch, allowRows });
  const { form, pattern } = choice;
  if (form === "panel") {
    const placed = placePanels(graph, layer, choice, masks, layout, options);
    return { format: "panels", ...placed, choice };
  }
  const bias = biasOf(graph, layer);
  const task = { weights: matrix, rows, cols, pattern, lanes: batch, threads };
  const post = layer.activation;
  const plan = planOnRows(target, { ...task, post, ...bias && { bias } }, form);
  return { format: "rows", choice, plan, data: plan.data.map((data) => layout.place(data)) };
}
