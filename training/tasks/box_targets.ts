/**
 * What an SSD is to say about an image: which default boxes stand for which objects, and how far they have to move.
 *
 * Source: `Encoder` and `Loss` of MLPerf's reference training (`single_stage_detector/ssd`), after Liu et al. 2016, section 2.2.
 *
 * @module
 */
import { type EdgeBox, type LabelledBox, overlapOfEdges } from "../../datasets/mod.ts";
import { SSD_CENTRE_SCALE, SSD_SIZE_SCALE } from "../../models/mod.ts";

/** A default box stands for an object that it overlaps more than this. */
export const MATCHING_OVERLAP = 0.5;

/** Targets of one image. */
export interface BoxTargets {
  /** Class of every default box; 0, the background, where it stands for no object. */
  readonly labels: Int32Array;
  /** `4 × N`: what the network is to give for centre x and y, width and height; 0 where there is no object. */
  readonly offsets: Float32Array;
  /** Default boxes that stand for an object. */
  readonly matches: number;
}

/**
 * Matches default boxes with the objects of an image: each takes the object that it overlaps most, if by more than
 * {@linkcode MATCHING_OVERLAP}; and each object gets the default box that overlaps it most in any case, later objects before earlier ones.
 *
 * @param defaults Centre x, centre y, width and height of the `N` default boxes, as fractions of the image.
 */
export function boxTargets(defaults: Float32Array, objects: readonly LabelledBox[]): BoxTargets {
  const count = defaults.length / 4;
  const chosen = matchObjects(defaults, objects);
  const labels = new Int32Array(count);
  const offsets = new Float32Array(4 * count);
  let matches = 0;
  chosen.forEach((object, i) => {
    if (object < 0) return;
    matches++;
    const { box, label } = objects[object]!;
    labels[i] = label;
    encodeBox(box, defaults.subarray(4 * i, 4 * i + 4)).forEach((offset, part) => {
      offsets[part * count + i] = offset;
    });
  });
  return { labels, offsets, matches };
}

/** The object of every default box, or -1. */
function matchObjects(defaults: Float32Array, objects: readonly LabelledBox[]): Int32Array {
  const count = defaults.length / 4;
  const chosen = new Int32Array(count).fill(-1);
  const overlaps = new Float32Array(count).fill(MATCHING_OVERLAP);
  const own = objects.map(() => ({ overlap: -1, at: 0 }));
  for (let i = 0; i < count; i++) {
    const edges = edgesOf(defaults.subarray(4 * i, 4 * i + 4));
    objects.forEach(({ box }, object) => {
      const overlap = overlapOfEdges(box, edges);
      if (overlap > overlaps[i]!) [overlaps[i], chosen[i]] = [overlap, object];
      if (overlap > own[object]!.overlap) own[object] = { overlap, at: i };
    });
  }
  own.forEach(({ at }, object) => chosen[at] = object);
  return chosen;
}

function edgesOf(box: Float32Array): EdgeBox {
  const [x, y, width, height] = box as unknown as readonly [number, number, number, number];
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}

/** What moves and scales a default box to a box: the inverse of what the network's graph does with its outputs. */
export function encodeBox(
  [left, top, right, bottom]: EdgeBox,
  defaultBox: ArrayLike<number>,
): readonly [x: number, y: number, width: number, height: number] {
  const [x, y, width, height] = [0, 1, 2, 3].map((i) => defaultBox[i]!) as [
    number,
    number,
    number,
    number,
  ]; // four numbers
  return [
    ((left + right) / 2 - x) / width / SSD_CENTRE_SCALE,
    ((top + bottom) / 2 - y) / height / SSD_CENTRE_SCALE,
    Math.log((right - left) / width) / SSD_SIZE_SCALE,
    Math.log((bottom - top) / height) / SSD_SIZE_SCALE,
  ];
}
