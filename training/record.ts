/**
 * What a training leaves behind in its cache entry, for the stages after it.
 *
 * Files: `record.json` (this), `log.jsonl` (one {@linkcode LogLine} a line), and for every seed `dense-<seed>.safetensors`,
 * `sparse-<seed>.safetensors`, `seed-<seed>.json` ({@linkcode SeedRecord}) and `log-<seed>.jsonl`.
 *
 * @module
 */

import type { FrozenUse } from "../engines/tfjs/mod.ts";
import type { ProfileName } from "../recipes/mod.ts";
import type { Task } from "./task.ts";

/** Format tag of {@linkcode TrainingRecord}. */
export const TRAINING_FORMAT = "skipzero.training/1";

/** Everything about a finished training except the weights and the log. */
export interface TrainingRecord {
  /** Version tag. */
  readonly format: typeof TRAINING_FORMAT;
  /** Name of the recipe. */
  readonly recipe: string;
  /** Half of the recipe that was trained. */
  readonly profile: ProfileName;
  /** Metric of the figures. */
  readonly metric: Task["metric"];
  /** Metric on the dev set, 0 to 1, per seed. */
  readonly dense: readonly SeedResult[];
  /** As `dense`, for the pruned models. */
  readonly sparse: readonly SeedResult[];
  /** Best metric any model can reach, where known. */
  readonly ceiling: number | null;
  /** Metric of giving one and the same answer always. */
  readonly majority: number;
  /** Pruned layers of the first seed, proved on the final weights; sparsity is the fraction of zeros. */
  readonly layers: readonly {
    name: string;
    rows: number;
    cols: number;
    pattern: string;
    sparsity: number;
    proved: boolean;
    violation: string | null;
  }[];
  /** Linear layers that stayed dense, with the reason in words. */
  readonly skipped: readonly { name: string; reason: string }[];
  /** Fraction of zeros over all pruned layers, mean over seeds. */
  readonly sparsity: number;
  /** What differs from the published recipe, in words. */
  readonly deviations: readonly string[];
  /** Examples that were left out as broken, in words; they stand among the deviations, too. Absent = none. */
  readonly leftOut?: readonly string[];
  /** Seeds, in the order of `dense` and `sparse`. */
  readonly seeds: readonly number[];
  /** Trained model's configuration (the scaled one in `quick`). */
  readonly model: Readonly<Record<string, unknown>>;
  /** Configuration of the dense model, where it is another network; absent = the same. */
  readonly twin?: Readonly<Record<string, unknown>>;
  /** Data set and numbers of examples. */
  readonly dataset: {
    readonly name: string;
    readonly train: number;
    readonly dev: number;
    readonly origin: unknown;
  };
  /** Kernels of the pruned layers' products at the end of the first seed. */
  readonly products: readonly FrozenUse[];
  /** Most memory that a seed's process held whenever it wrote a line of its log, in bytes. */
  readonly peakMemoryBytes: number;
  /** Training time of all seeds together, in milliseconds. */
  readonly wallMs: number;
}

/** One model on the dev set. */
export interface SeedResult {
  /** The seed. */
  readonly seed: number;
  /** After the last step. */
  readonly last: number;
  /** Best of the evaluations while training. */
  readonly best: number;
  /** Metric per sub-population: key `by`, then one value per bucket. */
  readonly groups: readonly { by: string; bucket: string; count: number; accuracy: number }[];
  /** Other metrics by name, such as `top5` or a noise score; absent = none. */
  readonly others?: Readonly<Record<string, number>>;
  /** Which examples it is right about: one bit each, most significant first, base64; absent where none is right or wrong. */
  readonly correct?: string;
  /** Metric in further tests, such as `noise 0.05`; absent = none. */
  readonly trials?: readonly { readonly name: string; readonly metric: number }[];
}

/** One line of the log. */
export interface LogLine {
  /** The seed. */
  readonly seed: number;
  /** Stage of the training. */
  readonly stage: "dense" | "sparse";
  /** Steps of the stage that are done. */
  readonly step: number;
  /** Passes over the examples so far; a fraction within a pass. */
  readonly epoch: number;
  /** Mean loss since the line before. */
  readonly loss: number;
  /** Learning rate of the last step. */
  readonly learningRate: number;
  /** Fraction of zeros in the pruned layers now. */
  readonly sparsity: number;
  /** Metric on dev if evaluated at this step. */
  readonly metric: number | null;
}

/** What one seed leaves behind as `seed-<seed>.json`. */
export interface SeedRecord {
  /** The seed. */
  readonly seed: number;
  /** The dense model. */
  readonly dense: SeedResult;
  /** The pruned model. */
  readonly sparse: SeedResult;
  /** Pruned layers, proved on the final weights. */
  readonly layers: TrainingRecord["layers"];
  /** Layers that stayed dense. */
  readonly skipped: TrainingRecord["skipped"];
  /** Fraction of zeros over all pruned layers. */
  readonly sparsity: number;
  /** Kernels of the pruned layers' products at the end: dense, or skipping what is pruned. */
  readonly products: readonly FrozenUse[];
  /** Most memory that the process held whenever it wrote a line of its log, in bytes. */
  readonly peakMemoryBytes: number;
  /** Training time, without interruptions. */
  readonly wallMs: number;
  /** Examples that were left out as broken, in words; absent = none. */
  readonly notes?: readonly string[];
}
