/**
 * Results of experiments for tests and for looking at pages. All figures are invented; they follow from a few curves, so that charts
 * have a shape.
 *
 * @module
 */
import { createRandom, mean, type Random, standardDeviation } from "../core/mod.ts";
import {
  type Experiment,
  type Figures,
  type ModelRun,
  packCorrect,
  type PublishedPoint,
  type Result,
  type TrainedModel,
  type TrainingPoint,
} from "../results/mod.ts";
import { sampleResult } from "./sample_result.ts";

const DEV = 500;
const CLASSES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const LEVELS = Array.from({ length: 11 }, (_, i) => i / 20);

const PUBLISHED: readonly PublishedPoint[] = [
  { label: "CNN, speech", sparsity: 0.906, metric: 0.9703, dense: 0.9705 },
  { label: "ResNet-50, ImageNet", sparsity: 0.75, metric: 0.771, dense: 0.767 },
  { label: "BERT-base, GLUE", sparsity: 0.85, metric: 0.784, dense: 0.768 },
  { label: "BERT-base, GLUE", sparsity: 0.9, metric: 0.763, dense: 0.768 },
];

/** What a network of the sample is like. */
interface SampleModel {
  readonly id: string;
  readonly series: string;
  readonly target: number;
  readonly width?: number;
  readonly nonZeros?: number;
  /** Chance of an answer to an example of that ease, 0 to 1. */
  readonly skill: (ease: number) => number;
  /** What the strongest noise leaves of it. */
  readonly robustness?: number;
}

/** What suite `how-sparse` would leave: two ways to be sparse, at six sparsities. */
export function sampleHowSparse(changes: Partial<Result> = {}): Result {
  const sparse = (series: string, loss: number): SampleModel[] =>
    [0.5, 0.75, 0.85, 0.9, 0.95, 0.98].map((target) => ({
      id: `${series} ${Math.round(100 * target)} %`,
      series,
      target,
      skill: (ease) => ease - loss * (target / (1 - target)) ** 1.2 / 400,
    }));
  const models = [
    DENSE,
    ...sparse("gradual pruning", 0.5),
    ...sparse("random zeros, from scratch", 2),
  ];
  return experimentResult("how-sparse", models, 3, { published: PUBLISHED }, changes);
}

/** What suite `dimensionality` would leave: five widths, dense and sparse, with a noise test. */
export function sampleDimensionality(changes: Partial<Result> = {}): Result {
  const models = [1, 1.5, 2, 3, 4].flatMap((width): SampleModel[] => {
    const parameters = Math.round(21_000 * width ** 2);
    const gain = Math.log2(width) / 60;
    const dense = { id: `dense, width ${width}`, series: "dense", target: 0, width };
    const sparse = { series: "sparse", target: 1 - 1 / width ** 2, width, nonZeros: 21_000 };
    return [
      { ...dense, nonZeros: parameters, skill: (ease) => ease + gain, robustness: 0.4 + gain },
      ...width === 1 ? [] : [{
        ...sparse,
        id: `sparse, width ${width}`,
        skill: (ease: number) => ease + 0.8 * gain,
        robustness: 0.4 + 5 * gain,
      }],
    ];
  });
  return experimentResult("dimensionality", models, 3, {}, changes);
}

/** What suite `subpopulations` would leave: two sparsities with answers to every example. */
export function sampleSubpopulations(changes: Partial<Result> = {}): Result {
  const models = [
    DENSE,
    ...[0.8, 0.95].map((target): SampleModel => ({
      id: `gradual pruning ${Math.round(100 * target)} %`,
      series: "gradual pruning",
      target,
      skill: (ease) => ease < 0.8 ? ease - 0.6 * target ** 8 : ease,
    })),
  ];
  return experimentResult("subpopulations", models, 6, {}, changes);
}

/** What suite `gmp-trace` would leave: the log of a gradual pruning. */
export function sampleGmpTrace(changes: Partial<Result> = {}): Result {
  const models: SampleModel[] = [DENSE, {
    id: "gradual pruning 90 %",
    series: "gradual pruning",
    target: 0.9,
    skill: (ease) => ease - 0.01,
  }];
  const schedule = { target: 0.9, from: 20, to: 140, frequency: 10 };
  return experimentResult("gmp-trace", models, 3, { schedule }, {
    training: { log: sampleTrace(), groups: [], masks: [] },
    ...changes,
  });
}

/** A result of a recipe for images, with other metrics and a noise test. */
export function sampleNoisyResult(): Result {
  const { accuracy, ...result } = sampleResult();
  const random = createRandom("sample noise");
  const figures = (of: number): Figures => {
    const values = Array.from({ length: 3 }, () => of + 0.01 * random.normal());
    return { mean: mean(values), sd: standardDeviation(values), values };
  };
  const score = (of: number): Figures => {
    const values = [of - 310, of + 120, of + 190];
    return { mean: mean(values), sd: standardDeviation(values), values };
  };
  const others = [
    { name: "top5", dense: figures(0.98), sparse: figures(0.97) },
    {
      name: "noise-score",
      dense: score(74_569),
      sparse: score(103_764),
      published: { dense: 74_569, sparse: 103_764, says: "10,000 images at eleven levels" },
    },
  ];
  const trials = LEVELS.map((level) => ({
    name: `noise ${level}`,
    dense: figures(0.95 - 1.6 * level ** 2),
    sparse: figures(0.94 - 0.9 * level ** 2),
  }));
  return sampleResult({ ...result, accuracy: { ...accuracy!, metric: "top1", others, trials } });
}

const DENSE: SampleModel = { id: "dense", series: "dense", target: 0, skill: (ease) => ease };

function experimentResult(
  suite: string,
  models: readonly SampleModel[],
  seeds: number,
  more: Partial<Experiment>,
  changes: Partial<Result>,
): Result {
  const random = createRandom(`sample ${suite}`);
  const ease = Float64Array.from(
    { length: DEV },
    (_, i) => i % 12 === 0 ? 0.55 * random.next() : 0.985 - (i % 10) / 400,
  );
  const labels = Uint8Array.from({ length: DEV }, (_, i) => i % 10);
  const experiment: Experiment = {
    data: {
      name: "synthetic-digits",
      train: 2000,
      dev: DEV,
      metric: "accuracy",
      ceiling: 0.975,
      majority: 0.1,
      classes: CLASSES,
      labels: labels.toBase64(),
    },
    models: models.map((model) => trained(model, ease, seeds, random.fork(model.id))),
    published: [],
    ...more,
  };
  return sampleResult({
    suite,
    recipe: null,
    verdict: null,
    accuracy: null,
    sparsity: null,
    training: null,
    comparisons: [],
    measurements: [],
    dispatch: [],
    warnings: [],
    deviations: ["data: a generated stand-in for MNIST"],
    experiment,
    ...changes,
  });
}

function trained(
  model: SampleModel,
  ease: Float64Array,
  seeds: number,
  random: Random,
): TrainedModel {
  const { id, series, target, width = 1, nonZeros = Math.round(21_000 * (1 - target)) } = model;
  const isDense = target === 0;
  return {
    ...{ id, series, target, width, nonZeros },
    kind: isDense ? "dense" : "sparse",
    network: `sample-cnn-width-${width}`,
    pattern: isDense ? "dense" : "unstructured",
    parameters: Math.round(21_000 * width ** 2),
    runs: Array.from({ length: seeds }, (_, i) => runOf(model, ease, i + 1, random.fork(`${i}`))),
  };
}

function runOf(
  { target, skill, robustness = 0.5 }: SampleModel,
  ease: Float64Array,
  seed: number,
  random: Random,
): ModelRun {
  const correct = Uint8Array.from(ease, (own) => random.next() < skill(own) ? 1 : 0);
  const share = (bits: Uint8Array): number => bits.reduce((sum, bit) => sum + bit, 0) / bits.length;
  const metric = share(correct);
  return {
    seed,
    metric,
    sparsity: target,
    noise: LEVELS.map((level) => ({
      level,
      metric: metric * (1 - (1 - robustness - 0.02 * random.next()) * (2 * level) ** 2),
    })),
    groups: CLASSES.map((bucket, label) => {
      const own = correct.filter((_, i) => i % 10 === label);
      return { by: "class", bucket, count: own.length, metric: share(own) };
    }),
    correct: packCorrect(correct),
  };
}

/** Three seeds: 100 dense steps, then 200 in which zeros follow the cubic schedule to 90 % and stay. */
function sampleTrace(): TrainingPoint[] {
  const random = createRandom("sample trace");
  const points = [1, 2, 3].flatMap((seed) =>
    (["dense", "sparse"] as const).flatMap((stage) =>
      Array.from({ length: stage === "dense" ? 21 : 41 }, (_, i): TrainingPoint => {
        const step = 5 * i;
        const done = Math.min(1, Math.max(0, Math.floor((step - 20) / 10) * 10 / 120));
        const sparsity = stage === "dense" ? 0 : 0.9 * (1 - (1 - done) ** 3);
        const pruned = sparsity > 0.8 ? 0.08 : 0;
        const loss = stage === "dense"
          ? 2.3 * Math.exp(-step / 25) + 0.2
          : 0.2 + pruned * Math.exp(-(step - 100) / 80);
        const metric = 0.96 - 0.4 * (loss - 0.2) + 0.006 * random.normal();
        return {
          ...{ seed, stage, step, sparsity },
          loss: loss + 0.02 * random.next(),
          metric: i % 4 === 0 ? Math.min(0.97, metric) : null,
        };
      })
    )
  );
  return points;
}
