/**
 * The tasks of GLUE, in the files that it publishes.
 *
 * @module
 */
import { type GlueMetric, readTableTask, type TableTaskName } from "./glue_tables.ts";
import { identityOf, type PublishedFile, readIfThere, readNeeded } from "./published_file.ts";
import { parseLabel, parseText, parseTsv, type TsvRow } from "./tsv.ts";

/** The data sets of GLUE. */
export type GlueName = "sst2" | "mrpc" | TableTaskName;

/** An example in words. */
export interface TextExample {
  /** First text. */
  readonly first: string;
  /** Second text of a pair. */
  readonly second?: string;
  /** Class, or of STS-B the score from 0 to 5. */
  readonly label: number;
}

/** A published data set in words. */
export interface TextDataset {
  /** Training examples, in the order of the file. */
  readonly train: readonly TextExample[];
  /** Examples of the published dev set. */
  readonly dev: readonly TextExample[];
  /** Names of the classes; STS-B has none, but scores. */
  readonly classes: readonly string[];
  /** Metric of the task: F1 of class 1 for MRPC and QQP, Matthews' correlation for CoLA, Pearson's for STS-B. */
  readonly metric: GlueMetric;
  /** Files read, with paths below the data directory. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  /** What differs from the published data set, in words. */
  readonly notes: readonly string[];
}

type Splits = Pick<TextDataset, "train" | "dev" | "files" | "notes">;

const SST2_COLUMNS = ["sentence", "label"] as const;
const MRPC_COLUMNS = ["Quality", "#1 ID", "#2 ID", "#1 String", "#2 String"] as const;
const RAW = "glue/MRPC/msr_paraphrase_train.txt";
/** Both names are in use: the first in the folder that GLUE's script makes, the second on its server. */
const DEV_IDS = ["glue/MRPC/dev_ids.tsv", "glue/MRPC/mrpc_dev_ids.tsv"] as const;
/** GLUE's dev set has 408 of the 4,076 pairs; every tenth pair from the first is as many. */
const DEV_EVERY = 10;
/** Examples as GLUE publishes them. */
const PUBLISHED: Readonly<Record<GlueName, { readonly train: number; readonly dev: number }>> = {
  sst2: { train: 67349, dev: 872 },
  mrpc: { train: 3668, dev: 408 },
  cola: { train: 8551, dev: 1043 },
  stsb: { train: 5749, dev: 1500 },
  qqp: { train: 363_846, dev: 40_430 },
  mnli: { train: 392_702, dev: 19_647 },
  qnli: { train: 104_743, dev: 5463 },
  rte: { train: 2490, dev: 277 },
  wnli: { train: 635, dev: 71 },
};

/**
 * Reads a published data set.
 *
 * MRPC comes as `train.tsv` and `dev.tsv`, or as Microsoft's `msr_paraphrase_train.txt`. That one is split as GLUE does if
 * `dev_ids.tsv` (the pairs of the dev set) lies beside it; else every tenth pair becomes the dev set, and a note says so. MNLI's dev set is
 * the matched and the mismatched one, in turn.
 *
 * @throws {EnvironmentError} If the files are not there; names what is, and the tree that is expected.
 * @throws {SyntaxError} If a file is not as GLUE publishes it; names the line.
 */
export async function readGlue(name: GlueName, directory: string): Promise<TextDataset> {
  if (name !== "sst2" && name !== "mrpc") {
    const read = await readTableTask(name, directory);
    return { ...read, notes: [...read.notes, ...countNotes(name, read)] };
  }
  const splits = name === "sst2" ? await readSst2(directory) : await readMrpc(directory);
  const notes = [...splits.notes, ...countNotes(name, splits)];
  return name === "sst2"
    ? { ...splits, notes, classes: ["negative", "positive"], metric: "accuracy" }
    : { ...splits, notes, classes: ["different", "paraphrase"], metric: "f1" };
}

function countNotes(name: GlueName, splits: Splits): string[] {
  return (["train", "dev"] as const)
    .filter((split) => splits[split].length !== PUBLISHED[name][split])
    .map((split) =>
      `${split} set: ${splits[split].length} examples, published are ${PUBLISHED[name][split]}`
    );
}

async function readSst2(directory: string): Promise<Splits> {
  const train = await readNeeded("sst2", directory, "glue/SST-2/train.tsv");
  const dev = await readNeeded("sst2", directory, "glue/SST-2/dev.tsv");
  const examples = ({ bytes, shown }: PublishedFile): TextExample[] =>
    parseTsv(bytes, shown, SST2_COLUMNS).map(({ line, cells }) => ({
      first: parseText(cells[0]!, shown, line, "sentence"),
      label: parseLabel(cells[1]!, shown, line),
    }));
  return {
    train: examples(train),
    dev: examples(dev),
    files: [train, dev].map(identityOf),
    notes: [],
  };
}

async function readMrpc(directory: string): Promise<Splits> {
  const train = await readIfThere(directory, "glue/MRPC/train.tsv");
  const raw = train ? null : await readIfThere(directory, RAW);
  if (raw) return await splitRaw(directory, raw);
  const pairs = train ?? await readNeeded("mrpc", directory, "glue/MRPC/train.tsv");
  const dev = await readNeeded("mrpc", directory, "glue/MRPC/dev.tsv");
  const examples = (file: PublishedFile): TextExample[] =>
    rowsOfMrpc(file).map((row) => toPair(row, file.shown));
  return {
    train: examples(pairs),
    dev: examples(dev),
    files: [pairs, dev].map(identityOf),
    notes: [],
  };
}

async function splitRaw(directory: string, raw: PublishedFile): Promise<Splits> {
  const ids = await readIfThere(directory, DEV_IDS[0]) ??
    await readIfThere(directory, DEV_IDS[1]);
  const devPairs = ids && readDevIds(ids);
  const isDev = ({ cells }: TsvRow, i: number): boolean =>
    devPairs ? devPairs.has(`${cells[1]}\t${cells[2]}`) : i % DEV_EVERY === 0;
  const rows = rowsOfMrpc(raw);
  const pair = (row: TsvRow): TextExample => toPair(row, raw.shown);
  return {
    train: rows.filter((row, i) => !isDev(row, i)).map(pair),
    dev: rows.filter(isDev).map(pair),
    files: [raw, ...ids ? [ids] : []].map(identityOf),
    notes: ids ? [] : [
      `dev set: every tenth pair of ${RAW}, not GLUE's choice (there is no ${DEV_IDS[0]})`,
    ],
  };
}

function rowsOfMrpc({ bytes, shown }: PublishedFile): TsvRow[] {
  return parseTsv(bytes, shown, MRPC_COLUMNS);
}

function toPair({ line, cells }: TsvRow, shown: string): TextExample {
  return {
    first: parseText(cells[3]!, shown, line, "#1 String"),
    second: parseText(cells[4]!, shown, line, "#2 String"),
    label: parseLabel(cells[0]!, shown, line),
  };
}

/** The pairs of GLUE's dev set: two ids a line. The file has no header. */
function readDevIds({ bytes, shown }: PublishedFile): Set<string> {
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  while (lines.at(-1) === "") lines.pop();
  lines.forEach((line, i) => {
    if (/^\d+\t\d+$/.test(line)) return;
    const found = JSON.stringify(line.slice(0, 60));
    throw new SyntaxError(
      `Cannot read ${shown}:${i + 1}: ${found}, expected two ids, a tab between them`,
    );
  });
  return new Set(lines);
}
