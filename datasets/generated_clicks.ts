/**
 * Generated clicks: a stand-in for Criteo's logs.
 *
 * A click is drawn with a probability that depends on four of the integers, six of the categories and one pair of categories. The ceiling is
 * the area under the curve of these very probabilities: no model can know more.
 *
 * @module
 */
import { createRandom, type Random } from "../core/mod.ts";
import { areaUnderRoc } from "./auc.ts";
import {
  type ClickBatch,
  type ClickBatches,
  type ClickStreams,
  DENSE_FEATURES,
  TABLES,
} from "./clicks.ts";

/** How much to generate. */
export interface GeneratedClicksOptions {
  /** Rows of each of the 26 tables. */
  readonly tableRows: readonly number[];
  /** Seed of the data; default 0. */
  readonly seed?: number;
  /** Training rows; default 50,000. */
  readonly trainExamples?: number;
  /** Evaluation rows; default 10,000. */
  readonly devExamples?: number;
}

interface Rows {
  readonly dense: Float32Array;
  /** `count × 26`. */
  readonly categories: Int32Array;
  readonly labels: Int32Array;
  readonly probabilities: Float32Array;
}

const VERSION = 1;
const NAME = "synthetic-clicks";
/** Categories of a table that are drawn; tables with fewer rows have all of theirs drawn. */
const KNOWN = 30;
const [DENSE_THAT_COUNT, TABLES_THAT_COUNT] = [4, 6] as const;
/** Leads to a click rate of about a quarter. */
const OFFSET = -1.7;

/** What decides on clicks. */
interface Truth {
  readonly dense: readonly number[];
  readonly categories: readonly Float32Array[];
  /** Effect of the first two categories together. */
  readonly pairs: Float32Array;
}

/**
 * Generates rows. Takes about 5 µs a row.
 *
 * @throws {RangeError} If there are not 26 tables.
 */
export function generateClicks(options: GeneratedClicksOptions): ClickStreams {
  const { tableRows, seed = 0, trainExamples = 50_000, devExamples = 10_000 } = options;
  if (tableRows.length !== TABLES || tableRows.some((rows) => !(rows >= 1))) {
    throw new RangeError(
      `Cannot generate ${NAME}: ${tableRows.length} tables, expected ${TABLES} of at least a row`,
    );
  }
  const random = createRandom(`${NAME}/${VERSION} ${seed}`);
  const truth = drawTruth(random.fork("truth"));
  const train = drawRows(trainExamples, truth, tableRows, random.fork("train"));
  const dev = drawRows(devExamples, truth, tableRows, random.fork("dev"));
  return {
    kind: "clicks",
    ...{ name: NAME, metric: "auc", tableRows, majority: 0.5 },
    ceiling: areaUnderRoc(dev.probabilities, dev.labels),
    counts: () => Promise.resolve({ train: trainExamples, dev: devExamples }),
    trainBatches: (batches) => stream(train, batches, true),
    devBatches: (batches) => stream(dev, batches, false),
    skipped: () => [],
    origin: { kind: "generated", generator: `${NAME}/${VERSION}`, seed },
  };
}

function drawTruth(random: Random): Truth {
  const normals = (length: number, deviation: number): Float32Array =>
    Float32Array.from({ length }, () => deviation * random.normal());
  return {
    dense: [...normals(DENSE_THAT_COUNT, 0.5)],
    categories: Array.from({ length: TABLES_THAT_COUNT }, () => normals(KNOWN, 0.7)),
    pairs: normals(KNOWN * KNOWN, 1),
  };
}

function drawRows(
  count: number,
  truth: Truth,
  tableRows: readonly number[],
  random: Random,
): Rows {
  const dense = new Float32Array(count * DENSE_FEATURES);
  const categories = new Int32Array(count * TABLES);
  const labels = new Int32Array(count);
  const probabilities = new Float32Array(count);
  for (let row = 0; row < count; row++) {
    const numbers = dense.subarray(row * DENSE_FEATURES, (row + 1) * DENSE_FEATURES);
    const chosen = categories.subarray(row * TABLES, (row + 1) * TABLES);
    for (let i = 0; i < DENSE_FEATURES; i++) {
      // As the published integers: many small ones, few large ones, seen through a logarithm.
      numbers[i] = Math.log(1 + Math.floor(Math.exp(1.5 * Math.abs(random.normal())) - 1));
    }
    for (let table = 0; table < TABLES; table++) {
      chosen[table] = random.integer(Math.min(KNOWN, tableRows[table]!));
    }
    probabilities[row] = probabilityOf(numbers, chosen, truth);
    labels[row] = random.next() < probabilities[row]! ? 1 : 0;
  }
  return { dense, categories, labels, probabilities };
}

function probabilityOf(dense: Float32Array, categories: Int32Array, truth: Truth): number {
  let sum = OFFSET + truth.pairs[categories[0]! * KNOWN + categories[1]!]!;
  truth.dense.forEach((weight, i) => sum += weight * (dense[i]! - 1));
  truth.categories.forEach((effects, table) => sum += effects[categories[table]!]!);
  return 1 / (1 + Math.exp(-sum));
}

async function* stream(
  rows: Rows,
  { size, from = 0 }: ClickBatches,
  whole: boolean,
): AsyncGenerator<ClickBatch> {
  for (let start = from * size; start < rows.labels.length; start += size) {
    const count = Math.min(size, rows.labels.length - start);
    if (whole && count < size) return;
    const indices = new Int32Array(TABLES * count);
    for (let i = 0; i < indices.length; i++) {
      indices[i] = rows.categories[(start + i % count) * TABLES + Math.floor(i / count)]!;
    }
    yield await Promise.resolve({
      count,
      dense: rows.dense.slice(start * DENSE_FEATURES, (start + count) * DENSE_FEATURES),
      indices,
      labels: rows.labels.slice(start, start + count),
    });
  }
}
