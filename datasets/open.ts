/**
 * The door to the data: a recipe's choice becomes examples.
 *
 * @module
 */
import type { Dataset } from "./dataset.ts";
import { generateDataset, type Generator } from "./generated.ts";
import { PARAPHRASE } from "./paraphrase.ts";
import { SENTIMENT } from "./sentiment.ts";

/** Names of the data sets. */
export type DatasetName = "sst2" | "mrpc" | "synthetic-sentiment" | "synthetic-paraphrase";

/** Which data set, and how much of it; the `dataset` section of a recipe has this shape. */
export interface DatasetSpec {
  /** Published set, or generated stand-in. */
  readonly name: DatasetName;
  /** Longest sequence in tokens; longer examples are cut. */
  readonly sequence: number;
  /** Cap on training examples. */
  readonly trainExamples?: number;
  /** Cap on evaluation examples. */
  readonly devExamples?: number;
}

/** Where the data is, and what a user asked for beyond the recipe. */
export interface OpenOptions {
  /** Root of the published data sets, as in `--data DIR`. Absent: where downloads are kept below the cache. */
  readonly dataDirectory?: string;
  /** Root of the stage cache; holds the tokens of published sets. */
  readonly cacheDirectory: string;
  /** Seed of generated data and of the choice of capped examples; default 0. */
  readonly seed?: number;
  /** Cap on training examples; the smaller of this and the recipe's counts. */
  readonly trainExamples?: number;
}

const GENERATORS: readonly Generator[] = [SENTIMENT, PARAPHRASE];

/**
 * Opens a data set: generates it.
 *
 * @throws {RangeError} If the data set is unknown.
 */
export function openDataset(spec: DatasetSpec, options: OpenOptions): Promise<Dataset> {
  const generator = GENERATORS.find(({ name }) => name === spec.name);
  if (!generator) throw new RangeError(`Cannot open ${spec.name}: no such data set`);
  const trainExamples = smaller(spec.trainExamples, options.trainExamples);
  return Promise.resolve(generateDataset(generator, {
    sequence: spec.sequence,
    seed: options.seed ?? 0,
    ...trainExamples === undefined ? {} : { trainExamples },
    ...spec.devExamples === undefined ? {} : { devExamples: spec.devExamples },
  }));
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
