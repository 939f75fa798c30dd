/**
 * Optimisers: what they keep for each parameter, and what they do in a step.
 *
 * @module
 */
import type { AdamStep, Floats, Loops, SgdStep } from "../engines/tfjs/mod.ts";
import type { Training } from "../recipes/mod.ts";
import { learningRateAt, momentumAt, type RatePlan } from "./learning_rate.ts";

/** What of a training sets the optimiser: AdamW unless told otherwise, and no momentum. */
export type OptimiserPlan =
  & RatePlan
  & Pick<Training, "weightDecay" | "betas" | "epsilon">
  & Partial<Pick<Training, "optimizer" | "momentum" | "nesterov">>;

/** Names of the tensors that an optimiser keeps beside a parameter. */
export type StateName = "first" | "second" | "velocity";

/** A parameter in a step. All arrays have one length. */
export interface Update {
  /** Changed in place. */
  readonly weights: Floats;
  /** In the order of {@linkcode Optimiser.states}; changed in place. */
  readonly states: readonly Floats[];
  /** By the weights. */
  readonly gradient: Floats;
  /** 1 where a weight may be other than zero, 0 elsewhere; `null` if all may. */
  readonly mask: Floats | null;
  /** Whether the weight decay applies. */
  readonly decay: boolean;
}

/** An optimiser. It has no state of its own, so that a training goes on from its tensors and the number of the step. */
export interface Optimiser {
  /** Tensors that it keeps for each parameter, as large as the parameter; they start at 0. */
  readonly states: readonly StateName[];
  /**
   * Gets a step, from 0, ready and gives the function that updates one parameter after the other.
   *
   * @param gradientScale Multiplies all gradients, before the decay.
   */
  beginStep(step: number, gradientScale: number): (update: Update) => void;
}

/**
 * The optimiser of a training of `steps` steps.
 *
 * Semantics are those of `torch.optim`: `AdamW` multiplies the weight by `1 - rate · decay` and leaves the moments alone; `Adam`
 * and `SGD` add `decay · weight` to the gradient; the velocity of `SGD` is `momentum · velocity + gradient`, without the rate
 * in it, and Nesterov's step is along `gradient + momentum · velocity`.
 */
export function createOptimiser(plan: OptimiserPlan, steps: number, loops: Loops): Optimiser {
  if (plan.optimizer === "sgd") return gradientDescent(plan, steps, loops);
  return {
    states: statesOf(plan),
    beginStep(step, gradientScale): (update: Update) => void {
      const numbers = (decay: boolean) => ({
        ...adamStep(plan, step, steps, decay),
        gradientScale,
      });
      const [plain, decayed] = [numbers(false), numbers(true)];
      return ({ weights, states, gradient, mask, decay }) => {
        const [first, second] = states as [Floats, Floats]; // as many as named above
        loops.adamw({ weights, first, second }, gradient, mask, decay ? decayed : plain);
      };
    },
  };
}

function gradientDescent(plan: OptimiserPlan, steps: number, loops: Loops): Optimiser {
  return {
    states: statesOf(plan),
    beginStep(step, gradientScale): (update: Update) => void {
      const numbers = (decay: boolean) => ({ ...sgdStep(plan, step, steps, decay), gradientScale });
      const [plain, decayed] = [numbers(false), numbers(true)];
      return ({ weights, states, gradient, mask, decay }) => {
        const velocity = states[0] ?? null;
        loops.sgd({ weights, velocity }, gradient, mask, decay ? decayed : plain);
      };
    },
  };
}

/** What the optimiser of a training keeps beside each parameter. */
export function statesOf(plan: OptimiserPlan): readonly StateName[] {
  if (plan.optimizer !== "sgd") return ["first", "second"];
  return hasVelocity(plan) ? ["velocity"] : [];
}

/** A cycle may set the momentum of a training that has none of its own. */
function hasVelocity({ momentum = 0, oneCycle }: OptimiserPlan): boolean {
  return momentum !== 0 || oneCycle?.momentumRange !== undefined;
}

/**
 * Whether weight decay applies to a parameter: not to biases and normalisation, as in the published scripts.
 *
 * @param shape Of the parameter: gains and offsets of normalisations are vectors, whatever their names.
 */
export function decays(name: string, shape: readonly number[]): boolean {
  return shape.length > 1 && !name.endsWith(".bias");
}

/**
 * The numbers of a step of Adam or AdamW, from 0, for parameters with or without decay.
 *
 * AdamW: Loshchilov and Hutter 2019, algorithm 2, in the form of `torch.optim.AdamW`. The bias correction is by the powers of the
 * beta of the step, as there, also where a cycle changes it.
 */
export function adamStep(
  plan: OptimiserPlan,
  step: number,
  steps: number,
  decay: boolean,
): AdamStep {
  const beta1 = momentumAt(plan, step, steps) ?? plan.betas[0];
  const beta2 = plan.betas[1];
  const rate = learningRateAt(plan, step, steps);
  const decoupled = plan.optimizer !== "adam";
  const amount = decay ? plan.weightDecay : 0;
  return {
    gradientScale: 1,
    penalty: decoupled ? 0 : amount,
    beta1,
    beta2,
    keep: decoupled ? 1 - rate * amount : 1,
    rate: rate / (1 - beta1 ** (step + 1)),
    rootScale: 1 / Math.sqrt(1 - beta2 ** (step + 1)),
    epsilon: plan.epsilon,
  };
}

/** The numbers of a step of gradient descent, from 0, for parameters with or without decay. */
export function sgdStep(
  plan: OptimiserPlan,
  step: number,
  steps: number,
  decay: boolean,
): SgdStep {
  const rate = learningRateAt(plan, step, steps);
  const momentum = momentumAt(plan, step, steps) ?? plan.momentum ?? 0;
  const numbers = { gradientScale: 1, penalty: decay ? plan.weightDecay : 0, momentum };
  if (!hasVelocity(plan)) return { ...numbers, gradientRate: rate, velocityRate: 0 };
  return plan.nesterov
    ? { ...numbers, gradientRate: rate, velocityRate: rate * momentum }
    : { ...numbers, gradientRate: 0, velocityRate: rate };
}

/** The factor that brings gradients of this norm down to at most `clipNorm`. */
export function clipScale(norm: number, clipNorm: number): number {
  // 1e-6 as in torch.nn.utils.clip_grad_norm_.
  return Math.min(1, clipNorm / (norm + 1e-6));
}
