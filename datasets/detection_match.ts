/**
 * Which found boxes are which objects, in one image and category: the rules of COCO's evaluation.
 *
 * Source: `COCOeval.evaluateImg` of cocoapi (`PythonAPI/pycocotools/cocoeval.py`).
 *
 * @module
 */
import { type FoundBox, overlapOf, type TrueBox } from "./detections.ts";

/** Objects of these areas count, in pixels, both ends included. */
export interface AreaRange {
  /** Smallest area. */
  readonly from: number;
  /** Largest area. */
  readonly to: number;
}

/** What became of the found boxes of one image and category, best first. */
export interface Matches {
  /** Their scores. */
  readonly scores: readonly number[];
  /** For each threshold, which of them are objects. */
  readonly hits: readonly Uint8Array[];
  /** For each threshold, which of them count neither for nor against. */
  readonly ignored: readonly Uint8Array[];
  /** Objects that count. */
  readonly objects: number;
}

/** One image and category, with all overlaps. */
export interface Scene {
  /** Objects. */
  readonly truths: readonly TrueBox[];
  /** Found boxes, best first. */
  readonly found: readonly FoundBox[];
  /** Overlap of found box i with object j at `i × truths.length + j`. */
  readonly overlaps: Float64Array;
}

/** Sorts the found boxes of an image and category, keeps the best, and measures how they overlap its objects. */
export function toScene(
  truths: readonly TrueBox[],
  found: readonly FoundBox[],
  most: number,
): Scene {
  const best = found.toSorted((a, b) => b.score - a.score).slice(0, most);
  const overlaps = Float64Array.from({ length: best.length * truths.length }, (_, i) => {
    const truth = truths[i % truths.length]!;
    return overlapOf(best[Math.floor(i / truths.length)]!.box, truth.box, truth.crowd);
  });
  return { truths, found: best, overlaps };
}

/**
 * Matches the found boxes with objects: each takes the object that it overlaps most, if by the threshold and not taken yet; objects that
 * count come before those that do not (crowds, and areas outside the range).
 */
export function matchScene(
  { truths, found, overlaps }: Scene,
  thresholds: readonly number[],
  range: AreaRange,
): Matches {
  const outside = (area: number): boolean => area < range.from || area > range.to;
  const passed = truths.map(({ crowd, area }) => crowd || outside(area));
  const order = [...truths.keys()].sort((a, b) => Number(passed[a]) - Number(passed[b]));
  const matched = thresholds.map((threshold) => {
    const hits = new Uint8Array(found.length);
    const ignored = new Uint8Array(found.length);
    const taken = new Uint8Array(truths.length);
    found.forEach(({ box }, i) => {
      const match = bestObject(i, threshold);
      if (match < 0) {
        ignored[i] = outside(box[2] * box[3]) ? 1 : 0;
        return;
      }
      hits[i] = 1;
      ignored[i] = passed[match] ? 1 : 0;
      taken[match] = 1;
    });
    return { hits, ignored };

    function bestObject(i: number, threshold: number): number {
      let [best, match] = [Math.min(threshold, 1 - 1e-10), -1];
      for (const j of order) {
        if (taken[j] === 1 && !truths[j]!.crowd) continue;
        if (match >= 0 && !passed[match] && passed[j]) break;
        const overlap = overlaps[i * truths.length + j]!;
        if (overlap < best) continue;
        [best, match] = [overlap, j];
      }
      return match;
    }
  });
  return {
    scores: found.map(({ score }) => score),
    hits: matched.map(({ hits }) => hits),
    ignored: matched.map(({ ignored }) => ignored),
    objects: passed.filter((pass) => !pass).length,
  };
}
