/**
 * Layers: packed weights and the calls that compute with them.
 *
 * @module
 */
export * from "./broadcast_layer.ts";
export * from "./convolution.ts";
export * from "./convolution_calls.ts";
export * from "./convolution_choices.ts";
export * from "./families.ts";
export * from "./layer.ts";
export * from "./panel_layer.ts";
export * from "./panel_shares.ts";
export * from "./permute_layer.ts";
export * from "./planes.ts";
export * from "./pooling.ts";
export * from "./pooling_calls.ts";
export { hasPads } from "./window_layouts.ts";
export * from "./quantized_broadcast.ts";
export * from "./quantized_linear.ts";
export type { QuantizedShape } from "./quantized_shape.ts";
export * from "./rows.ts";
export * from "./rows_plan.ts";
export * from "./task.ts";
export * from "./sparse_sparse_layer.ts";
export * from "./form_costs.ts";
export * from "./linear.ts";
export * from "./sparse_sparse_convolution.ts";
export * from "./dot_layer.ts";
