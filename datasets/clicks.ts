/**
 * Advertisements that were shown, and whether they were clicked: batches for a recommendation model.
 *
 * @module
 */
import type { DatasetFacts } from "./dataset.ts";

/** Integer features of a row. */
export const DENSE_FEATURES = 13;
/** Categories of a row, each with a table of its own. */
export const TABLES = 26;

/** Rows that are run together. */
export interface ClickBatch {
  /** Rows. */
  readonly count: number;
  /** `count × 13`: the logarithm of 1 + the integer; 0 where it is missing or negative. */
  readonly dense: Float32Array<ArrayBuffer>;
  /** `26 × count`: row of each category in its table; 0 where it is missing. */
  readonly indices: Int32Array<ArrayBuffer>;
  /** 1 for a click. */
  readonly labels: Int32Array;
}

/** Which batches of an epoch. */
export interface ClickBatches {
  /** Rows per batch. */
  readonly size: number;
  /** First batch, for runs that go on; default 0. */
  readonly from?: number;
}

/** A log of clicks as streams. Memory holds a few batches, whatever the size of the files. */
export interface ClickStreams extends DatasetFacts {
  /** Tells it from data sets of text. */
  readonly kind: "clicks";
  /** Metric of the task: the area under the ROC curve. */
  readonly metric: "auc";
  /** Rows of each table. */
  readonly tableRows: readonly number[];
  /** Whole rows of both splits; published files are read once to count them, which takes as long as an epoch of reading. */
  counts(): Promise<{ readonly train: number; readonly dev: number }>;
  /** Training rows in the order in which they were logged, all batches of one size. */
  trainBatches(options: ClickBatches): AsyncGenerator<ClickBatch>;
  /** Batches that cover the evaluation rows once; the last may be smaller. */
  devBatches(options: ClickBatches): AsyncGenerator<ClickBatch>;
  /** Broken rows that were left out so far, in words. */
  skipped(): readonly string[];
}
