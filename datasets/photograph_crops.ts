/**
 * Squares out of photographs: in training at random, in evaluation from the middle, as torchvision's reference training does.
 *
 * @module
 */
import type { Random } from "../core/mod.ts";
import type { Photograph } from "./jpeg.ts";
import { type Box, resize } from "./resize.ts";

/** Share of the area that a random part has. */
const AREAS = [0.08, 1] as const;
/** Width by height of a random part. */
const RATIOS = [3 / 4, 4 / 3] as const;
const ATTEMPTS = 10;

/**
 * The middle of a photograph whose shorter side became `shorter` pixels.
 *
 * @param side Pixels of the square, at most `shorter`.
 * @returns `3 × side × side`, 0 to 1.
 */
export function centreCrop(photograph: Photograph, shorter: number, side: number): Float32Array {
  const { height, width } = photograph.shape;
  const [rows, columns] = height < width
    ? [shorter, Math.floor(shorter * width / height)]
    : [Math.floor(shorter * height / width), shorter];
  const whole = resize(photograph, { left: 0, top: 0, width, height }, rows, columns);
  return cut(whole, rows, columns, {
    left: roundEven((columns - side) / 2),
    top: roundEven((rows - side) / 2),
    width: side,
    height: side,
  });
}

/** Python's `round`: halves go to the even neighbour. */
function roundEven(value: number): number {
  const down = Math.floor(value);
  return value - down === 0.5 ? down + down % 2 : Math.round(value);
}

function cut(values: Float32Array, rows: number, columns: number, box: Box): Float32Array {
  const result = new Float32Array(3 * box.height * box.width);
  let to = 0;
  for (let channel = 0; channel < 3; channel++) {
    for (let y = box.top; y < box.top + box.height; y++, to += box.width) {
      const from = (channel * rows + y) * columns + box.left;
      result.set(values.subarray(from, from + box.width), to);
    }
  }
  return result;
}

/** A random part of a photograph, resized to a square and mirrored every second time; `3 × side × side`, 0 to 1. */
export function randomCrop(photograph: Photograph, side: number, random: Random): Float32Array {
  const { height, width } = photograph.shape;
  const values = resize(photograph, randomBox(height, width, random), side, side);
  if (random.integer(2) === 0) {
    for (let row = 0; row < values.length; row += side) values.subarray(row, row + side).reverse();
  }
  return values;
}

/** Where a random part lies: area and ratio are drawn until it fits, else it is the largest one in the middle. */
export function randomBox(height: number, width: number, random: Random): Box {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = height * width * between(...AREAS, random);
    const ratio = Math.exp(between(Math.log(RATIOS[0]), Math.log(RATIOS[1]), random));
    const [w, h] = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
    if (w < 1 || h < 1 || w > width || h > height) continue;
    const [top, left] = [random.integer(height - h + 1), random.integer(width - w + 1)];
    return { left, top, width: w, height: h };
  }
  const ratio = Math.max(RATIOS[0], Math.min(RATIOS[1], width / height));
  const [w, h] = width / height < ratio
    ? [width, Math.min(height, Math.round(width / ratio))]
    : [Math.min(width, Math.round(height * ratio)), height];
  const [left, top] = [Math.floor((width - w) / 2), Math.floor((height - h) / 2)];
  return { left, top, width: w, height: h };
}

function between(low: number, high: number, random: Random): number {
  return low + (high - low) * random.next();
}
