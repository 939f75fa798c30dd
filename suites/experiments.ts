/**
 * The experiments of the talk, in the order in which the help lists them.
 *
 * @module
 */
import { constantSparsity, WIDTHS } from "../models/mod.ts";
import type { PublishedPoint } from "../results/mod.ts";
import type { TrainingExperiment, Variant } from "./experiment.ts";
import { type Difference, experimentRecipe, pruningSteps } from "./experiment_recipe.ts";

/** Width of the network in all experiments but the one about widths: 10,722 parameters, 9,792 of them in layers that get zeros. */
const WIDTH = 1;

/** The table on the talk's slide "Training Results On Different Networks". */
const PUBLISHED: readonly PublishedPoint[] = [
  { label: "CNN, speech", sparsity: 0.906, metric: 0.9703, dense: 0.9705 },
  { label: "ResNet-50, ImageNet", sparsity: 0.75, metric: 0.771, dense: 0.767 },
  { label: "BERT-base, GLUE", sparsity: 0.85, metric: 0.784, dense: 0.768 },
  { label: "BERT-base, GLUE", sparsity: 0.9, metric: 0.763, dense: 0.768 },
];

/** Names of the lines, by how zeros come into being. */
const SERIES: Readonly<Record<Difference["method"], string>> = {
  gradual: "gradual magnitude pruning",
  static: "random zeros, from scratch",
  rigl: "RigL, from scratch",
};

/** A network of the usual width with so many zeros; none make it dense. */
function variant(experiment: string, method: Difference["method"], sparsity: number): Variant {
  const percent = Math.round(100 * sparsity);
  const name = `${experiment}-${sparsity === 0 ? "dense" : `${method}-${percent}`}`;
  return {
    recipe: experimentRecipe({ name, width: WIDTH, sparsity, method }),
    place: sparsity === 0
      ? { id: "dense", series: "dense", width: 1 }
      : { id: `${SERIES[method]}, ${percent} %`, series: SERIES[method], width: 1 },
  };
}

const SPARSITIES = [0.5, 0.75, 0.85, 0.9, 0.95, 0.98];

/** How sparse? */
const howSparse: TrainingExperiment = {
  id: "how-sparse",
  summary: "trains a CNN at 50 to 98 % zeros in three ways: accuracy versus sparsity",
  variants: [
    variant("how-sparse", "gradual", 0),
    ...(["gradual", "rigl", "static"] as const).flatMap((method) =>
      SPARSITIES.map((sparsity) => variant("how-sparse", method, sparsity))
    ),
  ],
  seeds: { full: 5, quick: 3 },
  published: PUBLISHED,
};

/** A gradual pruning step by step. */
const gmpTrace: TrainingExperiment = {
  id: "gmp-trace",
  summary: "prunes a CNN to 90 % zeros: sparsity, accuracy and loss step by step",
  variants: [0, 0.9].map((sparsity) => variant("gmp-trace", "gradual", sparsity)),
  seeds: { full: 5, quick: 3 },
  published: [],
  keepsCurves: true,
  schedule: (profile, stepsPerEpoch) => ({ target: 0.9, ...pruningSteps(profile, stepsPerEpoch) }),
};

function widthVariant(width: number, sparsity: number): Variant {
  const series = sparsity === 0 ? "dense" : "sparse";
  const name = `dimensionality-${series}-${width}`;
  return {
    recipe: experimentRecipe({ name, width, sparsity, method: "static", noise: true }),
    place: { id: `${series}, width ${width}`, series, width },
  };
}

/** Wider networks with no more parameters. */
const dimensionality: TrainingExperiment = {
  id: "dimensionality",
  summary: "trains wider and wider CNNs with as many parameters: accuracy under noise",
  variants: WIDTHS.flatMap((width) => {
    const zeros = constantSparsity(width);
    return zeros === 0
      ? [widthVariant(width, 0)]
      : [widthVariant(width, 0), widthVariant(width, zeros)];
  }),
  seeds: { full: 5, quick: 3 },
  published: [],
};

/** Who pays for sparsity? */
const subpopulations: TrainingExperiment = {
  id: "subpopulations",
  summary: "trains dense and sparse CNNs with many seeds: which classes and examples pay",
  variants: [0, 0.8, 0.95].map((sparsity) => variant("subpopulations", "gradual", sparsity)),
  seeds: { full: 10, quick: 6 },
  published: [],
};

/** Every experiment. */
export const EXPERIMENTS: readonly TrainingExperiment[] = [
  howSparse,
  gmpTrace,
  dimensionality,
  subpopulations,
];

/** The experiment of an id, or `null`. */
export function findExperiment(id: string): TrainingExperiment | null {
  return EXPERIMENTS.find((experiment) => experiment.id === id) ?? null;
}

/** The recipe of a training of an experiment by its name, or `null`. */
export function findTrainingRecipe(name: string): Variant["recipe"] | null {
  const variants = EXPERIMENTS.flatMap(({ variants }) => variants);
  return variants.find(({ recipe }) => recipe.name === name)?.recipe ?? null;
}
