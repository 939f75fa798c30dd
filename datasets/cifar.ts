/**
 * CIFAR-10: small photographs, in the binary version that is published.
 *
 * A record is a label byte, then 1,024 bytes of red, of green and of blue, each plane row by row (cs.toronto.edu/~kriz/cifar.html).
 *
 * @module
 */
import { bestConstantMetric } from "./metric.ts";
import { byClass, type PlaneDataset, type PlaneExamples } from "./planes.ts";
import { identityOf, type PublishedFile, readIfThere, readNeeded } from "./published_file.ts";

const CLASSES: readonly string[] = [
  ...["airplane", "automobile", "bird", "cat", "deer"],
  ...["dog", "frog", "horse", "ship", "truck"],
];
const SHAPE = { channels: 3, height: 32, width: 32 } as const;
const IMAGE_BYTES = 3072;
const RECORD_BYTES = 1 + IMAGE_BYTES;
const FOLDER = "cifar-10-batches-bin";
const TRAIN_FILES = [1, 2, 3, 4, 5].map((number) => `${FOLDER}/data_batch_${number}.bin`);
const PUBLISHED = { train: 50_000, test: 10_000 } as const;

/**
 * Reads CIFAR-10. The evaluation examples are the published test set. Training batches that are not there are left out, and a note says
 * so; one must be there.
 *
 * Normalised by the means and deviations of ImageNet, as the published weights of the CIFAR residual networks expect.
 *
 * @throws {EnvironmentError} If files are missing; names the expected tree.
 * @throws {SyntaxError} If a file is cut off, or a label is none of the ten.
 */
export async function openCifar10(directory: string): Promise<PlaneDataset> {
  const train = await readTraining(directory);
  const test = await readNeeded("cifar10", directory, `${FOLDER}/test_batch.bin`);
  const [trainExamples, dev] = [examplesOf(train), examplesOf([test])];
  const notes = [
    ...countNote("train", trainExamples.count),
    ...countNote("test", dev.count),
  ];
  return {
    kind: "planes",
    name: "cifar10",
    classes: CLASSES,
    metric: "accuracy",
    train: trainExamples,
    dev,
    normalisation: { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
    ceiling: null,
    majority: bestConstantMetric("accuracy", dev.labels),
    origin: { kind: "files", files: [...train, test].map(identityOf) },
    ...notes.length > 0 ? { notes } : {},
  };
}

function countNote(split: "train" | "test", count: number): string[] {
  if (count === PUBLISHED[split]) return [];
  return [`${split} set: ${count} images, published are ${PUBLISHED[split]}`];
}

async function readTraining(directory: string): Promise<PublishedFile[]> {
  const found: PublishedFile[] = [];
  for (const path of TRAIN_FILES) {
    const file = await readIfThere(directory, path);
    if (file) found.push(file);
  }
  return found.length > 0 ? found : [await readNeeded("cifar10", directory, TRAIN_FILES[0]!)];
}

function examplesOf(files: readonly PublishedFile[]): PlaneExamples {
  const counts = files.map(countRecords);
  const count = counts.reduce((sum, records) => sum + records, 0);
  const values = new Uint8Array(count * IMAGE_BYTES);
  const labels = new Int32Array(count);
  let at = 0;
  files.forEach((file, i) => {
    for (let record = 0; record < counts[i]!; record++, at++) {
      const start = record * RECORD_BYTES;
      labels[at] = labelOf(file, record);
      values.set(file.bytes.subarray(start + 1, start + RECORD_BYTES), at * IMAGE_BYTES);
    }
  });
  return { count, shape: SHAPE, values, labels, groups: [byClass(CLASSES, labels)] };
}

function countRecords({ bytes, shown }: PublishedFile): number {
  const count = bytes.length / RECORD_BYTES;
  if (Number.isInteger(count) && count > 0) return count;
  throw new SyntaxError(
    `Cannot read ${shown}: ${bytes.length} bytes, expected a multiple of ${RECORD_BYTES} (is it the binary version?)`,
  );
}

function labelOf({ bytes, shown }: PublishedFile, record: number): number {
  const label = bytes[record * RECORD_BYTES]!;
  if (label < CLASSES.length) return label;
  throw new SyntaxError(
    `Cannot read ${shown}: label of record ${record} is ${label}, expected 0 to ${
      CLASSES.length - 1
    }`,
  );
}
