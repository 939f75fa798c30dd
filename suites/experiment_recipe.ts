/**
 * Recipes of the experiments: one small network, one way to train it, and what differs.
 *
 * The numbers were chosen so that a quick run on generated digits takes minutes on two cores; with real MNIST the same networks see more
 * examples for fewer epochs.
 *
 * @module
 */
import { WIDTH_LAYERS, widthConfig } from "../models/mod.ts";
import type { Profile, PruneTraining, Training, TrainingRecipe } from "../recipes/mod.ts";

/** What differs from training to training. */
export interface Difference {
  /** Name of the recipe. */
  readonly name: string;
  /** Width of the network. */
  readonly width: number;
  /** Fraction of zeros in the layers between the first and the last; 0 for a dense network that is trained as long. */
  readonly sparsity: number;
  /** How zeros come into being. */
  readonly method: "gradual" | "static" | "rigl";
  /** Whether finished networks go through the noise test. */
  readonly noise?: boolean;
}

/** Adam with a rate that falls along a cosine. */
const ADAM = {
  optimizer: "adamw",
  learningRate: 2e-3,
  learningRateSchedule: "cosine",
  warmupSteps: 0,
  gamma: 0.1,
  weightDecay: 1e-4,
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  momentum: 0,
  nesterov: false,
  dropout: 0,
  labelSmoothing: 0,
} as const satisfies Omit<Training, "epochs" | "batch">;

/** Epochs and data of a profile. */
interface Plan {
  readonly data: Profile["dataset"];
  readonly batch: number;
  /** Epochs of the dense network. */
  readonly dense: number;
  /** Epochs of a gradual pruning: in all, and after the last zeros. */
  readonly prune: number;
  readonly cooldown: number;
  /** Steps between two prunings. */
  readonly frequency: number;
}

const PLANS: Readonly<Record<"quick" | "scratch", Plan>> = {
  // With 500 examples zeros cost something; with 2,000 every network reaches the ceiling.
  quick: {
    data: { name: "synthetic-digits", trainExamples: 500, devExamples: 1000 },
    batch: 32,
    dense: 12,
    prune: 12,
    cooldown: 6,
    frequency: 5,
  },
  scratch: {
    data: { name: "mnist", trainExamples: 20_000 },
    batch: 64,
    dense: 5,
    prune: 5,
    cooldown: 2,
    frequency: 50,
  },
};

/** The recipe of a training of an experiment. */
export function experimentRecipe(difference: Difference): TrainingRecipe {
  const { name, width, sparsity } = difference;
  return {
    name,
    model: { architecture: "network", name: widthConfig(width).name },
    sparsity: {
      pattern: "unstructured",
      target: sparsity,
      // A threshold over both layers would take almost all of one of them at 98 %.
      scope: "layer",
      maxPerLayer: 1,
      criterion: "magnitude",
      reduce: "mean",
      schedule: "gmp_cubic",
      include: WIDTH_LAYERS,
      exclude: [],
    },
    profiles: { quick: profile("quick", difference), scratch: profile("scratch", difference) },
  };
}

function profile(name: keyof typeof PLANS, { method, noise = false }: Difference): Profile {
  const { data, batch, dense } = PLANS[name];
  return {
    dataset: { ...data, ...noise && { noise } },
    seeds: 1, // as many as the experiment asks for
    dense: { ...ADAM, batch, epochs: method === "gradual" ? dense : 0 },
    prune: pruneTraining(PLANS[name], method),
    sparseFrom: method === "gradual" ? "dense" : "scratch",
  };
}

/** From scratch a network is given the epochs that a pruned one had in both stages together. */
function pruneTraining(plan: Plan, method: Difference["method"]): PruneTraining {
  const { batch, dense, prune, cooldown, frequency } = plan;
  const gradual = method === "gradual";
  return {
    ...ADAM,
    batch,
    method,
    epochs: gradual ? prune : dense + prune,
    warmEpochs: 0,
    cooldownEpochs: gradual ? cooldown : 0,
    frequency,
    pruneGradients: false,
    ...method === "rigl" && { rigl: RIGL },
  };
}

/** As published (Evci et al. 2020), but for the interval, which is as long as that of the prunings. */
const RIGL = {
  fraction: 0.3,
  untilFraction: 0.75,
  distribution: "erk",
  scope: "layer",
} as const;

/** When a gradual pruning of a profile makes zeros, in steps of the sparse stage. */
export function pruningSteps(
  name: keyof typeof PLANS,
  stepsPerEpoch: number,
): { readonly from: number; readonly to: number; readonly frequency: number } {
  const { prune, cooldown, frequency } = PLANS[name];
  return { from: 0, to: Math.round((prune - cooldown) * stepsPerEpoch), frequency };
}
