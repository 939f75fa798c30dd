/**
 * What a suite is: cells, each with the engines to race and the ratios wanted.
 *
 * @module
 */
import type { FormatBytes } from "../kernels/mod.ts";
import type { Recipe } from "../recipes/mod.ts";
import type { Pair, Work } from "./job.ts";
import type { Plan } from "./protocol.ts";

/** Engines that share a process and are interleaved with each other. */
export interface Group {
  /** Unique in the cell. */
  readonly name: string;
  /** Engine ids; the first that works gives the A/A comparison. */
  readonly contestants: readonly string[];
  /** Ratios wanted. */
  readonly pairs: readonly Pair[];
  /** How thoroughly, where it differs from the suite's. */
  readonly effort?: Effort;
}

/** Published accuracies of a network, to stand beside its speed. */
export interface PublishedFigures {
  /** Recipe that they come from. */
  readonly recipe: string;
  /** Name of the metric, e.g. `f1`. */
  readonly metric: string;
  /** How they came about: the best of several runs, their mean, or one run. */
  readonly kind: string;
  /** Of the dense model. */
  readonly dense: number;
  /** Of the sparse model. */
  readonly sparse: number;
}

/** One thing to measure with a number of threads. */
export interface Cell {
  /** Id in results, e.g. `bert-mini f32 4x1 0.9 batch=32 seq=128`. */
  readonly name: string;
  /** Threads of every engine. */
  readonly threads: number;
  /** What is timed. */
  readonly work: Work;
  /** What it belongs to, e.g. `resnet50` or `break-even`; a filter finds it by these words too. */
  readonly tags?: readonly string[];
  /** Who is timed. */
  readonly groups: readonly Group[];
  /** Accuracies published for it. */
  readonly published?: readonly PublishedFigures[];
}

/** What a suite is asked for. */
export interface SuiteRequest {
  /** Recipes whose networks are wanted. */
  readonly recipes: readonly Recipe[];
  /** Whether nothing but those recipes' networks is wanted, at all of their batch sizes. */
  readonly recipesOnly: boolean;
  /** Trained sparse weights of full-size models (safetensors) by recipe name. */
  readonly weights: ReadonlyMap<string, string>;
  /** Thread counts, ascending. */
  readonly threads: readonly number[];
  /** Fewer rounds, and fewer cells where a suite has many. */
  readonly quick: boolean;
  /** Folder of published data, for suites that use some; `null` if none is given. */
  readonly data: string | null;
}

/** How thoroughly cells are measured. */
export interface Effort {
  /** Fresh processes per group. */
  readonly processes: number;
  /** Rounds inside each. */
  readonly plan: Plan;
}

/** A way to measure. */
export interface Suite {
  /** Id on the command line and in results. */
  readonly id: string;
  /** One line for the help text. */
  readonly summary: string;
  /** What is measured. */
  cells(request: SuiteRequest): readonly Cell[];
  /** How thoroughly. */
  effort(request: SuiteRequest): Effort;
  /** What formats take to store matrices, where that belongs to what is measured. Takes seconds. */
  storage?(): readonly FormatBytes[];
}

/** Minutes on two cores: what `reproduce` does by default. */
export const QUICK_EFFORT: Effort = {
  processes: 2,
  plan: {
    turnNs: 20e6,
    blocks: 4,
    minRounds: 3,
    maxRounds: 8,
    budgetNs: 2.5e9,
    halfWidth: 0.01,
  },
};

/** For figures to be quoted. */
export const FULL_EFFORT: Effort = {
  processes: 5,
  plan: {
    turnNs: 50e6,
    blocks: 8,
    minRounds: 4,
    maxRounds: 20,
    budgetNs: 20e9,
    halfWidth: 0.005,
  },
};
