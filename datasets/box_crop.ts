/**
 * Random parts of photographs with boxes, as SSD trains on them (Liu et al. 2016, section 2.2; MLPerf's reference training).
 *
 * @module
 */
import type { Random } from "../core/mod.ts";
import type { PlaneShape } from "./planes.ts";
import type { Box } from "./resize.ts";

/** Left, top, right and bottom edge, as fractions of the image. */
export type EdgeBox = readonly [left: number, top: number, right: number, bottom: number];

/** A box and what is in it. */
export interface LabelledBox {
  /** Where. */
  readonly box: EdgeBox;
  /** Class. */
  readonly label: number;
}

/** A part of a photograph and the boxes that are left, relative to the part. */
export interface BoxCrop {
  /** The part in pixels. */
  readonly part: Box;
  /** Boxes whose centre is in the part, cut off at its edges. */
  readonly boxes: readonly LabelledBox[];
}

/** Least overlap of every box with the part; `null` stands for the whole photograph, 0 for any part. */
const OVERLAPS = [null, 0.1, 0.3, 0.5, 0.7, 0.9, 0] as const;
const LEAST_SIDE = 0.3;
const MOST_RATIO = 2;
/** Rounds of choice before the whole photograph is taken. */
const ATTEMPTS = 50;

/** Draws a part: a kind of overlap is chosen anew until a part of that kind is found, at the first attempt each time. */
export function cropWithBoxes(
  { height, width }: PlaneShape,
  boxes: readonly LabelledBox[],
  random: Random,
): BoxCrop {
  const whole: BoxCrop = { part: { left: 0, top: 0, width, height }, boxes };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const least = OVERLAPS[random.integer(OVERLAPS.length)]!;
    if (least === null) return whole;
    const [w, h] = [side(random), side(random)];
    if (w / h > MOST_RATIO || h / w > MOST_RATIO) continue;
    const [left, top] = [random.next() * (1 - w), random.next() * (1 - h)];
    const part = pixelsOf([left, top, left + w, top + h], height, width);
    const edges = edgesOf(part, height, width);
    if (boxes.some(({ box }) => overlapOfEdges(box, edges) < least)) continue;
    const kept = boxes.filter(({ box }) => holdsCentre(edges, box));
    if (kept.length > 0) return { part, boxes: kept.map((one) => within(one, edges)) };
  }
  return whole;
}

function side(random: Random): number {
  return LEAST_SIDE + (1 - LEAST_SIDE) * random.next();
}

function pixelsOf([left, top, right, bottom]: EdgeBox, height: number, width: number): Box {
  const [x, y] = [Math.floor(left * width), Math.floor(top * height)];
  return {
    ...{ left: x, top: y },
    width: Math.max(1, Math.min(width, Math.round(right * width)) - x),
    height: Math.max(1, Math.min(height, Math.round(bottom * height)) - y),
  };
}

function edgesOf(part: Box, height: number, width: number): EdgeBox {
  return [
    part.left / width,
    part.top / height,
    (part.left + part.width) / width,
    (part.top + part.height) / height,
  ];
}

function areaOf([left, top, right, bottom]: EdgeBox): number {
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}

/** Intersection over union. */
export function overlapOfEdges(a: EdgeBox, b: EdgeBox): number {
  const shared = areaOf([
    Math.max(a[0], b[0]),
    Math.max(a[1], b[1]),
    Math.min(a[2], b[2]),
    Math.min(a[3], b[3]),
  ]);
  return shared === 0 ? 0 : shared / (areaOf(a) + areaOf(b) - shared);
}

function holdsCentre(part: EdgeBox, [left, top, right, bottom]: EdgeBox): boolean {
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  return x > part[0] && x < part[2] && y > part[1] && y < part[3];
}

function within({ box, label }: LabelledBox, part: EdgeBox): LabelledBox {
  const [w, h] = [part[2] - part[0], part[3] - part[1]];
  const cut = (value: number): number => Math.max(0, Math.min(1, value));
  return {
    label,
    box: [
      cut((box[0] - part[0]) / w),
      cut((box[1] - part[1]) / h),
      cut((box[2] - part[0]) / w),
      cut((box[3] - part[1]) / h),
    ],
  };
}

/** Boxes of a photograph that was mirrored left to right. */
export function mirrorBoxes(boxes: readonly LabelledBox[]): readonly LabelledBox[] {
  return boxes.map(({ box: [left, top, right, bottom], label }) => ({
    label,
    box: [1 - right, top, 1 - left, bottom],
  }));
}
