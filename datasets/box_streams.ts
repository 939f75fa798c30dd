/**
 * Photographs with boxes, as streams of batches.
 *
 * @module
 */
import type { LabelledBox } from "./box_crop.ts";
import type { DatasetFacts } from "./dataset.ts";
import type { CocoImage } from "./coco_annotations.ts";
import type { TrueBox } from "./detections.ts";
import type { EvaluationBatches, TrainBatches } from "./plane_streams.ts";
import type { PlaneShape } from "./planes.ts";

/** A batch for a network that finds objects. */
export interface BoxBatch {
  /** Numbers of the images in their split. */
  readonly examples: Int32Array;
  /** `batch × 3 × height × width`, normalised. */
  readonly planes: Float32Array<ArrayBuffer>;
  /** Boxes of each image. */
  readonly boxes: readonly (readonly LabelledBox[])[];
}

/** A data set of objects in photographs as streams. Memory holds the annotations and a few batches. */
export interface BoxStreams extends DatasetFacts {
  /** Tells it from data sets that are classified. */
  readonly kind: "boxes";
  /** Metric of the task: mean average precision over overlaps of .50 to .95. */
  readonly metric: "map";
  /** Names of the classes; class 0 is the background. */
  readonly classes: readonly string[];
  /** The category of the published numbering behind each class; 0 for the background. */
  readonly categories: readonly number[];
  /** Sizes of each example. */
  readonly shape: PlaneShape;
  /** Training images that have boxes. */
  readonly trainCount: number;
  /** Evaluation images, all of them. */
  readonly devImages: readonly CocoImage[];
  /** Objects of the evaluation images, for the score. */
  readonly truths: readonly TrueBox[];
  /** Batches of one epoch of training: random parts, mirrored half of the time, their colours changed. */
  trainBatches(options: TrainBatches): AsyncGenerator<BoxBatch>;
  /** Batches that cover the evaluation images once. */
  devBatches(options: EvaluationBatches): AsyncGenerator<BoxBatch>;
  /** Broken images that were left out so far, in words. */
  skipped(): readonly string[];
}
