/**
 * Where published files lie below a data directory, and what to say when they do not.
 *
 * @module
 */
import { join } from "@std/path";
import { EnvironmentError } from "../core/mod.ts";
import { FETCH_SOURCES, PUBLISHERS } from "./fetch_sources.ts";

/** Data sets that were published as files. */
export type PublishedName =
  | "sst2"
  | "mrpc"
  | "cola"
  | "stsb"
  | "qqp"
  | "mnli"
  | "qnli"
  | "rte"
  | "wnli"
  | "mnist"
  | "cifar10"
  | "squad"
  | "speech-commands"
  | "criteo-kaggle"
  | "criteo-terabyte"
  | "imagenet"
  | "coco2017";

const TREES: Readonly<Record<PublishedName, readonly string[]>> = {
  sst2: ["glue/SST-2/train.tsv", "glue/SST-2/dev.tsv", "bert/vocab.txt"],
  mrpc: [
    "glue/MRPC/train.tsv and glue/MRPC/dev.tsv, or",
    "glue/MRPC/msr_paraphrase_train.txt and glue/MRPC/dev_ids.tsv",
    "bert/vocab.txt",
  ],
  cola: glueTree("CoLA"),
  stsb: glueTree("STS-B"),
  qqp: glueTree("QQP"),
  mnli: [
    "glue/MNLI/train.tsv",
    "glue/MNLI/dev_matched.tsv and glue/MNLI/dev_mismatched.tsv",
    "bert/vocab.txt",
  ],
  qnli: glueTree("QNLI"),
  rte: glueTree("RTE"),
  wnli: glueTree("WNLI"),
  mnist: [
    "mnist/train-images-idx3-ubyte.gz and mnist/train-labels-idx1-ubyte.gz",
    "mnist/t10k-images-idx3-ubyte.gz and mnist/t10k-labels-idx1-ubyte.gz",
    "(each with or without .gz)",
  ],
  cifar10: [
    "cifar-10-batches-bin/data_batch_1.bin to data_batch_5.bin",
    "cifar-10-batches-bin/test_batch.bin",
  ],
  squad: ["squad/train-v1.1.json", "squad/dev-v1.1.json", "bert/vocab.txt"],
  "speech-commands": [
    "speech_commands_v0.02/<word>/*.wav with validation_list.txt and testing_list.txt, or",
    "speech_commands_test_set_v0.02/<word>/*.wav",
  ],
  "criteo-kaggle": [
    "criteo-kaggle/train.txt, or",
    "criteo-kaggle-sample/train.csv and criteo-kaggle-sample/dev.csv",
  ],
  "criteo-terabyte": ["criteo-terabyte/day_0 to criteo-terabyte/day_23, each with or without .gz"],
  imagenet: [
    "imagenet/train/<synset>/*.JPEG and imagenet/val/<synset>/*.JPEG, or",
    "imagenet-val-sample/<synset>/*.JPEG and imagenet-val-sample/synset_index.txt",
  ],
  coco2017: [
    "coco2017/annotations/instances_train2017.json and coco2017/train2017/*.jpg",
    "coco2017/annotations/instances_val2017.json and coco2017/val2017/*.jpg",
    "(or coco2017-sample/ with the second of the two)",
  ],
};

/** The folder of each data set's own files, for advice. */
const FOLDERS: Readonly<Record<PublishedName, string>> = {
  sst2: "glue/",
  mrpc: "glue/",
  cola: "glue/",
  stsb: "glue/",
  qqp: "glue/",
  mnli: "glue/",
  qnli: "glue/",
  rte: "glue/",
  wnli: "glue/",
  mnist: "mnist/",
  cifar10: "cifar-10-batches-bin/",
  squad: "squad/",
  "speech-commands": "speech_commands_v0.02/",
  "criteo-kaggle": "criteo-kaggle/",
  "criteo-terabyte": "criteo-terabyte/",
  imagenet: "imagenet/",
  coco2017: "coco2017/",
};

/** What a folder holds, by a file or folder in it that others do not have; the first that is there counts. */
const LANDMARKS: readonly (readonly [path: string, name: string])[] = [
  ["SST-2", "the GLUE data sets"],
  ["MRPC", "the GLUE data sets"],
  ["CoLA", "the GLUE data sets"],
  ["STS-B", "the GLUE data sets"],
  ["QQP", "the GLUE data sets"],
  ["MNLI", "the GLUE data sets"],
  ["QNLI", "the GLUE data sets"],
  ["RTE", "the GLUE data sets"],
  ["dev_matched.tsv", "MNLI"],
  ["msr_paraphrase_train.txt", "MRPC"],
  ["train-v1.1.json", "SQuAD"],
  ["train-images-idx3-ubyte.gz", "MNIST"],
  ["train-images-idx3-ubyte", "MNIST"],
  ["data_batch_1.bin", "CIFAR-10"],
  ["batches.meta", "CIFAR-10 in its version for Python"],
  ["cifar-10-batches-py", "CIFAR-10 in its version for Python"],
  ["fine_label_names.txt", "CIFAR-100"],
  ["cifar-100-binary", "CIFAR-100"],
  ["annotations", "COCO"],
  ["day_0", "the Criteo Terabyte log"],
  ["day_0.gz", "the Criteo Terabyte log"],
  ["n01440764", "ImageNet"],
  ["_unknown_", "Speech Commands"],
  ["synset_index.txt", "ImageNet"],
  ["testing_list.txt", "Speech Commands"],
  ["vocab.txt", "a BERT vocabulary"],
];

const HEADERS: readonly (readonly [start: string, name: string])[] = [
  ["sentence\tlabel", "SST-2"],
  ["Quality\t#1 ID", "MRPC"],
  ["id\tqid1\tqid2", "QQP"],
  ["index\tquestion", "QNLI"],
  ["index\tgenre\tfilename", "STS-B"],
  ["index\tsentence1\tsentence2\tlabel", "RTE or WNLI"],
];

function glueTree(folder: string): readonly string[] {
  return [`glue/${folder}/train.tsv`, `glue/${folder}/dev.tsv`, "bert/vocab.txt"];
}

/** Criteo's rows: a label, 13 integers and 26 categories; names of the files of the log and of the sample. */
const [CRITEO_COLUMNS, CRITEO_LOGS] = [40, ["train.txt", "train.csv"]] as const;

/** Where the files of a data set lie below the data directory, a line each. */
export function treeOf(name: PublishedName): string {
  return TREES[name].map((path) => `  ${path}`).join("\n");
}

/** Files of a data set below the data directory. */
export function fileOf(directory: string, path: string): string {
  return join(directory, ...path.split("/"));
}

/**
 * The error for a file that a data set needs and that is not there: says what the directory is instead, and what was expected.
 *
 * @param missing Path of the file below the directory.
 */
export async function missingData(
  name: PublishedName,
  directory: string,
  missing: string,
): Promise<EnvironmentError> {
  const found = await describeFolder(directory, missing);
  const advice = Object.hasOwn(FETCH_SOURCES, name)
    ? `deno task fetch ${name}, or `
    : `get it from ${PUBLISHERS[name]}, then `;
  return new EnvironmentError(
    `Cannot open ${name} in ${directory}: ${found}, expected below it\n${treeOf(name)}`,
    { remedy: `${advice}--data with the folder that holds ${FOLDERS[name]}` },
  );
}

async function describeFolder(directory: string, missing: string): Promise<string> {
  const kind = await kindOf(directory);
  if (kind === null) return "there is no such folder";
  if (kind !== "folder") return "it is a file";
  if (await kindOf(fileOf(directory, missing.split("/").slice(0, -1).join("/"))) === "folder") {
    return `${missing} is missing`;
  }
  for (const [path, name] of LANDMARKS) {
    if (await kindOf(join(directory, path)) !== null) return `it holds ${name}`;
  }
  const header = await firstLine(join(directory, "train.tsv"));
  const named = HEADERS.find(([start]) => header.replace(/^\uFEFF/, "").startsWith(start));
  if (named) return `it holds ${named[1]} itself`;
  for (const log of CRITEO_LOGS) {
    const columns = (await firstLine(join(directory, log))).split("\t").length;
    if (columns === CRITEO_COLUMNS) return "it holds Criteo's Kaggle log itself";
  }
  const others: string[] = [];
  for (const folder of new Set(Object.values(FOLDERS))) {
    if (await hasFolder(directory, folder.slice(0, -1))) others.push(folder);
  }
  const instead = others.length === 0 ? "" : ` (it holds ${others.join(" and ")})`;
  return `${missing} is missing${instead}`;
}

/** Whether a folder is there. */
export async function hasFolder(directory: string, path: string): Promise<boolean> {
  return await kindOf(fileOf(directory, path)) === "folder";
}

async function kindOf(path: string): Promise<"folder" | "file" | null> {
  try {
    return (await Deno.stat(path)).isDirectory ? "folder" : "file";
  } catch (error) {
    // A file in the middle of the path: there is nothing below it either.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return null;
    }
    throw error;
  }
}

async function firstLine(path: string): Promise<string> {
  if (await kindOf(path) !== "file") return "";
  using file = await Deno.open(path);
  const start = new Uint8Array(1000);
  const read = await file.read(start) ?? 0;
  return new TextDecoder().decode(start.subarray(0, read)).split("\n")[0]!;
}
