/**
 * Finding objects in photographs with an SSD: batches with targets, the loss of boxes and classes, and the score of COCO.
 *
 * @module
 */
import { float32 } from "../../core/mod.ts";
import type { BoxBatch, BoxStreams } from "../../datasets/mod.ts";
import { defaultBoxesOf, type Graph, SSD_CONFIDENCES, SSD_LOCATIONS } from "../../models/mod.ts";
import { partOf, shareOfExamples, weighted } from "../parts.ts";
import type { BatchLoss, OutputViews, Task, TaskBatch, TrainRequest } from "../task.ts";
import { boxLoss } from "./box_loss.ts";
import { createBoxScorer } from "./box_score.ts";
import { type BoxTargets, boxTargets } from "./box_targets.ts";
import { requireInput, requireOutputs } from "./network_checks.ts";

/** A batch of photographs. */
export interface BoxTaskBatch extends TaskBatch {
  /** Numbers of the images in their split. */
  readonly examples: Int32Array;
  /** What the network is to say about each image; not while evaluating. */
  readonly targets: readonly BoxTargets[];
}

/** Photographs an evaluation batch. */
const EVALUATION_BATCH = 8;

/**
 * What an SSD is asked on photographs with boxes.
 *
 * @param graph The network, whose default boxes are matched with the objects.
 * @throws {RangeError} If the graph is no SSD.
 */
export function boxTask(streams: BoxStreams, graph: Graph): Task<BoxTaskBatch> {
  const { name, ceiling, majority, origin, notes, metric, shape, classes } = streams;
  const defaults = defaultBoxesOf(graph);
  return {
    facts: { name, ceiling, majority, origin, ...notes && { notes } },
    metric,
    counts: { train: streams.trainCount, dev: streams.devImages.length },
    evaluationBatch: EVALUATION_BATCH,
    values: [SSD_LOCATIONS, SSD_CONFIDENCES],
    check(graph: Graph): void {
      requireOutputs(graph, name, ["boxes", "scores"]);
      requireInput(graph, name, "images", [shape.channels, shape.height, shape.width]);
      const found = graph.outputs.find((output) => output.name === "scores")!.shape.at(-1)!;
      if (found === classes.length) return;
      throw new RangeError(
        `Cannot train ${graph.name} on ${name}: it tells ${found} classes apart, the data set has ${classes.length}, the background included`,
      );
    },
    async *trainBatches(request: TrainRequest): AsyncGenerator<BoxTaskBatch> {
      for await (const batch of streams.trainBatches(request)) {
        const targets = batch.boxes.map((objects) => boxTargets(defaults, objects));
        yield { ...toTaskBatch(batch, streams), targets };
      }
    },
    async *devBatches(size: number): AsyncGenerator<BoxTaskBatch> {
      for await (const batch of streams.devBatches({ size })) {
        yield { ...toTaskBatch(batch, streams), targets: [] };
      }
    },
    part(batch, range): BoxTaskBatch {
      const { from, to } = range;
      return {
        ...partOf(batch, range),
        examples: batch.examples.subarray(from, to),
        targets: batch.targets.slice(from, to),
      };
    },
    loss: ssdLoss,
    scorer: () => createBoxScorer(streams),
    skipped: () => streams.skipped(),
  };
}

function ssdLoss(batch: BoxTaskBatch, outputs: OutputViews): BatchLoss {
  const { value, locations, confidences } = boxLoss({
    locations: outputs[SSD_LOCATIONS]!,
    confidences: outputs[SSD_CONFIDENCES]!,
  }, batch.targets);
  // Each image is divided by its own matches, and all by their number.
  return weighted(shareOfExamples(batch), {
    value,
    gradients: { [SSD_LOCATIONS]: locations, [SSD_CONFIDENCES]: confidences },
  });
}

function toTaskBatch(
  { examples, planes }: BoxBatch,
  { shape: { channels, height, width } }: BoxStreams,
): Pick<BoxTaskBatch, "shape" | "inputs" | "examples"> {
  const batch = examples.length;
  return {
    shape: { batch },
    inputs: { images: float32([batch, channels, height, width], planes) },
    examples,
  };
}
