/**
 * Generated scenes: squares, discs and crosses of any colour and size. A stand-in for COCO.
 *
 * Objects do not overlap and are whole, so that every one can be found: the ceiling is 1.
 *
 * @module
 */
import { createRandom, type Random } from "../core/mod.ts";
import { type EdgeBox, type LabelledBox, mirrorBoxes } from "./box_crop.ts";
import type { BoxBatch, BoxStreams } from "./box_streams.ts";
import type { TrueBox } from "./detections.ts";
import {
  type LoadedPlanes,
  loadEvaluation,
  type LoadOptions,
  loadTraining,
} from "./plane_streams.ts";
import { allowSkips } from "./skips.ts";

/** How much to generate. */
export interface GeneratedBoxesOptions {
  /** Pixels of a side; default 96. */
  readonly side?: number;
  /** Seed of the data; default 0. */
  readonly seed?: number;
  /** Training images; default 1,000. */
  readonly trainExamples?: number;
  /** Evaluation images; default 200. */
  readonly devExamples?: number;
}

const NAME = "synthetic-boxes";
const VERSION = 1;
const CLASSES = ["background", "square", "disc", "cross"] as const;
const MOST_OBJECTS = 4;
/** Smallest and largest side, as fractions of the image. */
const SIDES = [0.15, 0.45] as const;
const NOISE = 0.05;
const NORMALISATION = { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] } as const;

interface Scene {
  readonly values: Float32Array;
  readonly boxes: readonly LabelledBox[];
}

/** Generates scenes as they are asked for; memory holds one batch. */
export function generateBoxes(options: GeneratedBoxesOptions = {}): BoxStreams {
  const { side = 96, seed = 0, trainExamples = 1000, devExamples = 200 } = options;
  const random = createRandom(`${NAME}/${VERSION} ${seed}`);
  const scene = (split: string, i: number): Scene => drawScene(side, random.fork(`${split} ${i}`));
  const shape = { channels: 3, height: side, width: side };
  const skips = allowSkips({ kind: `images of ${NAME}`, total: 0 });
  const common = { shape, normalisation: NORMALISATION, skips };
  const truths = Array.from(
    { length: devExamples },
    (_, image) =>
      scene("dev", image).boxes.map(({ box, label }) => toTruth(image, label, box, side)),
  ).flat();
  return {
    kind: "boxes",
    name: NAME,
    metric: "map",
    classes: CLASSES,
    categories: CLASSES.map((_, i) => i),
    shape,
    trainCount: trainExamples,
    devImages: Array.from(
      { length: devExamples },
      (_, id) => ({ id, file: `${id}`, width: side, height: side }),
    ),
    truths,
    trainBatches: (batches) =>
      stream(trainExamples, (i) => scene("train", i), true, { ...batches, ...common }),
    devBatches: ({ size }) =>
      stream(devExamples, (i) => scene("dev", i), false, { size, label: "dev", ...common }),
    skipped: () => [],
    ceiling: 1,
    majority: 0,
    origin: { kind: "generated", generator: `${NAME}/${VERSION}`, seed },
  };
}

async function* stream(
  count: number,
  scene: (example: number) => Scene,
  training: boolean,
  options: LoadOptions,
): AsyncGenerator<BoxBatch> {
  const side = options.shape.width;
  const boxes = new Map<number, readonly LabelledBox[]>();
  const examples: LoadedPlanes = {
    ...{ count, labels: new Int32Array(count), groups: [] },
    nameOf: (example) => `scene ${example}`,
    load(example, random): Promise<Float32Array> {
      const { values, boxes: drawn } = scene(example);
      const mirrored = training && random.integer(2) === 0;
      if (mirrored) {
        for (let row = 0; row < values.length; row += side) {
          values.subarray(row, row + side).reverse();
        }
      }
      boxes.set(example, mirrored ? mirrorBoxes(drawn) : drawn);
      return Promise.resolve(values);
    },
  };
  for await (
    const batch of training ? loadTraining(examples, options) : loadEvaluation(examples, options)
  ) {
    yield {
      examples: batch.examples,
      planes: batch.planes,
      boxes: Array.from(batch.examples, (example) => boxes.get(example)!),
    };
    boxes.clear();
  }
}

function toTruth(image: number, category: number, [l, t, r, b]: EdgeBox, side: number): TrueBox {
  const [width, height] = [(r - l) * side, (b - t) * side];
  return {
    image,
    category,
    box: [l * side, t * side, width, height],
    area: width * height,
    crowd: false,
  };
}

function drawScene(side: number, random: Random): Scene {
  const background = random.next();
  const values = Float32Array.from(
    { length: 3 * side * side },
    () => 0.3 + 0.4 * background + NOISE * random.normal(),
  );
  const boxes: LabelledBox[] = [];
  const wanted = 1 + random.integer(MOST_OBJECTS);
  for (let attempt = 0; attempt < 30 && boxes.length < wanted; attempt++) {
    const size = Math.round(side * (SIDES[0] + (SIDES[1] - SIDES[0]) * random.next()));
    const [x, y] = [random.integer(side - size + 1), random.integer(side - size + 1)];
    const box: EdgeBox = [x / side, y / side, (x + size) / side, (y + size) / side];
    if (boxes.some((other) => touches(other.box, box))) continue;
    const label = 1 + random.integer(CLASSES.length - 1);
    boxes.push({ box, label });
    paint(values, side, { x, y, size, label }, random);
  }
  return { values, boxes };
}

function touches(a: EdgeBox, b: EdgeBox): boolean {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

function paint(
  values: Float32Array,
  side: number,
  { x, y, size, label }: {
    readonly x: number;
    readonly y: number;
    readonly size: number;
    readonly label: number;
  },
  random: Random,
): void {
  // Dark or bright, away from the grey of the background.
  const colour = [0, 1, 2].map(() =>
    random.integer(2) === 0 ? 0.15 * random.next() : 1 - 0.15 * random.next()
  );
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [u, v] = [(column + 0.5) / size - 0.5, (row + 0.5) / size - 0.5];
      const inside = CLASSES[label] === "square" ||
        (CLASSES[label] === "disc"
          ? u * u + v * v <= 0.25
          : Math.abs(u) < 0.17 || Math.abs(v) < 0.17);
      if (!inside) continue;
      colour.forEach((value, channel) => {
        values[(channel * side + y + row) * side + x + column] = value;
      });
    }
  }
}
