/**
 * From boxes and scores to detections, and how good those are.
 *
 * @module
 */
import { float32 } from "../../core/mod.ts";
import {
  type BoxStreams,
  type DetectionScore,
  type FoundBox,
  scoreDetections,
} from "../../datasets/mod.ts";
import { type Detection, selectDetections } from "../../models/mod.ts";
import type { GroupMetric } from "../metric.ts";
import type { Evaluation, OutputViews, Scorer } from "../task.ts";
import type { BoxTaskBatch } from "./boxes.ts";

/** What a score has to know of the evaluation images. */
export type ScoredImages = Pick<BoxStreams, "classes" | "categories" | "devImages" | "truths">;

/** Starts a score. Images that were left out as broken do not count; those without a detection do. */
export function createBoxScorer(
  { classes, categories, devImages, truths }: ScoredImages,
): Scorer<BoxTaskBatch> {
  const found: FoundBox[] = [];
  const seen = new Set<number>();
  return {
    add({ examples, shape: { batch } }: BoxTaskBatch, outputs: OutputViews): void {
      const count = outputs.boxes!.length / (4 * batch);
      const boxes = float32([batch, count, 4], Float32Array.from(outputs.boxes!));
      const scores = float32([batch, count, classes.length], Float32Array.from(outputs.scores!));
      examples.forEach((example, row) => {
        const image = devImages[example]!;
        seen.add(image.id);
        for (const detection of selectDetections(boxes, scores, row)) {
          found.push(toPixels(detection, image, categories));
        }
      });
    },
    finish(): Evaluation {
      const score = scoreDetections(truths.filter(({ image }) => seen.has(image)), found);
      return {
        metric: score.precision ?? 0,
        others: othersOf(score),
        groups: groupsOf(score, { classes, categories, truths }),
      };
    },
  };
}

function toPixels(
  { box: [left, top, right, bottom], label, score }: Detection,
  { id, width, height }: ScoredImages["devImages"][number],
  categories: readonly number[],
): FoundBox {
  return {
    image: id,
    category: categories[label]!,
    box: [left * width, top * height, (right - left) * width, (bottom - top) * height],
    score,
  };
}

/** The other figures of COCO's table, as far as there are objects that they are about. */
function othersOf(score: DetectionScore): Record<string, number> {
  const named = {
    "mAP .50": score.precision50,
    "mAP .75": score.precision75,
    "mAP small": score.precisionSmall,
    "mAP medium": score.precisionMedium,
    "mAP large": score.precisionLarge,
    "recall 100": score.recall100,
  };
  const known = Object.entries(named).filter((entry): entry is [string, number] =>
    entry[1] !== null
  );
  return Object.fromEntries(known);
}

/** Average precision of every class that has objects; the count is that of its objects. */
function groupsOf(
  { byCategory }: DetectionScore,
  { classes, categories, truths }: Pick<ScoredImages, "classes" | "categories" | "truths">,
): GroupMetric[] {
  return categories.flatMap((category, label) => {
    const accuracy = byCategory.get(category);
    if (label === 0 || accuracy === undefined) return [];
    const count = truths.filter((truth) => truth.category === category).length;
    return [{ by: "class (average precision)", bucket: classes[label]!, count, accuracy }];
  });
}
