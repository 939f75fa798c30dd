/**
 * MNIST: handwritten digits, in the four files that are published.
 *
 * @module
 */
import { decodeIdx } from "./idx.ts";
import { bestConstantMetric } from "./metric.ts";
import { byClass, type PlaneDataset, type PlaneExamples } from "./planes.ts";
import { identityOf, type PublishedFile, readNeeded } from "./published_file.ts";

const CLASSES = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;
const PUBLISHED = { train: 60_000, t10k: 10_000 } as const;
const SIDE = 28;

interface Split {
  readonly examples: PlaneExamples;
  readonly files: readonly PublishedFile[];
  readonly notes: readonly string[];
}

/**
 * Reads MNIST. The evaluation examples are the published test set; pixels are normalised as Numenta's experiments do.
 *
 * @throws {EnvironmentError} If a file is missing; names the expected tree.
 * @throws {SyntaxError} If a file is broken, labels and images differ in number, or a label is none of the ten digits.
 */
export async function openMnist(directory: string): Promise<PlaneDataset> {
  const train = await readSplit(directory, "train");
  const dev = await readSplit(directory, "t10k");
  const notes = [...train.notes, ...dev.notes];
  return {
    kind: "planes",
    name: "mnist",
    classes: CLASSES,
    metric: "accuracy",
    train: train.examples,
    dev: dev.examples,
    normalisation: { mean: [0.1307], deviation: [0.3081] },
    ceiling: null,
    majority: bestConstantMetric("accuracy", dev.examples.labels),
    origin: { kind: "files", files: [...train.files, ...dev.files].map(identityOf) },
    ...notes.length > 0 ? { notes } : {},
  };
}

async function readSplit(directory: string, split: "train" | "t10k"): Promise<Split> {
  const read = async (what: string): Promise<PublishedFile> => {
    const path = `mnist/${split}-${what}-ubyte`;
    return await readNeeded("mnist", directory, `${path}.gz`, path);
  };
  const [images, labels] = [await read("images-idx3"), await read("labels-idx1")];
  const { shape: [count, height, width], data } = decodeIdx(images.bytes, images.shown, 3);
  const numbers = decodeIdx(labels.bytes, labels.shown, 1).data;
  if (height !== SIDE || width !== SIDE) {
    throw new SyntaxError(
      `Cannot read ${images.shown}: images of ${height}x${width} pixels, expected ${SIDE}x${SIDE}`,
    );
  }
  if (numbers.length !== count) {
    throw new SyntaxError(
      `Cannot read ${labels.shown}: ${numbers.length} labels, expected ${count}, one an image`,
    );
  }
  const wrong = numbers.findIndex((label) => label > 9);
  if (wrong >= 0) {
    throw new SyntaxError(
      `Cannot read ${labels.shown}: label ${wrong} is ${numbers[wrong]}, expected 0 to 9`,
    );
  }
  const classes = Int32Array.from(numbers);
  return {
    examples: {
      ...{ count, shape: { channels: 1, height, width }, values: data, labels: classes },
      groups: [byClass(CLASSES, classes)],
    },
    files: [images, labels],
    notes: count === PUBLISHED[split]
      ? []
      : [`${split} set: ${count} images, published are ${PUBLISHED[split]}`],
  };
}
