/**
 * Prunes and fine-tunes a recipe's network.
 *
 * @module
 */
export * from "./assemble.ts";
export * from "./batches.ts";
export * from "./checkpoint.ts";
export * from "./config.ts";
export * from "./evaluate.ts";
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
export * from "./seed.ts";
export * from "./sparsity_schedule.ts";
export * from "./stage.ts";
export * from "./step.ts";
export * from "./steps.ts";
export * from "./teacher.ts";
export * from "./train.ts";
export * from "./word_table.ts";
