/**
 * What the forms of a linear layer cost, predicted from measured costs of their inner steps.
 *
 * @module
 */
import type { Target } from "../machine.ts";
import {
  LANES,
  MOST_DOT_TOKENS,
  mostPermutedTokens,
  mostTokens,
  PANEL_LANES,
  tileOf,
} from "../ops/mod.ts";
import { broadcastRows } from "./broadcast_layer.ts";
import { type RowsLinear, tokensPerCall } from "./rows.ts";

/**
 * How a linear layer can be computed: lanes along output rows with broadcast activations, along output rows with
 * activations looked up in registers, along runs of inputs, or along tokens in panels.
 */
export const LINEAR_FORMS = ["broadcast", "permute", "dot", "panel"] as const;

/** How a linear layer can be computed. */
export type LinearForm = (typeof LINEAR_FORMS)[number];

/** Nanoseconds a step: once for its weights, and for each token (of panels: for each 16 tokens). */
type StepCost = readonly [once: number, each: number];

/** Measured costs of a target. */
interface TargetCosts {
  /** Of a stored column of 4, 8 and 16 rows. */
  readonly broadcast: Readonly<Record<4 | 8 | 16, StepCost>>;
  /** Of a slot of as many weights as the target has lanes. */
  readonly permute: StepCost;
  /** Of a stored run of as many inputs as the target has lanes; and of the end of a row. */
  readonly dot: { readonly run: StepCost; readonly row: StepCost };
  /** Of a stored column of as many rows as the target's tiles have, in panels of 64 lanes or fewer. */
  readonly panel: Readonly<Partial<Record<number, StepCost>>>;
  /** Of a weight of the dense panel kernel. */
  readonly densePanel: StepCost;
}

/**
 * Measured in chains of layers of 1024 × 1024 with 90 % zeros, so that weights come from the third-level cache; the first
 * quartile of many runs, one thread. Those of avx512 are geometric means of a Xeon of 2023 (Sapphire Rapids, 2 MiB
 * second-level cache) and an EPYC of 2023 (Zen 4, 1 MiB), whose third level gives weights of forms on rows twice as fast:
 * a choice that is wrong on one of them costs a tenth, where those of the other alone would cost two thirds. The rest is
 * from the Xeon. On another processor the order of the forms is what to expect, not the nanoseconds.
 */
const COSTS: Readonly<Record<Target, TargetCosts>> = {
  avx512: {
    broadcast: { 4: [0.32, 0.17], 8: [0.5, 0.18], 16: [0.87, 0.18] },
    permute: [1.34, 0.19],
    dot: { run: [1.7, 0.31], row: [0.5, 1.2] },
    panel: { 1: [0.33, 0.2], 2: [0.31, 0.32], 4: [0.88, 0.51], 8: [0.9, 1.1] },
    densePanel: [0.14, 0.135],
  },
  avx2: {
    broadcast: { 4: [0.56, 0.13], 8: [0.96, 0.11], 16: [1.8, 0.02] },
    permute: [1.12, 0.16],
    dot: { run: [0.9, 0.09], row: [0.5, 1] },
    panel: { 1: [0.16, 0.33], 2: [0.19, 0.61], 4: [0.1, 1.5] },
    densePanel: [0, 0.31],
  },
  wasm_relaxed: {
    broadcast: { 4: [1.21, 0.64], 8: [1.26, 0.95], 16: [1.55, 1.75] },
    permute: [0.7, 1.51],
    dot: { run: [1.13, 0.62], row: [1, 1.5] },
    panel: { 1: [0.09, 3.1], 2: [0, 6.2], 4: [0.28, 11.6] },
    densePanel: [0, 2.9],
  },
  wasm: {
    broadcast: { 4: [1.19, 0.69], 8: [1.27, 1.15], 16: [1.75, 1.78] },
    permute: [0.97, 1.78],
    dot: { run: [1.48, 0.57], row: [1, 1.5] },
    panel: { 1: [0, 4], 2: [0.12, 6.8], 4: [0, 13.3] },
    densePanel: [0, 3.3],
  },
};

/** What is known of a layer before it is packed. */
export type FormTask = Pick<RowsLinear, "weights" | "rows" | "cols" | "lanes" | "pattern">;

/** Predicted nanoseconds of one call on one thread, weights from the third-level cache. */
export function formCosts(task: FormTask, target: Target): Readonly<Record<LinearForm, number>> {
  return {
    broadcast: broadcastCost(task, target),
    permute: permuteCost(task, target),
    dot: dotCost(task, target),
    panel: panelCost(task, target),
  };
}

/** Steps of all calls, each of which does `most` of `times` at once and reads the weights again. */
function stepsCost([once, each]: StepCost, steps: number, times: number, most: number): number {
  return steps * (once * Math.ceil(times / most) + each * times);
}

function broadcastCost(task: FormTask, target: Target): number {
  const height = broadcastRows(task.pattern, target);
  const most = tokensPerCall(mostTokens(target, height), task.cols);
  return stepsCost(COSTS[target].broadcast[height], columns(task, height), task.lanes, most);
}

function permuteCost(task: FormTask, target: Target): number {
  const most = tokensPerCall(mostPermutedTokens(target), task.cols);
  return stepsCost(COSTS[target].permute, slots(task, LANES[target]), task.lanes, most);
}

function dotCost(task: FormTask, target: Target): number {
  const { run, row } = COSTS[target].dot;
  const { rows, lanes } = task;
  return stepsCost(run, segments(task, LANES[target]), lanes, MOST_DOT_TOKENS) +
    stepsCost(row, rows, lanes, MOST_DOT_TOKENS);
}

function panelCost(task: FormTask, target: Target): number {
  const sixteens = Math.ceil(task.lanes / 16);
  const { panel, densePanel } = COSTS[target];
  const most = PANEL_LANES / 16;
  if (task.pattern.kind === "dense") {
    return stepsCost(densePanel, task.rows * task.cols, sixteens, most);
  }
  const { rows } = tileOf(task.pattern, target, PANEL_LANES);
  const cost = panel[rows] ?? [0, rows * densePanel[1]];
  return stepsCost(cost, columns(task, rows), sixteens, most);
}

/** Rows that are looked at, so that choosing takes little of the time that packing takes. */
const SAMPLED_GROUPS = 16;
const GROUP = 16;

/** First rows of some groups of 16, evenly spread, and for how many groups each stands. */
function sample(rows: number): { readonly groups: readonly number[]; readonly weight: number } {
  const all = Math.ceil(rows / GROUP);
  const taken = Math.min(all, SAMPLED_GROUPS);
  return {
    groups: Array.from({ length: taken }, (_, i) => GROUP * Math.floor(i * all / taken)),
    weight: all / taken,
  };
}

/** Columns of `height` rows that are not all zero, counted in a sample. */
function columns({ weights, rows, cols, pattern }: FormTask, height: number): number {
  if (pattern.kind === "dense") return Math.ceil(rows / height) * cols;
  const { groups, weight } = sample(rows);
  let count = 0;
  for (const group of groups) {
    for (let first = group; first < Math.min(rows, group + GROUP); first += height) {
      const end = Math.min(rows, first + height);
      for (let col = 0; col < cols; col++) {
        for (let row = first; row < end; row++) {
          if (weights[row * cols + col] === 0) continue;
          count++;
          break;
        }
      }
    }
  }
  return count * weight;
}

/** Runs of `lanes` columns of a row that are not all zero, counted in a sample. */
function segments({ weights, rows, cols, pattern }: FormTask, lanes: number): number {
  if (pattern.kind === "dense") return rows * Math.ceil(cols / lanes);
  const { groups, weight } = sample(rows);
  let count = 0;
  for (const group of groups) {
    for (let row = group; row < Math.min(rows, group + GROUP); row++) {
      for (let from = 0; from < cols; from += lanes) {
        const to = Math.min(cols, from + lanes);
        if (fullest(weights, cols, row, row + 1, from, to) > 0) count++;
      }
    }
  }
  return count * weight;
}

/** Slots of `lanes` rows by segments of as many columns, counted in a sample. */
function slots({ weights, rows, cols, pattern }: FormTask, lanes: number): number {
  if (pattern.kind === "dense") return Math.ceil(rows / lanes) * cols;
  const { groups, weight } = sample(rows);
  let count = 0;
  for (const group of groups) {
    for (let first = group; first < Math.min(rows, group + GROUP); first += lanes) {
      const end = Math.min(rows, first + lanes);
      for (let segment = 0; segment < cols; segment += lanes) {
        count += fullest(weights, cols, first, end, segment, Math.min(cols, segment + lanes));
      }
    }
  }
  return count * weight;
}

/** The most non-zeros that a row has between two columns. */
function fullest(
  weights: Float32Array,
  cols: number,
  first: number,
  end: number,
  from: number,
  to: number,
): number {
  let most = 0;
  for (let row = first; row < end; row++) {
    let count = 0;
    for (let col = from; col < to; col++) if (weights[row * cols + col] !== 0) count++;
    most = Math.max(most, count);
  }
  return most;
}
