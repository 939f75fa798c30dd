/**
 * Graphs in tfjs: differentiable for training, and an engine for the race.
 *
 * @module
 */
export * from "./engine.ts";
export * from "./execute.ts";
export type { LoopsOptions } from "./fast_loops.ts";
export * from "./gate.ts";
export * from "./heap.ts";
export * from "./loops.ts";
export type { ConvolutionLoops, ConvolutionSizes } from "./convolution_loops.ts";
export type { ChannelSizes, Ending, NormLoops } from "./norm_loops.ts";
export { type NodeCall, type NormCall, type Ops, stockOps, type TrainingCalls } from "./ops.ts";
export * from "./plan.ts";
export * from "./stock_training.ts";
export * from "./training.ts";
export type {
  FrozenUse,
  FrozenWeight,
  FrozenWeights,
  ProductName,
  WantedGradients,
} from "./sparse/frozen.ts";
export type { KeptRows, KeptWeights } from "./sparse/kept_weights.ts";
