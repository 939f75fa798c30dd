/**
 * The door to the data: a recipe's choice becomes examples.
 *
 * @module
 */
import { join } from "@std/path";
import type { Dataset } from "./dataset.ts";
import { generateDataset, type Generator } from "./generated.ts";
import { PARAPHRASE } from "./paraphrase.ts";
import { openPublished } from "./published.ts";
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
 * Opens a data set: reads and tokenises published files, or generates. Tokens of published files are kept in the cache.
 *
 * @throws {EnvironmentError} If files are missing; names the expected tree.
 * @throws {SyntaxError} If a file is broken; names the line.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const spec = { name: "synthetic-sentiment", sequence: 32, trainExamples: 100 } as const;
 * const data = await openDataset(spec, { cacheDirectory: ".cache" });
 * assertEquals([data.train.count, data.ceiling], [100, 0.96]);
 * ```
 */
export async function openDataset(spec: DatasetSpec, options: OpenOptions): Promise<Dataset> {
  const { name, sequence, devExamples } = spec;
  const trainExamples = smaller(spec.trainExamples, options.trainExamples);
  const seed = options.seed ?? 0;
  if (name === "sst2" || name === "mrpc") {
    const { cacheDirectory } = options;
    const dataDirectory = options.dataDirectory ?? join(cacheDirectory, "data");
    return await openPublished({
      ...{ name, sequence, trainExamples, devExamples, seed },
      ...{ dataDirectory, cacheDirectory },
    });
  }
  const generator = GENERATORS.find((one) => one.name === name);
  if (!generator) {
    throw new RangeError(`Cannot open data set "${name}": there is none of that name`);
  }
  return generateDataset(generator, {
    sequence,
    seed,
    ...trainExamples === undefined ? {} : { trainExamples },
    ...devExamples === undefined ? {} : { devExamples },
  });
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
