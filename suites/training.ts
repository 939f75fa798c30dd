/**
 * Suite `training`: steps of training, ours against tfjs.
 *
 * tfjs by itself multiplies transposed operands in a plain loop, so it is raced twice: as it is, and with the operands of linear layers
 * turned first, which is the best that can be had of it. It has one thread, and leaves tables of look-ups alone.
 *
 * @module
 */
import type { Cell, Effort, Group, Suite, SuiteRequest } from "./suite.ts";
import { FULL_EFFORT, QUICK_EFFORT } from "./suite.ts";
import { trainingCell, type TrainingSpec } from "./training_spec.ts";

/** What our steps are to be as often as fast as tfjs' by itself. */
export const TRAINING_GOAL = 4;

const BERT = { network: "bert-mini", batch: 16, sequence: 128 } as const;

const RESNET = { network: "resnet20", batch: 128, sequence: null } as const;

const SPECS: readonly TrainingSpec[] = [
  { ...BERT, zeros: null },
  { ...BERT, zeros: { pattern: "4x1", sparsity: 0.9 } },
  { ...RESNET, zeros: null },
  { ...RESNET, zeros: { pattern: "2x1", sparsity: 0.75 } },
];

/** A step of tfjs takes up to half a minute. */
const SLOW_EFFORT: Effort = {
  processes: 1,
  plan: { turnNs: 1e6, blocks: 1, minRounds: 3, maxRounds: 3, budgetNs: 0, halfWidth: 0.05 },
};

/** Steps of training. */
export const training: Suite = {
  id: "training",
  summary: "steps of training, BERT-mini and ResNet-20, against TensorFlow.js",
  cells: (request) =>
    request.threads.flatMap((threads) => SPECS.map((spec) => cellOf(spec, threads, request))),
  effort: ({ quick }) => {
    const effort = quick ? QUICK_EFFORT : FULL_EFFORT;
    return {
      processes: quick ? 2 : 3,
      plan: {
        ...effort.plan,
        turnNs: 300e6,
        blocks: 1,
        maxRounds: quick ? 3 : 20,
        budgetNs: quick ? 10e9 : 60e9,
      },
    };
  },
};

function cellOf(
  spec: TrainingSpec,
  threads: number,
  { quick, threads: counts }: SuiteRequest,
): Cell {
  // tfjs by itself needs minutes a cell; how it compares does not depend on our threads.
  const raced = spec.zeros === null && (!quick || threads === counts.at(-1));
  return {
    name: trainingCell(spec),
    threads,
    tags: [spec.network],
    work: { kind: "training", training: spec },
    groups: [...raced ? [plainGroup()] : [], turnedGroup(spec)],
  };
}

function plainGroup(): Group {
  const subjects = ["skipzero-native", "skipzero-wasm"];
  return {
    name: "tfjs",
    contestants: [...subjects, "tfjs"],
    pairs: subjects.map((subject) => ({ subject, baseline: "tfjs", goal: TRAINING_GOAL })),
    effort: SLOW_EFFORT,
  };
}

function turnedGroup({ zeros, network }: TrainingSpec): Group {
  const dense = zeros === null ? [] : ["skipzero-native-dense", "skipzero-wasm-dense"];
  const subjects = ["skipzero-native", "skipzero-wasm"];
  // Without linear layers there is nothing to turn.
  const baselines = network === BERT.network ? ["tfjs-turned"] : [];
  return {
    name: "tfjs-turned",
    contestants: [...subjects, ...dense, ...baselines],
    pairs: [
      ...subjects.flatMap((subject) => baselines.map((baseline) => ({ subject, baseline }))),
      ...dense.map((baseline) => ({ subject: baseline.replace("-dense", ""), baseline })),
      ...baselines.length + dense.length > 0
        ? []
        : [{ subject: "skipzero-native", baseline: "skipzero-wasm" }],
    ],
  };
}
