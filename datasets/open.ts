/**
 * The door to the data: a recipe's choice becomes examples, or streams of them.
 *
 * @module
 */
import { join } from "@std/path";
import { openInBackground } from "./background.ts";
import type { BoxStreams } from "./box_streams.ts";
import type { ClickStreams } from "./clicks.ts";
import { type CocoOptions, openCoco } from "./coco.ts";
import { type CriteoName, type CriteoOptions, openCriteo } from "./criteo.ts";
import type { Dataset } from "./dataset.ts";
import { generateDataset, type Generator } from "./generated.ts";
import { generateBoxes } from "./generated_boxes.ts";
import { generateClicks, type GeneratedClicksOptions } from "./generated_clicks.ts";
import { generateSpans } from "./generated_spans.ts";
import type { GlueName } from "./glue.ts";
import { openPlanes, type PlanesSpec } from "./open_planes.ts";
import { openSquad } from "./open_squad.ts";
import { PARAPHRASE } from "./paraphrase.ts";
import type { PlaneStreams } from "./plane_streams.ts";
import { openPublished } from "./published.ts";
import { SENTIMENT } from "./sentiment.ts";
import type { SpanDataset } from "./spans.ts";

/** Texts to classify, and how much of them. */
export interface TextSpec {
  /** Published set, or generated stand-in. Of GLUE all but STS-B, whose labels are no classes. */
  readonly name:
    | Exclude<GlueName, "stsb">
    | "synthetic-sentiment"
    | "synthetic-paraphrase";
  /** Longest sequence in tokens; longer examples are cut. */
  readonly sequence: number;
  /** Cap on training examples. */
  readonly trainExamples?: number;
  /** Cap on evaluation examples. */
  readonly devExamples?: number;
}

/** Questions to answer from texts, and how much of them. */
export interface SpansSpec {
  /** Published set, or generated stand-in. */
  readonly name: "squad" | "synthetic-spans";
  /** Longest sequence in tokens; longer texts become several windows. */
  readonly sequence: number;
  /** Tokens that neighbouring windows of `squad` share; default 128. */
  readonly stride?: number;
  /** Cap on training questions. */
  readonly trainExamples?: number;
  /** Cap on evaluation questions. */
  readonly devExamples?: number;
}

/** A log of clicks, and how much of it. */
export type ClicksSpec =
  | (CriteoOptions & { readonly name: CriteoName })
  | (GeneratedClicksOptions & { readonly name: "synthetic-clicks" });

/** Photographs with objects to find, and how much of them. */
export type BoxesSpec = CocoOptions & { readonly name: "coco" | "synthetic-boxes" };

/** Which data set, and how much of it. */
export type DatasetSpec = TextSpec | SpansSpec | PlanesSpec | ClicksSpec | BoxesSpec;

/** A data set of any kind, told apart by `kind`. */
export type AnyDataset = Dataset | SpanDataset | PlaneStreams | ClickStreams | BoxStreams;

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

/** Tokens that windows of SQuAD share, as published. */
const SQUAD_STRIDE = 128;

/**
 * Opens a data set: reads published files, or generates. Tokens of published texts are kept in the cache; photographs and sounds are read
 * and changed by a thread, which ends when the data set is disposed.
 *
 * @throws {EnvironmentError} If files are missing, names what is there instead and the expected tree; or if memory does not suffice.
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
export function openDataset(spec: TextSpec, options: OpenOptions): Promise<Dataset>;
/** Opens a data set of any kind. */
export function openDataset(spec: DatasetSpec, options: OpenOptions): Promise<AnyDataset>;
export async function openDataset(spec: DatasetSpec, options: OpenOptions): Promise<AnyDataset> {
  const { cacheDirectory, seed = 0 } = options;
  const { dataDirectory = join(cacheDirectory, "data") } = options;
  const trainExamples = smaller(spec.trainExamples, options.trainExamples);
  const sized = { seed, ...trainExamples !== undefined && { trainExamples } };
  switch (spec.name) {
    case "sst2":
    case "mrpc":
    case "cola":
    case "qqp":
    case "mnli":
    case "qnli":
    case "rte":
    case "wnli": {
      const { name, sequence, devExamples } = spec;
      return await openPublished({
        ...{ name, sequence, trainExamples, devExamples, seed, dataDirectory, cacheDirectory },
      });
    }
    case "synthetic-sentiment":
    case "synthetic-paraphrase":
      return generateDataset(generatorNamed(spec.name), { ...spec, ...sized });
    case "squad":
      return await openSquad(dataDirectory, { stride: SQUAD_STRIDE, ...spec, ...sized });
    case "synthetic-spans":
      return generateSpans({ ...spec, ...sized });
    case "criteo-kaggle":
    case "criteo-terabyte":
      return await openCriteo(spec.name, dataDirectory, { ...spec, ...sized });
    case "synthetic-clicks":
      return generateClicks({ ...spec, ...sized });
    case "coco":
      return await openCoco(dataDirectory, { ...spec, ...sized });
    case "synthetic-boxes":
      return generateBoxes({ ...spec, ...sized });
    case "imagenet":
    case "speech-commands":
      return await openInBackground({ ...spec, ...sized }, dataDirectory);
    default:
      return await openPlanes({ ...spec, ...sized }, dataDirectory);
  }
}

function generatorNamed(name: string): Generator {
  return GENERATORS.find((one) => one.name === name)!; // of the names above
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
