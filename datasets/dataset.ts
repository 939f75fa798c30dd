/**
 * Examples as typed arrays.
 *
 * @module
 */

/** Tokenised texts, padded to one length. */
export interface TokenExamples {
  /** Number of examples. */
  readonly count: number;
  /** Tokens per example, padding included. */
  readonly sequence: number;
  /** `count × sequence` token ids; padding is 0. */
  readonly inputIds: Int32Array;
  /** `count × sequence`; 0 for the first segment, 1 for the second. */
  readonly tokenTypes: Int32Array;
  /** Real tokens of each example, `[CLS]` and `[SEP]` included; those after are padding. */
  readonly lengths: Int32Array;
  /** Sub-populations: name of a division (e.g. `length`), and the bucket of each example in it. */
  readonly groups: readonly ExampleGroups[];
}

/** Tokenised examples of a sequence classification task. */
export interface Examples extends TokenExamples {
  /** Class of each example. */
  readonly labels: Int32Array;
}

/** One way to divide examples, such as by class or by length. */
export interface ExampleGroups {
  /** What divides them, e.g. `length`. */
  readonly by: string;
  /** Names of the buckets, e.g. `1-8 tokens`. */
  readonly buckets: readonly string[];
  /** Bucket of each example. */
  readonly of: Uint8Array;
}

/** What every data set says of itself, whatever its examples are. */
export interface DatasetFacts {
  /** Name as in the recipe. */
  readonly name: string;
  /** Best metric any model can reach in expectation, where it is known (generated data); else `null`. */
  readonly ceiling: number | null;
  /** Best metric on `dev` of giving one and the same answer always. */
  readonly majority: number;
  /** Where the examples come from: files with sha256, or generator and seed. */
  readonly origin: DatasetOrigin;
  /** What differs from the published data set, in words, such as a cap or a split of our own; absent = nothing. */
  readonly notes?: readonly string[];
}

/** A data set of texts to classify, ready to train on. */
export interface Dataset extends DatasetFacts {
  /** Tells it from data sets of other kinds. */
  readonly kind: "text";
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  /** Metric of the task. */
  readonly metric: "accuracy" | "f1" | "matthews";
  /** Training examples. */
  readonly train: Examples;
  /** Evaluation examples (the published dev set, or held-out generated ones). */
  readonly dev: Examples;
  /** Number of token ids. */
  readonly vocabulary: number;
}

/** Where examples come from. */
export type DatasetOrigin =
  | {
    /** Published files. */
    readonly kind: "files";
    /** Every file that was read; the path is below the data directory. */
    readonly files: readonly { readonly path: string; readonly sha256: string }[];
  }
  | {
    /** Made by a program. */
    readonly kind: "generated";
    /** Name and version of the generator. */
    readonly generator: string;
    /** What it was seeded with. */
    readonly seed: number;
  };
