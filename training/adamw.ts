/**
 * AdamW: the numbers of each step.
 *
 * @module
 */
import type { AdamStep } from "../engines/tfjs/mod.ts";
import type { Training } from "../recipes/mod.ts";
import { learningRateAt } from "./learning_rate.ts";

/** Whether weight decay applies to a parameter: not to biases and layer normalisation, as in the published scripts. */
export function decays(name: string): boolean {
  return !name.endsWith(".bias") && !name.includes("LayerNorm");
}

/**
 * The numbers of a step, from 0, for parameters with or without decay.
 *
 * Decay is decoupled: it multiplies the weight and does not enter the moments (Loshchilov and Hutter 2019, algorithm 2, in the form
 * of `torch.optim.AdamW`).
 */
export function adamStep(
  training: Training,
  step: number,
  steps: number,
  decay: boolean,
): AdamStep {
  const [beta1, beta2] = training.betas;
  const rate = learningRateAt(training, step, steps);
  return {
    gradientScale: 1,
    penalty: 0,
    beta1,
    beta2,
    keep: decay ? 1 - rate * training.weightDecay : 1,
    rate: rate / (1 - beta1 ** (step + 1)),
    rootScale: 1 / Math.sqrt(1 - beta2 ** (step + 1)),
    epsilon: training.epsilon,
  };
}

/** The factor that brings gradients of this norm down to at most `clipNorm`. */
export function clipScale(norm: number, clipNorm: number): number {
  // 1e-6 as in torch.nn.utils.clip_grad_norm_.
  return Math.min(1, clipNorm / (norm + 1e-6));
}
