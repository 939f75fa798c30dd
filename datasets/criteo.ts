/**
 * Criteo's logs of clicks: the one of Kaggle's competition (7 days) and the Terabyte log (24 days), read as streams.
 *
 * Rows are in the order of time. What comes last is not trained on: its first half is for evaluation, as in the published preprocessing.
 *
 * @module
 */
import { fileFailure } from "../core/mod.ts";
import { type ByteLine, linesOf } from "./byte_lines.ts";
import { parseRow, type RowTarget } from "./click_rows.ts";
import {
  type ClickBatch,
  type ClickBatches,
  type ClickStreams,
  DENSE_FEATURES,
  TABLES,
} from "./clicks.ts";
import { fileOf, missingData } from "./layout.ts";
import { identityOfLarge } from "./published_file.ts";
import { allowSkips, type Skips } from "./skips.ts";

/** Which of the two logs. */
export type CriteoName = "criteo-kaggle" | "criteo-terabyte";

/** How to read a log. */
export interface CriteoOptions {
  /** Rows of each of the 26 tables. */
  readonly tableRows: readonly number[];
  /** Categories are taken modulo this before they are taken modulo the rows of their table; default 40 million, MLPerf's. */
  readonly range?: number;
  /** Cap on training rows: the first ones. */
  readonly trainExamples?: number;
  /** Cap on evaluation rows: the first ones. */
  readonly devExamples?: number;
  /** Largest share of rows that may be broken; default 0.01. */
  readonly brokenShare?: number;
}

/** A part of a file: rows from one number to another. */
interface Part {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

interface Splits {
  readonly train: readonly Part[];
  readonly dev: readonly Part[];
  readonly notes: readonly string[];
}

const RANGE = 40_000_000;
/** Rows before a share of broken ones says anything. */
const LEAST_ROWS = 1000;
/** Rows of a batch that is only counted. */
const COUNTED_AT_ONCE = 4096;
const KAGGLE_DAYS = 7;
const TERABYTE_DAYS = 24;

/**
 * Opens a log. The Kaggle log is `criteo-kaggle/train.txt`, whose last seventh is held out, or files `train` and `dev` of a sample of it;
 * the Terabyte log is `criteo-terabyte/day_0` to `day_23`, each plain or `.gz`, the last of which is held out. To find the middle of what
 * is held out, it is read once: a minute for the Kaggle log, several for the Terabyte log.
 *
 * @throws {EnvironmentError} If files are missing; names the expected tree.
 * @throws {RangeError} If there are not 26 tables.
 */
export async function openCriteo(
  name: CriteoName,
  directory: string,
  options: CriteoOptions,
): Promise<ClickStreams> {
  const { tableRows, trainExamples = Infinity, devExamples = Infinity } = options;
  if (tableRows.length !== TABLES || tableRows.some((rows) => !(rows >= 1))) {
    throw new RangeError(
      `Cannot open ${name}: ${tableRows.length} tables, expected ${TABLES} of at least a row`,
    );
  }
  const splits = name === "criteo-kaggle"
    ? await findKaggle(directory)
    : await findTerabyte(directory);
  // Rows of each split that the longest reading has seen: what is read again is not counted again.
  const seen = { train: 0, dev: 0 };
  const skips = allowSkips({
    kind: `rows of ${name}`,
    total: () => Math.max(LEAST_ROWS, seen.train + seen.dev),
    ...options.brokenShare === undefined ? {} : { share: options.brokenShare },
  });
  const most = { train: trainExamples, dev: devExamples };
  const stream = (
    split: "train" | "dev",
    batches: ClickBatches,
    whole: boolean,
  ): AsyncGenerator<ClickBatch> => {
    const count = (rows: number): void => void (seen[split] = Math.max(seen[split], rows));
    const plan = { parts: splits[split], directory, most: most[split], whole, skips, options };
    return batchesOf({ ...plan, count }, batches);
  };
  const countRows = async (split: "train" | "dev"): Promise<number> => {
    let rows = 0;
    for await (const batch of stream(split, { size: COUNTED_AT_ONCE }, false)) rows += batch.count;
    return rows;
  };
  const paths = [...new Set([...splits.train, ...splits.dev].map(({ path }) => path))];
  const files = await Promise.all(paths.map((path) => identityOfLarge(directory, path)));
  return {
    kind: "clicks",
    ...{ name, metric: "auc", tableRows, ceiling: null, majority: 0.5 },
    counts: async () => ({ train: await countRows("train"), dev: await countRows("dev") }),
    trainBatches: (batches) => stream("train", batches, true),
    devBatches: (batches) => stream("dev", batches, false),
    skipped: () => skips.notes(),
    origin: { kind: "files", files },
    ...splits.notes.length > 0 ? { notes: splits.notes } : {},
  };
}

interface StreamPlan {
  readonly parts: readonly Part[];
  readonly directory: string;
  /** Most rows. */
  readonly most: number;
  /** Whether a last batch that is smaller is left out. */
  readonly whole: boolean;
  readonly skips: Skips;
  readonly options: CriteoOptions;
  /** Called for every row with how many there were. */
  readonly count: (rows: number) => void;
}

async function* batchesOf(
  { parts, directory, most, whole, skips, options, count }: StreamPlan,
  { size, from = 0 }: ClickBatches,
): AsyncGenerator<ClickBatch> {
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`Cannot make batches of ${size}: expected an integer from 1`);
  }
  const first = from * size;
  let [lines, rows, target, filled] = [0, 0, newTarget(size, options), 0];
  for (const part of parts) {
    const shown = fileOf(directory, part.path);
    for await (const { line, number } of partOf(part, shown)) {
      if (rows >= most) break;
      count(++lines);
      const wrong = parseRow(line.bytes, line.start, line.end, target, filled);
      if (wrong !== null) {
        skips.add(`${shown}:${number + 1}`, wrong);
        continue;
      }
      // What an interrupted run has seen is read again, and dropped.
      if (rows++ < first) continue;
      if (++filled < size) continue;
      yield toBatch(target, filled);
      [target, filled] = [newTarget(size, options), 0];
    }
  }
  if (filled > 0 && !whole) yield toBatch(target, filled);
}

function newTarget(size: number, { tableRows, range = RANGE }: CriteoOptions): RowTarget {
  return {
    ...{ size, tableRows, range },
    dense: new Float32Array(size * DENSE_FEATURES),
    indices: new Int32Array(size * TABLES),
    labels: new Int32Array(size),
  };
}

function toBatch({ size, dense, indices, labels }: RowTarget, count: number): ClickBatch {
  const packed = new Int32Array(TABLES * count);
  for (let table = 0; table < TABLES; table++) {
    packed.set(indices.subarray(table * size, table * size + count), table * count);
  }
  return {
    count,
    dense: Float32Array.from(dense.subarray(0, count * DENSE_FEATURES)),
    indices: packed,
    labels: labels.subarray(0, count),
  };
}

async function* partOf(
  { from, to }: Part,
  shown: string,
): AsyncGenerator<{ readonly line: ByteLine; readonly number: number }> {
  let number = 0;
  for await (const line of linesOf(shown)) {
    if (number >= to) return;
    if (number >= from) yield { line, number };
    number++;
  }
}

async function countLines(path: string): Promise<number> {
  let count = 0;
  for await (const _ of linesOf(path)) count++;
  return count;
}

async function findKaggle(directory: string): Promise<Splits> {
  const whole = "criteo-kaggle/train.txt";
  if (await isFile(fileOf(directory, whole))) {
    const rows = await countLines(fileOf(directory, whole));
    // Days are as long as each other; what does not divide goes to the first ones.
    const last = Math.floor(rows / KAGGLE_DAYS);
    const train = rows - last;
    return {
      train: [{ path: whole, from: 0, to: train }],
      dev: [{ path: whole, from: train, to: train + Math.ceil(last / 2) }],
      notes: [],
    };
  }
  const [train, dev] = ["criteo-kaggle-sample/train.csv", "criteo-kaggle-sample/dev.csv"];
  for (const path of [train, dev]) {
    if (!await isFile(fileOf(directory, path))) {
      throw await missingData("criteo-kaggle", directory, path);
    }
  }
  return {
    train: [{ path: train, from: 0, to: Infinity }],
    dev: [{ path: dev, from: 0, to: Infinity }],
    notes: ["a sample of the log, in the split that it came with"],
  };
}

async function findTerabyte(directory: string): Promise<Splits> {
  const days: string[] = [];
  for (let day = 0; day < TERABYTE_DAYS; day++) {
    const path = `criteo-terabyte/day_${day}`;
    const found = await isFile(fileOf(directory, path))
      ? path
      : await isFile(fileOf(directory, `${path}.gz`))
      ? `${path}.gz`
      : null;
    if (found === null) throw await missingData("criteo-terabyte", directory, path);
    days.push(found);
  }
  const last = days.at(-1)!;
  const rows = await countLines(fileOf(directory, last));
  return {
    train: days.slice(0, -1).map((path) => ({ path, from: 0, to: Infinity })),
    dev: [{ path: last, from: 0, to: Math.ceil(rows / 2) }],
    notes: [],
  };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw fileFailure("read", path, error);
  }
}
