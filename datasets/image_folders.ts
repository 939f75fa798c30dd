/**
 * ImageNet in folders: one a class, named by its WordNet id, with its photographs in it.
 *
 * @module
 */
import { EnvironmentError, fileFailure, hashOf, type Random } from "../core/mod.ts";
import { chooseCapped } from "./cap.ts";
import { divideBoth, type GroupedSplits } from "./groups.ts";
import { decodeJpeg, type Photograph } from "./jpeg.ts";
import { fileOf, hasFolder, missingData } from "./layout.ts";
import { bestConstantMetric } from "./metric.ts";
import { centreCrop, randomCrop } from "./photograph_crops.ts";
import {
  type LoadedPlanes,
  loadEvaluation,
  loadTraining,
  type PlaneStreams,
} from "./plane_streams.ts";
import { allowSkips } from "./skips.ts";

/** Which photographs, and how large squares are. */
export interface ImageNetOptions {
  /** Pixels of a side; default 224. */
  readonly side?: number;
  /** Pixels of the shorter side before the middle is cut out; default 256. */
  readonly shorter?: number;
  /** Cap on training examples. */
  readonly trainExamples?: number;
  /** Cap on evaluation examples. */
  readonly devExamples?: number;
  /** Chooses capped examples; default 0. */
  readonly seed?: number;
  /** Whether training sees a random part of a photograph, mirrored half of the time, and not its middle; default true. */
  readonly augment?: boolean;
  /** Largest share of photographs that may be broken; default 0.01. */
  readonly brokenShare?: number;
}

interface Split {
  readonly paths: readonly string[];
  readonly labels: Int32Array;
  readonly notes: readonly string[];
}

/** Synsets by class, and the file that says so. */
interface Classes {
  readonly synsets: readonly string[];
  readonly index: string;
}

/** Where the folders of classes lie, for training and for evaluation. */
const TREES = [
  { train: "imagenet/train", dev: "imagenet/val", index: "imagenet/synset_index.txt" },
  { train: null, dev: "imagenet-val-sample", index: "imagenet-val-sample/synset_index.txt" },
] as const;
const CLASSES = 1000;
const SYNSET = /^n\d{8}$/;
const NORMALISATION = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;

/**
 * Opens ImageNet: `imagenet/train/<synset>/*.JPEG` and `imagenet/val/<synset>/*.JPEG`. The number of a class is the line of its synset in
 * `synset_index.txt`; without that file, its place among all 1,000 folders.
 *
 * Photographs are read and decoded batch by batch.
 *
 * @throws {EnvironmentError} If the folders are not there; names what is, and the tree that is expected.
 * @throws {EnvironmentError} If there is no index and there are not 1,000 folders, a folder is not in the index, or photographs lie in none.
 */
export async function openImageNet(
  directory: string,
  options: ImageNetOptions = {},
): Promise<PlaneStreams> {
  const { side = 224, shorter = 256, seed = 0, augment = true } = options;
  const tree = await findTree(directory);
  const synsets = await readIndex(directory, tree);
  const classes = { synsets, index: fileOf(directory, tree.index) };
  const train = capped(
    tree.train === null ? [] : await listPhotographs(directory, tree.train, classes),
    ...[options.trainExamples, `imagenet train ${seed}`, "training examples"] as const,
  );
  const dev = capped(
    await listPhotographs(directory, tree.dev, classes),
    ...[options.devExamples, `imagenet dev ${seed}`, "evaluation examples"] as const,
  );
  const skips = allowSkips({
    kind: "photographs of imagenet",
    total: train.paths.length + dev.paths.length,
    ...options.brokenShare === undefined ? {} : { share: options.brokenShare },
  });
  const shape = { channels: 3, height: side, width: side };
  const loaded = (split: Split, make: Square): LoadedPlanes => ({
    ...{ count: split.paths.length, labels: split.labels, groups: [] },
    nameOf: (example) => split.paths[example]!,
    load: async (example, random) =>
      make(await readPhotograph(fileOf(directory, split.paths[example]!)), random),
  });
  const common = { shape, normalisation: NORMALISATION, skips };
  const groups = groupsOf(synsets, train.labels, dev.labels);
  const notes = [
    ...tree.train === null ? ["photographs of the validation set alone"] : [],
    ...[...train.notes, ...dev.notes],
  ];
  const middle: Square = (photograph) => centreCrop(photograph, shorter, side);
  const changed: Square = (photograph, random) => randomCrop(photograph, side, random);
  return {
    kind: "planes",
    name: "imagenet",
    classes: synsets,
    metric: "accuracy",
    shape,
    train: { count: train.paths.length, labels: train.labels, groups: groups.train },
    dev: { count: dev.paths.length, labels: dev.labels, groups: groups.dev },
    trainBatches: (batches) =>
      loadTraining(loaded(train, augment ? changed : middle), { ...batches, ...common }),
    devBatches: ({ size, noise = 0 }) => {
      if (noise !== 0) {
        throw new RangeError(
          "Cannot add noise to imagenet: it has no noise test, expected noise 0",
        );
      }
      return loadEvaluation(loaded(dev, middle), { size, label: "dev", ...common });
    },
    skipped: () => skips.notes(),
    ceiling: null,
    majority: bestConstantMetric("accuracy", dev.labels),
    origin: {
      kind: "files",
      files: [train, dev].filter(({ paths }) => paths.length > 0).map(namesOf),
    },
    ...notes.length > 0 ? { notes } : {},
  };
}

type Square = (photograph: Photograph, random: Random) => Float32Array;

/** So many files are told by their names; each is checked as it is read. */
function namesOf({ paths }: Split): { readonly path: string; readonly sha256: string } {
  const folder = paths[0]!.split("/").slice(0, -2).join("/");
  return { path: `${folder}/ (names of ${paths.length} photographs)`, sha256: hashOf(paths) };
}

async function findTree(directory: string): Promise<(typeof TREES)[number]> {
  for (const tree of TREES) {
    if (await hasFolder(directory, tree.dev)) return tree;
  }
  throw await missingData("imagenet", directory, `${TREES[0].dev}/n01440764`);
}

async function readIndex(
  directory: string,
  tree: (typeof TREES)[number],
): Promise<readonly string[]> {
  const path = fileOf(directory, tree.index);
  try {
    const lines = (await Deno.readTextFile(path)).split(/\r?\n/).filter((line) => line !== "");
    const synsets = lines.map((line) => line.split(/\s/)[0]!);
    const wrong = synsets.findIndex((synset) => !SYNSET.test(synset));
    if (wrong < 0) return synsets;
    throw new SyntaxError(
      `Cannot read ${path}:${wrong + 1}: ${
        JSON.stringify(lines[wrong]!.slice(0, 40))
      }, expected a synset such as n01440764`,
    );
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const folders = (await namesIn(fileOf(directory, tree.dev), true)).filter((name) =>
    SYNSET.test(name)
  );
  if (folders.length === CLASSES) return folders;
  throw new EnvironmentError(
    `Cannot number the classes of ${
      fileOf(directory, tree.dev)
    }: ${folders.length} folders and no ${tree.index}, expected ${CLASSES} folders (n01440764, ...)`,
    { remedy: `put the synsets of all classes, one a line in their order, into ${path}` },
  );
}

async function listPhotographs(
  directory: string,
  folder: string,
  { synsets, index }: Classes,
): Promise<{ readonly path: string; readonly label: number }[]> {
  const found: { path: string; label: number }[] = [];
  if (!await hasFolder(directory, folder)) {
    throw await missingData("imagenet", directory, `${folder}/${synsets[0]}`);
  }
  for (const synset of await namesIn(fileOf(directory, folder), true)) {
    const label = synsets.indexOf(synset);
    if (label < 0) {
      throw new EnvironmentError(
        `Cannot open ${
          fileOf(directory, folder)
        }: folder ${synset} is no class, expected those of ${index}`,
        { remedy: "name the folder by its synset (n01440764, ...), or move it elsewhere" },
      );
    }
    for (const name of await namesIn(fileOf(directory, `${folder}/${synset}`), false)) {
      if (isPhotograph(name)) found.push({ path: `${folder}/${synset}/${name}`, label });
    }
  }
  if (found.length > 0) return found;
  const loose = (await namesIn(fileOf(directory, folder), false)).filter(isPhotograph);
  if (loose.length === 0) {
    throw await missingData("imagenet", directory, `${folder}/${synsets[0]}`);
  }
  throw new EnvironmentError(
    `Cannot open ${fileOf(directory, folder)}: it holds ${loose.length} photographs (${
      loose[0]
    }, ...), expected a folder for each class, with its photographs in it`,
    { remedy: `move each into the folder of its class, e.g. ${folder}/${synsets[0]}` },
  );
}

function isPhotograph(name: string): boolean {
  return /\.jpe?g$/i.test(name);
}

async function namesIn(path: string, folders: boolean): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (isDirectory === folders) names.push(name);
    }
  } catch (error) {
    throw fileFailure("read", path, error);
  }
  return names.sort();
}

function capped(
  photographs: readonly { readonly path: string; readonly label: number }[],
  most: number | undefined,
  seed: string,
  what: string,
): Split {
  const { positions, notes } = chooseCapped(photographs.length, most, seed, what);
  const chosen = positions.map((i) => photographs[i]!);
  return {
    paths: chosen.map(({ path }) => path),
    labels: Int32Array.from(chosen, ({ label }) => label),
    notes,
  };
}

/** By class where their numbers fit a byte: sub-populations of a thousand classes are the groups of 100 in the order of the index. */
function groupsOf(
  synsets: readonly string[],
  train: Int32Array,
  dev: Int32Array,
): GroupedSplits {
  const size = synsets.length > 255 ? 100 : 1;
  const names = size === 1
    ? synsets
    : Array.from({ length: Math.ceil(synsets.length / size) }, (_, i) =>
      `classes ${i * size}-${Math.min(synsets.length, (i + 1) * size) - 1}`);
  const bucket = (labels: Int32Array): Uint8Array =>
    Uint8Array.from(labels, (label) => Math.floor(label / size));
  const [trainGroup, devGroup] = divideBoth("class", names, bucket(train), bucket(dev));
  return { train: [trainGroup], dev: [devGroup] };
}

async function readPhotograph(path: string): Promise<Photograph> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    throw fileFailure("read", path, error);
  }
  return await decodeJpeg(bytes, path);
}
