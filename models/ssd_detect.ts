/**
 * Detections from a detector's boxes and scores: non-maximum suppression as MLPerf's reference does it.
 *
 * @module
 */
import type { TensorOf } from "../core/mod.ts";

/** Something found in an image. */
export interface Detection {
  /** Left, top, right and bottom as fractions of the image. */
  readonly box: readonly [left: number, top: number, right: number, bottom: number];
  /** Class, from 1; 0 is the background. */
  readonly label: number;
  /** Probability of the class, 0 to 1. */
  readonly score: number;
}

/** What counts as a detection. */
export interface DetectionOptions {
  /** Lower scores are left out; 0.05 unless given. */
  readonly leastScore?: number;
  /** Of two boxes of a class that overlap so much (intersection over union) the better one stays; 0.5 unless given. */
  readonly overlap?: number;
  /** Most boxes of a class that are looked at; 200 unless given. */
  readonly mostCandidates?: number;
  /** Most detections in all; 200 unless given. */
  readonly most?: number;
}

/**
 * The detections of one image of a batch, best first.
 *
 * @param boxes `[B, N, 4]`, left, top, right, bottom.
 * @param scores `[B, N, classes]`.
 * @throws {RangeError} If the shapes do not belong together, or the batch has no such image.
 */
export function selectDetections(
  boxes: TensorOf<"float32">,
  scores: TensorOf<"float32">,
  image: number,
  options: DetectionOptions = {},
): readonly Detection[] {
  const { leastScore = 0.05, overlap = 0.5, mostCandidates = 200, most = 200 } = options;
  const [count, classes] = checkShapes(boxes, scores, image);
  const found: Detection[] = [];
  for (let label = 1; label < classes; label++) {
    const candidates: Detection[] = [];
    for (let i = image * count; i < (image + 1) * count; i++) {
      const score = scores.data[i * classes + label]!;
      if (score <= leastScore) continue;
      const [left, top, right, bottom] = boxes.data.subarray(4 * i, 4 * i + 4);
      candidates.push({ box: [left!, top!, right!, bottom!], label, score });
    }
    candidates.sort(byScore);
    found.push(...suppress(candidates.slice(0, mostCandidates), overlap));
  }
  return found.sort(byScore).slice(0, most);
}

function checkShapes(
  boxes: TensorOf<"float32">,
  scores: TensorOf<"float32">,
  image: number,
): [count: number, classes: number] {
  const [batch, count, classes] = scores.shape;
  if (scores.shape.length !== 3 || boxes.shape.join() !== [batch, count, 4].join()) {
    throw new RangeError(
      `Cannot select detections: boxes [${boxes.shape}] and scores [${scores.shape}], ` +
        `expected [B, N, 4] and [B, N, classes]`,
    );
  }
  if (!Number.isInteger(image) || image < 0 || image >= batch!) {
    throw new RangeError(
      `Cannot select detections: image ${image}, expected one from 0 to ${batch! - 1}`,
    );
  }
  return [count!, classes!];
}

function byScore(a: Detection, b: Detection): number {
  return b.score - a.score;
}

/** Those that no better one overlaps. */
function suppress(sorted: readonly Detection[], overlap: number): readonly Detection[] {
  const kept: Detection[] = [];
  for (const candidate of sorted) {
    if (kept.every(({ box }) => intersectionOverUnion(box, candidate.box) < overlap)) {
      kept.push(candidate);
    }
  }
  return kept;
}

function intersectionOverUnion(a: Detection["box"], b: Detection["box"]): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = (box: Detection["box"]) => (box[2] - box[0]) * (box[3] - box[1]);
  return width * height / (area(a) + area(b) - width * height);
}
