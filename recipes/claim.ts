/**
 * Types of a recipe's claim: what was published, where, and what is doubtful about it.
 *
 * @module
 */

/** How a published figure came about: the best of several runs, their mean, one run, or no one says. */
export type FigureKind = "max" | "mean" | "single" | "unstated";

/** Metrics of published figures, each a fraction: 75.3 % is 0.753, and a mean average precision of 22.85 is 0.2285. */
export type MetricName =
  | "accuracy"
  | "f1"
  | "top1"
  | "mAP"
  | "auc"
  | "glue-average"
  | "token-probability";

/** Figures that stand beside the metric of a claim: correct answers of a test under noise, or a mean loss. */
export type OtherMetricName = "noise-score" | "evaluation-loss";

/** What was published, and where. */
export interface Claim {
  /** Title of the published document. */
  readonly document: string;
  /** The row or slide, quoted. */
  readonly row: string;
  /** Metric of the figures. */
  readonly metric: MetricName;
  /** Published figure of the dense model. */
  readonly dense: number;
  /** Published figure of the sparse model. */
  readonly sparse: number;
  /** What kind of figure the document quotes. */
  readonly kind: FigureKind;
  /** Mean and best over runs, where a primary source gives both. */
  readonly runs?: Readonly<Record<"dense" | "sparse", Readonly<Record<"mean" | "max", number>>>>;
  /** Other figures published for the same row; none of them is judged. */
  readonly alternatives?: readonly OtherFigures[];
  /** Published figures of other metrics than the one that is judged. */
  readonly others?: readonly OtherMetric[];
  /** Speed-ups published for this network. */
  readonly speed?: readonly ClaimedSpeed[];
  /** Whether a public recipe was followed, partly followed, or had to be reconstructed. */
  readonly fidelity: "exact" | "partial" | "reconstructed";
  /** Primary sources; at least one. */
  readonly sources: readonly ClaimSource[];
  /** Traps and contradictions, shown in the report. */
  readonly notes: readonly string[];
}

/** Where a part of the claim was read. */
export interface ClaimSource {
  /** Public address. */
  readonly url: string;
  /** What this source says, quoted or in brief. */
  readonly says: string;
}

/** Figures that another public source gives for the same row. */
export interface OtherFigures {
  /** Public address. */
  readonly url: string;
  /** How they differ from the claim: another recipe, number type or round. */
  readonly says: string;
  /** Figure of the dense model; absent where the source gives none. */
  readonly dense?: number;
  /** Figure of the sparse model; absent where the source gives none. One of the two is there. */
  readonly sparse?: number;
  /** What kind of figure it is. */
  readonly kind: FigureKind;
}

/** Published figures of another metric, in its own unit. */
export interface OtherMetric {
  /** Which: `noise-score` counts correct answers over eleven levels of noise, `evaluation-loss` is in nats a token. */
  readonly metric: OtherMetricName;
  /** Figure of the dense model; absent where the source gives none. */
  readonly dense?: number;
  /** Figure of the sparse model; absent where the source gives none. One of the two is there. */
  readonly sparse?: number;
  /** What it was measured on, in words. */
  readonly says: string;
}

/** A published speed-up and what it was measured on, so that it is compared with like only. */
export interface ClaimedSpeed {
  /** The sentence or row, quoted. */
  readonly row: string;
  /** Time of the dense model by time of the sparse one. */
  readonly ratio: number;
  /** How the document words it: `1.6x`, `over 10x`, `up to 4x`. */
  readonly bound: "about" | "over" | "up-to";
  /** What was measured, e.g. `MLPerf offline`. */
  readonly scenario: string;
  /** Number type of the sparse model. */
  readonly dtype: "f32" | "int8" | "unstated";
  /** What the sparse model was compared with, in words. */
  readonly baseline: string;
  /** Kind of processor. */
  readonly processor: "cpu" | "fpga" | "gpu";
  /** The machine, in words. */
  readonly hardware: string;
  /** Items per run, where the document says so. */
  readonly batch?: number;
  /** What else keeps it from being compared with this recipe's network, in words; absent = nothing. */
  readonly differs?: string;
}
