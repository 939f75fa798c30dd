/**
 * Types of a recipe's trainings: optimiser, learning rate, and how zeros come into being.
 *
 * @module
 */

/** How the learning rate goes on after the warm-up. */
export type RateSchedule =
  | "constant"
  | "linear"
  | "cosine"
  | "one_cycle"
  | "step"
  | "multi_step";

/** One training: an optimiser and its settings. */
export interface Training {
  /** Passes over the training examples. */
  readonly epochs: number;
  /** Examples per step. */
  readonly batch: number;
  /** Examples per step in the first epoch; absent = as in all. */
  readonly firstEpochBatch?: number;
  /** Adam with decoupled decay, Adam with decay in the gradient, or gradient descent with decay in the gradient. */
  readonly optimizer: "adamw" | "adam" | "sgd";
  /** Peak learning rate. */
  readonly learningRate: number;
  /** How the rate goes on after the warm-up; `linear` and `cosine` end at 0. */
  readonly learningRateSchedule: RateSchedule;
  /** Steps in which the rate rises linearly from 0. */
  readonly warmupSteps: number;
  /** Of `step`: epochs after which the rate is multiplied by `gamma`, again and again. */
  readonly stepEpochs?: number;
  /** Of `multi_step`: epochs, ascending, after each of which the rate is multiplied by `gamma` once. */
  readonly milestones?: readonly number[];
  /** What `step` and `multi_step` multiply the rate by. */
  readonly gamma: number;
  /** Shape of `one_cycle`; absent for the others. */
  readonly oneCycle?: OneCycle;
  /** Weight decay: decoupled for `adamw`; none on biases and normalisation. */
  readonly weightDecay: number;
  /** Decay of the two moments of `adamw` and `adam`. */
  readonly betas: readonly [number, number];
  /** Added to the root of the second moment. */
  readonly epsilon: number;
  /** Momentum of `sgd`. */
  readonly momentum: number;
  /** Whether `sgd` looks ahead along its momentum. */
  readonly nesterov: boolean;
  /** Global gradient norm above which gradients are scaled down; absent = no clipping. */
  readonly clipNorm?: number;
  /** Probability of dropping a hidden value or an attention weight; networks without dropout ignore it. */
  readonly dropout: number;
  /** Share of the target that is spread evenly over all classes. */
  readonly labelSmoothing: number;
}

/** A rate that rises to its peak and falls to almost nothing, as in PyTorch's OneCycleLR. */
export interface OneCycle {
  /** Share of the steps in which the rate rises. */
  readonly riseFraction: number;
  /** Peak by the rate of the first step. */
  readonly initialDivisor: number;
  /** Rate of the first step by that of the last. */
  readonly finalDivisor: number;
  /** Along a line, or a cosine. */
  readonly anneal: "linear" | "cosine";
  /**
   * Momentum (of Adam: the first beta) at the peak of the rate and at both ends, lowest first; absent = it stays as the training has it.
   */
  readonly momentumRange?: readonly [number, number];
}

/** A training that makes or keeps zeros. */
export interface PruneTraining extends Training {
  /**
   * How zeros come into being.
   *
   * - `gradual`: more and more from `warmEpochs` on, by the criterion and schedule of `sparsity`.
   * - `rigl`: as many from the first step to the last; at intervals the smallest weights go and those with the largest gradients come.
   * - `static`: drawn at random before the first step, the same number for every output of a layer, and kept.
   * - `one_shot`: all before the first step, by the criterion; then kept.
   */
  readonly method: "gradual" | "rigl" | "static" | "one_shot";
  /** Epochs before the first pruning step. */
  readonly warmEpochs: number;
  /** Epochs after the last pruning step. */
  readonly cooldownEpochs: number;
  /** Training steps from one pruning step, or exchange of weights, to the next. */
  readonly frequency: number;
  /** Settings of `rigl`; there if and only if that is the method. */
  readonly rigl?: RiglPlan;
  /** Whether gradients of pruned weights are set to zero before the step, as the documents' pseudo-code does. */
  readonly pruneGradients: boolean;
  /** Losses against the dense model; absent = the task's loss alone. */
  readonly distillation?: Distillation;
  /** Group lasso on the blocks of the pattern; absent = none. */
  readonly groupLasso?: GroupLasso;
}

/** RigL (Evci et al. 2020). */
export interface RiglPlan {
  /** Share of a layer's weights that is exchanged at first; it falls along a cosine. */
  readonly fraction: number;
  /** Share of the training after which no more weights are exchanged. */
  readonly untilFraction: number;
  /** Zeros of each layer: more in larger ones (Erdős–Rényi kernel), or the same share in all. */
  readonly distribution: "erk" | "uniform";
  /** Whether weights are exchanged within a layer, or between layers too, as Numenta does. */
  readonly scope: "layer" | "global";
}

/** Group lasso: a pull on every block of the pattern, towards zero as a whole. */
export interface GroupLasso {
  /** Coefficient. */
  readonly alpha: number;
  /**
   * - `correct`: alpha·W/‖W‖ of each block is added to its gradient.
   * - `inc-v1.12`: that, but added after the step and cleared before the next, as the published example does: without effect.
   * - `inc-v2.6`: after the step, W shrinks by alpha/‖G‖ of itself, G being the block's gradient.
   */
  readonly variant: "correct" | "inc-v1.12" | "inc-v2.6";
}

/** Weights of the losses while learning from the dense model. */
export interface Distillation {
  /** Weight of the mean squared error between last hidden states. */
  readonly hidden: number;
  /** Weight of the KL divergence between logits. */
  readonly logits: number;
  /** Weight of the mean squared error between attention probabilities, over all layers. */
  readonly attention: number;
  /** Temperature of the logits. */
  readonly temperature: number;
  /** Weight of the task's own loss. */
  readonly taskLoss: number;
}
