/**
 * What a training leaves behind in its cache entry, for the stages after it.
 *
 * Files: `record.json` (this), `log.jsonl` (one {@linkcode LogLine} a line), and for every seed `dense-<seed>.safetensors`
 * and `sparse-<seed>.safetensors`.
 *
 * @module
 */

/** Format tag of {@linkcode TrainingRecord}. */
export const TRAINING_FORMAT = "skipzero.training/1";

/** Everything about a finished training except the weights and the log. */
export interface TrainingRecord {
  readonly format: typeof TRAINING_FORMAT;
  readonly recipe: string;
  readonly profile: "quick" | "published";
  readonly metric: "accuracy" | "f1";
  /** Metric on the dev set, 0 to 1, per seed. */
  readonly dense: readonly SeedResult[];
  readonly sparse: readonly SeedResult[];
  /** Best metric any model can reach, where known. */
  readonly ceiling: number | null;
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
  readonly skipped: readonly { name: string; reason: string }[];
  /** Fraction of zeros over all pruned layers, mean over seeds. */
  readonly sparsity: number;
  /** What differs from the published recipe, in words. */
  readonly deviations: readonly string[];
  readonly seeds: readonly number[];
  /** Trained model's configuration (the scaled one in `quick`). */
  readonly model: Readonly<Record<string, unknown>>;
  readonly dataset: {
    readonly name: string;
    readonly train: number;
    readonly dev: number;
    readonly origin: unknown;
  };
  readonly wallMs: number;
}

/** One model on the dev set. */
export interface SeedResult {
  readonly seed: number;
  /** After the last step. */
  readonly last: number;
  /** Best of the evaluations while training. */
  readonly best: number;
  /** Metric per sub-population: key `by`, then one value per bucket. */
  readonly groups: readonly { by: string; bucket: string; count: number; accuracy: number }[];
}

/** One line of the log. */
export interface LogLine {
  readonly seed: number;
  readonly stage: "dense" | "sparse";
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
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
  /** Training time, without interruptions. */
  readonly wallMs: number;
}
