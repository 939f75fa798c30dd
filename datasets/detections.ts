/**
 * Boxes around objects: those that people drew, and those that a network found.
 *
 * @module
 */

/** Left edge, top edge, width and height, in pixels, as COCO has them. */
export type PixelBox = readonly [left: number, top: number, width: number, height: number];

/** An object that people marked. */
export interface TrueBox {
  /** Number of the image. */
  readonly image: number;
  /** Number of the category. */
  readonly category: number;
  /** Where it is. */
  readonly box: PixelBox;
  /** Area of the object in pixels, which is less than that of its box. */
  readonly area: number;
  /** Whether the box is around many objects that were not marked one by one. */
  readonly crowd: boolean;
}

/** An object that a network found. */
export interface FoundBox {
  /** Number of the image. */
  readonly image: number;
  /** Number of the category. */
  readonly category: number;
  /** Where it is. */
  readonly box: PixelBox;
  /** How sure the network is; any scale. */
  readonly score: number;
}

/**
 * Intersection over union of two boxes; over a crowd, of a box with it over the area of the box.
 *
 * @param crowd Whether the second one is a crowd.
 */
export function overlapOf(found: PixelBox, truth: PixelBox, crowd: boolean): number {
  const [x, y, w, h] = found;
  const [left, top, width, height] = truth;
  const across = Math.min(x + w, left + width) - Math.max(x, left);
  const down = Math.min(y + h, top + height) - Math.max(y, top);
  if (across <= 0 || down <= 0) return 0;
  const shared = across * down;
  return shared / (crowd ? w * h : w * h + width * height - shared);
}
