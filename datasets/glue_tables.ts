/**
 * The tasks of GLUE that are plain tables: columns by their names, a text or a pair of texts, and a label.
 *
 * Source of columns, labels and metrics: the files of gluebenchmark.com and the paper (Wang et al. 2019, table 1).
 *
 * @module
 */
import type { TextExample } from "./glue.ts";
import { type FileIdentity, identityOf, type PublishedFile, readNeeded } from "./published_file.ts";
import { allowSkips, type Skips } from "./skips.ts";
import { parseClass, parseColumns, parseHeadless, parseText, type TsvRow } from "./tsv.ts";

/** Metrics of GLUE's tasks. */
export type GlueMetric = "accuracy" | "f1" | "matthews" | "pearson";

/** The tasks that are read here. */
export type TableTaskName = "cola" | "stsb" | "qqp" | "mnli" | "qnli" | "rte" | "wnli";

/** How a task's files are read. */
interface TableTask {
  readonly folder: string;
  readonly metric: GlueMetric;
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** Labels as the files have them, by class; absent if the label is a score. */
  readonly labels?: readonly string[];
  /** Files of the evaluation examples; `dev.tsv` unless given. */
  readonly dev?: readonly string[];
  /** Columns of the texts and of the label; `null` for CoLA, whose files have no header. */
  readonly columns: readonly string[] | null;
  /** Whether rows with another number of columns are left out; QQP is published with a few. */
  readonly skips?: true;
}

const ENTAILMENT = ["entailment", "not_entailment"] as const;

const TASKS: Readonly<Record<TableTaskName, TableTask>> = {
  cola: {
    folder: "CoLA",
    metric: "matthews",
    classes: ["unacceptable", "acceptable"],
    labels: ["0", "1"],
    columns: null,
  },
  stsb: {
    folder: "STS-B",
    metric: "pearson",
    classes: [],
    columns: ["sentence1", "sentence2", "score"],
  },
  qqp: {
    folder: "QQP",
    metric: "f1",
    classes: ["different", "duplicate"],
    labels: ["0", "1"],
    columns: ["question1", "question2", "is_duplicate"],
    skips: true,
  },
  mnli: {
    folder: "MNLI",
    metric: "accuracy",
    classes: ["entailment", "neutral", "contradiction"],
    labels: ["entailment", "neutral", "contradiction"],
    dev: ["dev_matched.tsv", "dev_mismatched.tsv"],
    columns: ["sentence1", "sentence2", "gold_label"],
  },
  qnli: {
    folder: "QNLI",
    metric: "accuracy",
    classes: ENTAILMENT,
    labels: ENTAILMENT,
    columns: ["question", "sentence", "label"],
  },
  rte: {
    folder: "RTE",
    metric: "accuracy",
    classes: ENTAILMENT,
    labels: ENTAILMENT,
    columns: ["sentence1", "sentence2", "label"],
  },
  wnli: {
    folder: "WNLI",
    metric: "accuracy",
    classes: ["not_entailment", "entailment"],
    labels: ["0", "1"],
    columns: ["sentence1", "sentence2", "label"],
  },
};

/** Columns of CoLA: source, label, the author's own mark, sentence. */
const COLA = { columns: 4, label: 1, sentence: 3 } as const;
/** Largest score of STS-B. */
const MOST_SCORE = 5;

/** What the files of a task hold. */
export interface TableExamples {
  /** Training examples, in the order of the file. */
  readonly train: readonly TextExample[];
  /** Evaluation examples, file after file. */
  readonly dev: readonly TextExample[];
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** Metric of the task. */
  readonly metric: GlueMetric;
  /** Files read. */
  readonly files: readonly FileIdentity[];
  /** What was left out, in words. */
  readonly notes: readonly string[];
}

/**
 * Reads a task's files.
 *
 * @throws {EnvironmentError} If they are not there, or more than one row of a hundred is broken.
 * @throws {SyntaxError} If a file is not as GLUE publishes it; names the line.
 */
export async function readTableTask(
  name: TableTaskName,
  directory: string,
): Promise<TableExamples> {
  const task = TASKS[name];
  const read = (file: string): Promise<PublishedFile> =>
    readNeeded(name, directory, `glue/${task.folder}/${file}`);
  const train = await read("train.tsv");
  const dev: PublishedFile[] = [];
  for (const file of task.dev ?? ["dev.tsv"]) dev.push(await read(file));
  let rows = 0;
  const skips = allowSkips({ kind: `rows of ${name}`, total: () => rows });
  const examples = (file: PublishedFile): TextExample[] => {
    rows += countLines(file.bytes);
    return task.columns === null ? readCola(file, task) : readPairs(file, task, skips);
  };
  return {
    train: examples(train),
    dev: dev.flatMap(examples),
    classes: task.classes,
    metric: task.metric,
    files: [train, ...dev].map(identityOf),
    notes: skips.notes(),
  };
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

function readCola({ bytes, shown }: PublishedFile, task: TableTask): TextExample[] {
  return parseHeadless(bytes, shown, COLA.columns).map(({ line, cells }) => ({
    first: parseText(cells[COLA.sentence]!, shown, line, "sentence"),
    label: parseClass(cells[COLA.label]!, shown, line, task.labels!),
  }));
}

function readPairs(file: PublishedFile, task: TableTask, skips: Skips): TextExample[] {
  const { bytes, shown } = file;
  const columns = task.columns!;
  const skip = (line: number, reason: string): void => skips.add(`${shown}:${line}`, reason);
  const rows = parseColumns(bytes, shown, columns, task.skips ? skip : undefined);
  return rows.map((row) => toPair(row, shown, task));
}

function toPair({ line, cells }: TsvRow, shown: string, task: TableTask): TextExample {
  const [first, second, label] = cells as [string, string, string]; // as many columns were asked for
  const [one, other] = task.columns!;
  return {
    first: parseText(first, shown, line, one!),
    second: parseText(second, shown, line, other!),
    label: task.labels
      ? parseClass(label, shown, line, task.labels)
      : parseScore(label, shown, line),
  };
}

function parseScore(cell: string, path: string, line: number): number {
  const score = cell.trim() === "" ? NaN : Number(cell);
  if (score >= 0 && score <= MOST_SCORE) return score;
  throw new SyntaxError(
    `Cannot read ${path}:${line}: score is ${JSON.stringify(cell)}, expected 0 to ${MOST_SCORE}`,
  );
}
