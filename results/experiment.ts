/**
 * What an experiment trained: every network of it with the raw figures of every seed. Statistics are computed when it is read.
 *
 * @module
 */

/** The trainings of an experiment. */
export interface Experiment {
  /** What all networks were trained and judged on. */
  readonly data: ExperimentData;
  /** Networks, in the order of the experiment. */
  readonly models: readonly TrainedModel[];
  /** Figures printed in the documents, to stand beside. */
  readonly published: readonly PublishedPoint[];
  /** When zeros were to come; only where a single gradual pruning is looked at. */
  readonly schedule?: PruningSchedule;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** Gradual magnitude pruning as it was planned: `target · (1 − (1 − t)³)` with t from 0 to 1 between two steps. */
export interface PruningSchedule {
  /** Fraction of zeros at the end. */
  readonly target: number;
  /** Step of the sparse stage from which on weights are pruned. */
  readonly from: number;
  /** Step from which on masks stay as they are. */
  readonly to: number;
  /** Steps from one pruning to the next. */
  readonly frequency: number;
}

/** The data set of an experiment. */
export interface ExperimentData {
  /** Its name. */
  readonly name: string;
  /** Training examples. */
  readonly train: number;
  /** Evaluation examples. */
  readonly dev: number;
  /** Metric of all figures, each a fraction. */
  readonly metric: string;
  /** Best that any model can reach, where it is known. */
  readonly ceiling: number | null;
  /** What guessing the commonest class reaches. */
  readonly majority: number;
  /** Names of the classes; none where examples have no class. */
  readonly classes: readonly string[];
  /** Class of every evaluation example, one byte each, base64; `null` where examples have no class. */
  readonly labels: string | null;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** One network of an experiment, trained with several seeds. */
export interface TrainedModel {
  /** Unique in the experiment, e.g. `gradual 90 %`. */
  readonly id: string;
  /** What makes a line of it and others, e.g. `gradual magnitude pruning`. */
  readonly series: string;
  /** Dense, or which zeros are skipped. */
  readonly kind: "dense" | "sparse";
  /** The network, e.g. `mnist-cnn`. */
  readonly network: string;
  /** Name of the pattern. */
  readonly pattern: string;
  /** Fraction of zeros that was asked for in the pruned layers. */
  readonly target: number;
  /** How many times as wide as the narrowest network of the experiment. */
  readonly width: number;
  /** Parameters, zeros included. */
  readonly parameters: number;
  /** Parameters that are not zero. */
  readonly nonZeros: number;
  /** One for each seed. */
  readonly runs: readonly ModelRun[];
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** A network trained from one seed, on the evaluation examples. */
export interface ModelRun {
  /** The seed; dense and sparse networks of one seed saw the same examples in the same order. */
  readonly seed: number;
  /** Metric after the last step. */
  readonly metric: number;
  /** Fraction of zeros in the pruned layers. */
  readonly sparsity: number;
  /** Metric under noise, the weakest first; empty if there is no noise test. */
  readonly noise: readonly { readonly level: number; readonly metric: number }[];
  /** Metric of each part of the examples. */
  readonly groups: readonly {
    readonly by: string;
    readonly bucket: string;
    readonly count: number;
    readonly metric: number;
  }[];
  /** Which examples it is right about: one bit each, most significant first, base64; `null` where none is right or wrong. */
  readonly correct: string | null;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** A figure that a document prints. */
export interface PublishedPoint {
  /** What it is of, e.g. `ResNet-50, ImageNet`. */
  readonly label: string;
  /** Fraction of zeros. */
  readonly sparsity: number;
  /** The figure. */
  readonly metric: number;
  /** The same of the dense network. */
  readonly dense: number;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/**
 * Which examples a run is right about, one byte each (1 = right); `null` if it was not recorded.
 *
 * @throws {RangeError} If fewer examples were recorded.
 */
export function correctOf({ correct }: ModelRun, examples: number): Uint8Array | null {
  if (correct === null) return null;
  const bytes = Uint8Array.fromBase64(correct);
  if (8 * bytes.length < examples) {
    throw new RangeError(
      `Cannot read right answers: ${8 * bytes.length} bits, expected ${examples} examples or more`,
    );
  }
  return Uint8Array.from({ length: examples }, (_, i) => bytes[i >> 3]! >> (7 - (i & 7)) & 1);
}

/** The form in which {@linkcode ModelRun.correct} is kept. */
export function packCorrect(correct: Uint8Array): string {
  const bytes = new Uint8Array(Math.ceil(correct.length / 8));
  for (const [i, bit] of correct.entries()) if (bit !== 0) bytes[i >> 3]! |= 0x80 >> (i & 7);
  return bytes.toBase64();
}
