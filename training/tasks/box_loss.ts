/**
 * The loss of finding objects: how far boxes are off, and how wrong their classes are.
 *
 * Source: `Loss` of MLPerf's reference training (`single_stage_detector/ssd/base_model.py`), after Liu et al. 2016, section 2.2.
 *
 * @module
 */
import type { Floats } from "../../engines/tfjs/mod.ts";
import { kthLargest } from "../kth_largest.ts";
import type { BoxTargets } from "./box_targets.ts";

/** Default boxes of the background that count, for each that stands for an object. */
const NEGATIVES = 3;

/** What a network says about a batch, before boxes are decoded and classes become probabilities. */
export interface BoxOutputs {
  /** `[B, 4, N]`: how default boxes move and scale. */
  readonly locations: Floats;
  /** `[B, classes, N]`: scores of the classes. */
  readonly confidences: Floats;
}

/** The loss of a batch and its gradients. */
export interface BoxLoss {
  /** Mean over the images of what each has, divided by its matches; images without matches count 0. */
  readonly value: number;
  /** By {@linkcode BoxOutputs.locations}. */
  readonly locations: Float32Array<ArrayBuffer>;
  /** By {@linkcode BoxOutputs.confidences}. */
  readonly confidences: Float32Array<ArrayBuffer>;
}

/**
 * Smooth L1 error of the boxes that stand for objects, plus the cross-entropy of those and of the three times as many boxes of the background
 * whose cross-entropy is largest.
 *
 * @param targets One an image.
 */
export function boxLoss(
  { locations, confidences }: BoxOutputs,
  targets: readonly BoxTargets[],
): BoxLoss {
  const batch = targets.length;
  const gradients = {
    locations: new Float32Array(locations.length),
    confidences: new Float32Array(confidences.length),
  };
  let value = 0;
  targets.forEach((target, image) => {
    if (target.matches === 0) return;
    const part = (all: Floats) => imageOf(all, image, batch);
    const share = 1 / (target.matches * batch);
    value += share * locationLoss(part(locations), target, part(gradients.locations), share);
    value += share * classLoss(part(confidences), target, part(gradients.confidences), share);
  });
  return { value, ...gradients };
}

function imageOf(all: Floats, image: number, batch: number): Floats {
  const size = all.length / batch;
  return all.subarray(image * size, (image + 1) * size);
}

/** The sum of the smooth L1 errors (Girshick 2015); writes its gradient, times `share`. */
function locationLoss(
  locations: Floats,
  { labels, offsets }: BoxTargets,
  gradient: Floats,
  share: number,
): number {
  let sum = 0;
  for (let i = 0; i < offsets.length; i++) {
    if (labels[i % labels.length] === 0) continue;
    const error = locations[i]! - offsets[i]!;
    const size = Math.abs(error);
    sum += size < 1 ? 0.5 * error * error : size - 0.5;
    gradient[i] = share * Math.max(-1, Math.min(1, error));
  }
  return sum;
}

/** The sum of the cross-entropies that count; writes its gradient, times `share`. */
function classLoss(
  confidences: Floats,
  { labels, matches }: BoxTargets,
  gradient: Floats,
  share: number,
): number {
  const count = labels.length;
  const classes = confidences.length / count;
  const normalisers = logSums(confidences, count);
  const losses = normalisers.map((normaliser, i) =>
    normaliser - confidences[labels[i]! * count + i]!
  );
  const counts = countedBoxes(losses, labels, matches);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    if (counts[i] === 0) continue;
    sum += losses[i]!;
    for (let label = 0; label < classes; label++) {
      const at = label * count + i;
      const probability = Math.exp(confidences[at]! - normalisers[i]!);
      gradient[at] = share * (probability - (label === labels[i] ? 1 : 0));
    }
  }
  return sum;
}

/** The logarithm of the sum of exponentials over the classes, for each box. */
function logSums(confidences: Floats, count: number): Float32Array {
  const largest = confidences.slice(0, count);
  for (let i = count; i < confidences.length; i++) {
    largest[i % count] = Math.max(largest[i % count]!, confidences[i]!);
  }
  const sums = new Float64Array(count);
  confidences.forEach((score, i) => sums[i % count]! += Math.exp(score - largest[i % count]!));
  return Float32Array.from(sums, (sum, i) => largest[i]! + Math.log(sum));
}

/** 1 for boxes that stand for objects and for the background's worst, of equal ones the first. */
function countedBoxes(losses: Float32Array, labels: Int32Array, matches: number): Uint8Array {
  const counts = Uint8Array.from(labels, (label) => label > 0 ? 1 : 0);
  const negatives = Math.min(NEGATIVES * matches, labels.length - matches);
  if (negatives === 0) return counts;
  const background = losses.filter((_, i) => labels[i] === 0);
  const least = kthLargest(background, negatives);
  const above = background.reduce((sum, loss) => sum + (loss > least ? 1 : 0), 0);
  let ties = negatives - above;
  losses.forEach((loss, i) => {
    if (labels[i] !== 0 || loss < least) return;
    if (loss > least || ties-- > 0) counts[i] = 1;
  });
  return counts;
}
