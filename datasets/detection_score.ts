/**
 * Mean average precision of found boxes, as COCO's evaluation computes it (mAP at overlaps of .50 to .95).
 *
 * Source: `COCOeval.accumulate` and `summarize` of cocoapi (`PythonAPI/pycocotools/cocoeval.py`).
 *
 * @module
 */
import {
  type AreaRange,
  type Matches,
  matchScene,
  type Scene,
  toScene,
} from "./detection_match.ts";
import type { FoundBox, TrueBox } from "./detections.ts";

/** The twelve figures; each is 0 to 1, or `null` if there are no objects that it is about. */
export interface DetectionScore {
  /** Average precision, the mean over overlaps of .50, .55, … .95: the figure that is called mAP. */
  readonly precision: number | null;
  /** At an overlap of .50. */
  readonly precision50: number | null;
  /** At an overlap of .75. */
  readonly precision75: number | null;
  /** For objects below 32x32 pixels. */
  readonly precisionSmall: number | null;
  /** For objects from 32x32 to 96x96 pixels. */
  readonly precisionMedium: number | null;
  /** For objects above 96x96 pixels. */
  readonly precisionLarge: number | null;
  /** Average recall with one box an image. */
  readonly recall1: number | null;
  /** With ten boxes. */
  readonly recall10: number | null;
  /** With a hundred boxes. */
  readonly recall100: number | null;
  /** For objects below 32x32 pixels. */
  readonly recallSmall: number | null;
  /** For objects from 32x32 to 96x96 pixels. */
  readonly recallMedium: number | null;
  /** For objects above 96x96 pixels. */
  readonly recallLarge: number | null;
  /** Average precision of every category that has objects. */
  readonly byCategory: ReadonlyMap<number, number>;
}

/** Overlaps from .50 to .95, and recalls from 0 to 1, computed as numpy's `linspace` does. */
const OVERLAPS = Array.from(
  { length: 10 },
  (_, i) => i === 9 ? 0.95 : 0.5 + i * ((0.95 - 0.5) / 9),
);
const RECALLS = Array.from({ length: 101 }, (_, i) => i * 0.01);
const ALL: AreaRange = { from: 0, to: 1e10 };
const SMALL: AreaRange = { from: 0, to: 32 ** 2 };
const MEDIUM: AreaRange = { from: 32 ** 2, to: 96 ** 2 };
const LARGE: AreaRange = { from: 96 ** 2, to: 1e10 };
const MOST = 100;

/** Of one category: for each overlap, precision at every recall, and the recall that is reached. */
interface Curve {
  readonly precisions: readonly Float64Array[];
  readonly recalls: readonly number[];
}

/** Scores found boxes against the objects. The order of boxes of equal score matters: that of the list counts. */
export function scoreDetections(
  truths: readonly TrueBox[],
  found: readonly FoundBox[],
): DetectionScore {
  const scenes = scenesOf(truths, found);
  const at = (range: AreaRange, most: number): ReadonlyMap<number, Curve> =>
    curvesOf(scenes, range, most);
  const all = at(ALL, MOST);
  const [small, medium, large] = [at(SMALL, MOST), at(MEDIUM, MOST), at(LARGE, MOST)];
  return {
    precision: meanPrecision(all),
    precision50: meanPrecision(all, 0),
    precision75: meanPrecision(all, 5),
    precisionSmall: meanPrecision(small),
    precisionMedium: meanPrecision(medium),
    precisionLarge: meanPrecision(large),
    recall1: meanRecall(at(ALL, 1)),
    recall10: meanRecall(at(ALL, 10)),
    recall100: meanRecall(all),
    recallSmall: meanRecall(small),
    recallMedium: meanRecall(medium),
    recallLarge: meanRecall(large),
    byCategory: new Map(
      [...all].map(([category, curve]) => [category, meanPrecision(new Map([[category, curve]]))!]),
    ),
  };
}

/** Scenes of every category, images in the order of their numbers. */
function scenesOf(
  truths: readonly TrueBox[],
  found: readonly FoundBox[],
): ReadonlyMap<number, readonly Scene[]> {
  const parts = new Map<
    string,
    { truths: TrueBox[]; found: FoundBox[]; image: number; category: number }
  >();
  const part = ({ image, category }: { readonly image: number; readonly category: number }) => {
    const key = `${category} ${image}`;
    const there = parts.get(key) ?? { truths: [], found: [], image, category };
    parts.set(key, there);
    return there;
  };
  for (const truth of truths) part(truth).truths.push(truth);
  for (const box of found) part(box).found.push(box);
  const scenes = new Map<number, Scene[]>();
  for (const { category, ...scene } of [...parts.values()].sort((a, b) => a.image - b.image)) {
    const there = scenes.get(category) ?? [];
    there.push(toScene(scene.truths, scene.found, MOST));
    scenes.set(category, there);
  }
  return scenes;
}

function curvesOf(
  scenes: ReadonlyMap<number, readonly Scene[]>,
  range: AreaRange,
  most: number,
): ReadonlyMap<number, Curve> {
  const curves = new Map<number, Curve>();
  for (const [category, images] of scenes) {
    const matches = images.map((scene) =>
      matchScene({ ...scene, found: scene.found.slice(0, most) }, OVERLAPS, range)
    );
    const objects = matches.reduce((sum, match) => sum + match.objects, 0);
    if (objects > 0) curves.set(category, curveOf(matches, objects));
  }
  return curves;
}

function curveOf(matches: readonly Matches[], objects: number): Curve {
  const boxes = matches.flatMap(({ scores }, image) =>
    scores.map((score, i) => ({ score, image, i }))
  );
  boxes.sort((a, b) => b.score - a.score);
  const curves = OVERLAPS.map((_, overlap) => {
    const counted = boxes.filter(({ image, i }) => matches[image]!.ignored[overlap]![i] === 0);
    const hits = counted.map(({ image, i }) => matches[image]!.hits[overlap]![i]!);
    return precisionsOf(hits, objects);
  });
  return {
    precisions: curves.map(({ precisions }) => precisions),
    recalls: curves.map(({ recall }) => recall),
  };
}

/** Precision at each of the 101 recalls: the best that is reached at that recall or a higher one. */
function precisionsOf(
  hits: readonly number[],
  objects: number,
): { readonly precisions: Float64Array; readonly recall: number } {
  const [recalls, precisions] = [new Float64Array(hits.length), new Float64Array(hits.length)];
  let right = 0;
  hits.forEach((hit, i) => {
    right += hit;
    recalls[i] = right / objects;
    precisions[i] = right / (i + 1 + Number.EPSILON);
  });
  for (let i = hits.length - 1; i > 0; i--) {
    precisions[i - 1] = Math.max(precisions[i - 1]!, precisions[i]!);
  }
  const sampled = Float64Array.from(RECALLS, (recall) => {
    const first = recalls.findIndex((reached) => reached >= recall);
    return first < 0 ? 0 : precisions[first]!;
  });
  return { precisions: sampled, recall: recalls.at(-1) ?? 0 };
}

function meanPrecision(curves: ReadonlyMap<number, Curve>, overlap?: number): number | null {
  const values = [...curves.values()].flatMap(({ precisions }) =>
    (overlap === undefined ? precisions : [precisions[overlap]!]).flatMap((sampled) => [...sampled])
  );
  return meanOf(values);
}

function meanRecall(curves: ReadonlyMap<number, Curve>): number | null {
  return meanOf([...curves.values()].flatMap(({ recalls }) => recalls));
}

function meanOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
