/**
 * Prunes and fine-tunes a recipe's network.
 *
 * @module
 */
export * from "./assemble.ts";
export * from "./batches.ts";
export * from "./checkpoint.ts";
export * from "./config.ts";
export * from "./create_pruner.ts";
export * from "./densities.ts";
export * from "./evaluate.ts";
export * from "./fixed_pruner.ts";
export * from "./gradual_pruner.ts";
export * from "./group_lasso.ts";
export * from "./k_winners.ts";
export * from "./kth_largest.ts";
export * from "./layer_masks.ts";
export * from "./layers.ts";
export * from "./learning_rate.ts";
export * from "./log.ts";
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
export * from "./step.ts";
export * from "./static_masks.ts";
export * from "./steps.ts";
export {
  type Ask,
  type BatchLoss,
  type Distiller,
  type OutputViews,
  type Scorer,
  type Task,
  type TaskBatch,
  type TrainRequest,
  type Trial,
} from "./task.ts";
export { boxTask, type BoxTaskBatch } from "./tasks/boxes.ts";
export { clickTask, type ClickTaskBatch } from "./tasks/clicks.ts";
export { answersFile, type SpanScorer } from "./tasks/span_score.ts";
export { type SpanBatch, type SpanTask, spanTask } from "./tasks/spans.ts";
export { type BoxTargets } from "./tasks/box_targets.ts";
export * from "./teacher.ts";
export * from "./train.ts";
export * from "./units.ts";
export * from "./word_table.ts";
export * from "./winner_layers.ts";
