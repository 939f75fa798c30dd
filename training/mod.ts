/**
 * Prunes and fine-tunes a recipe's network.
 *
 * @module
 */
export * from "./architecture.ts";
export * from "./assemble.ts";
export * from "./batches.ts";
export * from "./checkpoint.ts";
export * from "./create_pruner.ts";
export * from "./densities.ts";
export * from "./deviations.ts";
export * from "./evaluate.ts";
export * from "./final_result.ts";
export * from "./fixed_pruner.ts";
export * from "./forward.ts";
export * from "./gradual_pruner.ts";
export * from "./group_lasso.ts";
export * from "./k_winners.ts";
export * from "./kth_largest.ts";
export * from "./layer_masks.ts";
export * from "./layers.ts";
export * from "./learning_rate.ts";
export * from "./log.ts";
export * from "./look_ups.ts";
export * from "./loss.ts";
export * from "./masks.ts";
export * from "./metric.ts";
export * from "./network.ts";
export * from "./optimiser.ts";
export * from "./pruner.ts";
export * from "./record.ts";
export * from "./rigl.ts";
export * from "./rigl_pruner.ts";
export * from "./seed.ts";
export * from "./sparsity_schedule.ts";
export * from "./stage.ts";
export * from "./static_masks.ts";
export * from "./step.ts";
export * from "./steps.ts";
export * from "./tables.ts";
export * from "./task.ts";
export * from "./task_of.ts";
export { boxTask, type BoxTaskBatch } from "./tasks/boxes.ts";
export { clickTask, type ClickTaskBatch } from "./tasks/clicks.ts";
export { type PlaneOptions, planeTask, type PlaneTaskBatch } from "./tasks/planes.ts";
export { answersFile, type SpanScorer } from "./tasks/span_score.ts";
export { type SpanBatch, type SpanTask, spanTask } from "./tasks/spans.ts";
export { type BoxTargets } from "./tasks/box_targets.ts";
export { type TextBatch, type TextOptions, textTask } from "./tasks/text.ts";
export type { TokenBatch } from "./tasks/token_inputs.ts";
export * from "./teacher.ts";
export * from "./train.ts";
export * from "./training_checks.ts";
export * from "./training_memory.ts";
export * from "./units.ts";
export * from "./winner_layers.ts";
