/**
 * Graphs in tfjs: differentiable for training, and an engine for the race.
 *
 * @module
 */
export * from "./data_loops.ts";
export * from "./execute.ts";
export * from "./heap.ts";
export * from "./loops.ts";
export * from "./ops.ts";
export * from "./own_kernels.ts";
export * from "./own_ops.ts";
export * from "./plan.ts";
export * from "./training.ts";
