/**
 * Generated images and spectrograms: stand-ins for published sets, with a known ceiling and no download.
 *
 * @module
 */
import { createRandom, type Random } from "../core/mod.ts";
import { ceilingOf, chooseTurned, otherClass } from "./label_noise.ts";
import { bestConstantMetric } from "./metric.ts";
import {
  byClass,
  type Normalisation,
  type PlaneDataset,
  type PlaneExamples,
  type PlaneShape,
  sizeOfPlanes,
} from "./planes.ts";

/** Makes images or spectrograms of given classes. */
export interface PlaneGenerator {
  /** Name of the data set. */
  readonly name: string;
  /** Raised whenever the same seed would give other examples. */
  readonly version: number;
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** Sizes of an example. */
  readonly shape: PlaneShape;
  /** What networks expect. */
  readonly normalisation: Normalisation;
  /** Draws an example of a class: `channels × height × width`. */
  draw(label: number, random: Random): Float32Array;
}

/** How much to generate. */
export interface GeneratedPlanesOptions {
  /** Seed of the data; default 0. */
  readonly seed?: number;
  /** Training examples; default 4,000. The first ones stay the same whatever their number. */
  readonly trainExamples?: number;
  /** Evaluation examples; default 1,000. */
  readonly devExamples?: number;
}

/** Generates a data set: classes even before noise, one label in 25 turned. */
export function generatePlanes(
  generator: PlaneGenerator,
  options: GeneratedPlanesOptions = {},
): PlaneDataset {
  const { seed = 0, trainExamples = 4000, devExamples = 1000 } = options;
  const origin = `${generator.name}/${generator.version}`;
  const random = createRandom(`${origin} ${seed}`);
  const train = drawSplit(generator, trainExamples, random.fork("train"));
  const dev = drawSplit(generator, devExamples, random.fork("dev"));
  return {
    kind: "planes",
    name: generator.name,
    classes: generator.classes,
    metric: "accuracy",
    train: train.examples,
    dev: dev.examples,
    normalisation: generator.normalisation,
    ceiling: ceilingOf(dev.turned),
    majority: bestConstantMetric("accuracy", dev.examples.labels),
    origin: { kind: "generated", generator: origin, seed },
  };
}

function drawSplit(
  generator: PlaneGenerator,
  count: number,
  random: Random,
): { readonly examples: PlaneExamples; readonly turned: Uint8Array } {
  const { shape, classes } = generator;
  const size = sizeOfPlanes(shape);
  const values = new Float32Array(count * size);
  const labels = new Int32Array(count);
  const turned = chooseTurned(count, random.fork("noise"));
  for (let i = 0; i < count; i++) {
    const label = i % classes.length;
    values.set(generator.draw(label, random.fork(`${i}`)), i * size);
    labels[i] = turned[i] === 1
      ? otherClass(label, classes.length, random.fork(`label ${i}`))
      : label;
  }
  return { examples: { count, shape, values, labels, groups: [byClass(classes, labels)] }, turned };
}
