/**
 * COCO 2017: photographs of everyday scenes with boxes around 80 kinds of objects.
 *
 * @module
 */
import { fileFailure, type Random } from "../core/mod.ts";
import { cropWithBoxes, type LabelledBox, mirrorBoxes } from "./box_crop.ts";
import type { BoxBatch, BoxStreams } from "./box_streams.ts";
import { chooseCapped } from "./cap.ts";
import { type CocoAnnotations, type CocoImage, parseCoco } from "./coco_annotations.ts";
import { jitterColours, SSD_JITTER } from "./colour_jitter.ts";
import { decodeJpeg, type Photograph } from "./jpeg.ts";
import { fileOf } from "./layout.ts";
import {
  type LoadedPlanes,
  loadEvaluation,
  type LoadOptions,
  loadTraining,
} from "./plane_streams.ts";
import type { PlaneBatch } from "./planes.ts";
import { checkMemory } from "./preflight.ts";
import {
  type FileIdentity,
  identityOf,
  type PublishedFile,
  readIfThere,
  readNeeded,
} from "./published_file.ts";
import { resize } from "./resize.ts";
import { allowSkips, type SkipOptions } from "./skips.ts";

/** Which images, and how large they become. */
export interface CocoOptions {
  /** Pixels of a side; default 300, as MLPerf trains. */
  readonly side?: number;
  /** Cap on training images. */
  readonly trainExamples?: number;
  /** Cap on evaluation images. */
  readonly devExamples?: number;
  /** Chooses capped images; default 0. */
  readonly seed?: number;
  /** Largest share of images or boxes that may be broken; default 0.01. */
  readonly brokenShare?: number;
}

/** Bytes of memory for every byte of annotations: most are outlines, which become lists of numbers. */
const MEMORY_FACTOR = 8;

/** Images of a split with their boxes, as fractions of the image. */
interface Split {
  readonly folder: string;
  readonly images: readonly CocoImage[];
  readonly boxes: readonly (readonly LabelledBox[])[];
  readonly notes: readonly string[];
}

const NORMALISATION = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;

/**
 * Opens COCO: `coco2017/annotations/instances_train2017.json` and `instances_val2017.json` beside the folders `train2017` and `val2017`,
 * or `coco2017-sample` with validation images alone. Training leaves images without boxes out, and boxes around crowds.
 *
 * @throws {EnvironmentError} If files are missing, or too many boxes are broken.
 * @throws {SyntaxError} If annotations are not as published, or categories of training and evaluation differ.
 */
export async function openCoco(directory: string, options: CocoOptions = {}): Promise<BoxStreams> {
  const { side = 300, seed = 0 } = options;
  const share = options.brokenShare === undefined ? {} : { share: options.brokenShare };
  const sample = await readIfThere(directory, "coco2017-sample/annotations/instances_val2017.json");
  const val = await readIfThere(directory, "coco2017/annotations/instances_val2017.json") ??
    sample ??
    await readNeeded("coco2017", directory, "coco2017/annotations/instances_val2017.json");
  const root = val.path.split("/")[0]!;
  const trained = root === "coco2017"
    ? await readNeeded("coco2017", directory, "coco2017/annotations/instances_train2017.json")
    : null;
  const boxNotes: string[] = [];
  const parse = (file: { readonly bytes: Uint8Array; readonly shown: string }): CocoAnnotations => {
    checkMemory("annotations of coco2017", MEMORY_FACTOR * file.bytes.length);
    let skips = allowSkips({ kind: "boxes of coco2017", total: 0, ...share });
    const parsed = parseCoco(
      new TextDecoder().decode(file.bytes),
      file.shown,
      (total) => skips = allowSkips({ kind: "boxes of coco2017", total, ...share }),
    );
    boxNotes.push(...skips.notes());
    return parsed;
  };
  const annotations = parse(val);
  const categories = [0, ...annotations.categories.keys()];
  const trainAnnotations = trained && parse(trained);
  if (trained && trainAnnotations) checkCategories(trained, trainAnnotations, val, annotations);
  const dev = cappedSplit(
    annotations,
    categories,
    `${root}/val2017`,
    options.devExamples,
    `dev ${seed}`,
  );
  const train = trainAnnotations
    ? withBoxes(
      cappedSplit(
        trainAnnotations,
        categories,
        `${root}/train2017`,
        options.trainExamples,
        `train ${seed}`,
      ),
    )
    : { folder: "", images: [], boxes: [], notes: ["images of the validation set alone"] };
  const skips = allowSkips(
    {
      kind: "images of coco2017",
      total: train.images.length + dev.images.length,
      ...share,
    } satisfies SkipOptions,
  );
  const shape = { channels: 3, height: side, width: side };
  const common = { shape, normalisation: NORMALISATION, skips };
  const shown = new Set(dev.images.map(({ id }) => id));
  const notes = [...train.notes, ...dev.notes, ...boxNotes];
  const files: FileIdentity[] = [val, ...trained ? [trained] : []].map(identityOf);
  return {
    kind: "boxes",
    name: "coco",
    metric: "map",
    classes: ["background", ...annotations.categories.values()],
    categories,
    shape,
    trainCount: train.images.length,
    devImages: dev.images,
    truths: annotations.boxes.filter(({ image }) => shown.has(image)),
    trainBatches: (batches) => streamTraining(directory, train, { ...batches, ...common }),
    devBatches: ({ size }) => streamEvaluation(directory, dev, { size, label: "dev", ...common }),
    skipped: () => skips.notes(),
    ceiling: null,
    majority: 0,
    origin: { kind: "files", files },
    ...notes.length > 0 ? { notes } : {},
  };
}

/** Classes are numbered by the evaluation's categories, so that training's must be the same. */
function checkCategories(
  trained: PublishedFile,
  { categories: own }: CocoAnnotations,
  val: PublishedFile,
  { categories: wanted }: CocoAnnotations,
): void {
  for (const id of new Set([...wanted.keys(), ...own.keys()])) {
    if (own.get(id) === wanted.get(id)) continue;
    const shown = (name: string | undefined): string =>
      name === undefined ? "missing" : `"${name}"`;
    throw new SyntaxError(
      `Cannot use ${trained.shown}: category ${id} is ${shown(own.get(id))}, expected ${
        shown(wanted.get(id))
      } as in ${val.shown}`,
    );
  }
}

function cappedSplit(
  { images, boxes }: CocoAnnotations,
  categories: readonly number[],
  folder: string,
  most: number | undefined,
  seed: string,
): Split {
  const { positions, notes } = chooseCapped(
    images.length,
    most,
    `coco2017 ${seed}`,
    `images of ${folder}`,
  );
  const byImage = Map.groupBy(boxes.filter(({ crowd }) => !crowd), ({ image }) => image);
  const chosen = positions.map((i) => images[i]!);
  return {
    folder,
    images: chosen,
    boxes: chosen.map(({ id, width, height }) =>
      (byImage.get(id) ?? []).map(({ box: [x, y, w, h], category }) => ({
        label: categories.indexOf(category),
        box: [x / width, y / height, (x + w) / width, (y + h) / height] as const,
      }))
    ),
    notes,
  };
}

function withBoxes({ folder, images, boxes, notes }: Split): Split {
  const kept = images.map((_, i) => boxes[i]!.length > 0);
  return {
    ...{ folder, notes },
    images: images.filter((_, i) => kept[i]),
    boxes: boxes.filter((_, i) => kept[i]),
  };
}

async function* streamTraining(
  directory: string,
  split: Split,
  options: LoadOptions,
): AsyncGenerator<BoxBatch> {
  // What was cropped is found again by the example's number, which stands once in a batch unless it replaced a broken one.
  const cropped = new Map<number, readonly LabelledBox[]>();
  const side = options.shape.width;
  const jitter = jitterColours(SSD_JITTER);
  const examples = loadedOf(directory, split, (photograph, example, random) => {
    const { part, boxes } = cropWithBoxes(photograph.shape, split.boxes[example]!, random);
    const values = resize(photograph, part, side, side);
    const mirrored = random.integer(2) === 0;
    if (mirrored) {
      for (let row = 0; row < values.length; row += side) {
        values.subarray(row, row + side).reverse();
      }
    }
    jitter(values, options.shape, random);
    cropped.set(example, mirrored ? mirrorBoxes(boxes) : boxes);
    return values;
  });
  for await (const batch of loadTraining(examples, options)) {
    yield withBoxesOf(batch, (example) => cropped.get(example)!);
    cropped.clear();
  }
}

async function* streamEvaluation(
  directory: string,
  split: Split,
  options: LoadOptions,
): AsyncGenerator<BoxBatch> {
  const side = options.shape.width;
  const examples = loadedOf(directory, split, (photograph) => {
    const { height, width } = photograph.shape;
    return resize(photograph, { left: 0, top: 0, width, height }, side, side);
  });
  for await (const batch of loadEvaluation(examples, options)) {
    yield withBoxesOf(batch, (example) => split.boxes[example]!);
  }
}

function withBoxesOf(
  { examples, planes }: PlaneBatch,
  boxesOf: (example: number) => readonly LabelledBox[],
): BoxBatch {
  return { examples, planes, boxes: Array.from(examples, boxesOf) };
}

function loadedOf(
  directory: string,
  { folder, images }: Split,
  make: (photograph: Photograph, example: number, random: Random) => Float32Array,
): LoadedPlanes {
  const pathOf = (example: number): string => `${folder}/${images[example]!.file}`;
  return {
    ...{ count: images.length, labels: new Int32Array(images.length), groups: [] },
    nameOf: pathOf,
    load: async (example, random) => {
      const path = fileOf(directory, pathOf(example));
      return make(await readImage(path, images[example]!), example, random);
    },
  };
}

async function readImage(path: string, { width, height }: CocoImage): Promise<Photograph> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    throw fileFailure("read", path, error);
  }
  const photograph = await decodeJpeg(bytes, path);
  if (photograph.shape.width === width && photograph.shape.height === height) return photograph;
  throw new SyntaxError(
    `Cannot use ${path}: ${photograph.shape.width}x${photograph.shape.height} pixels, expected ${width}x${height} as annotated`,
  );
}
