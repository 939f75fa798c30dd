/**
 * Random changes of colours, as `ColorJitter` of torchvision makes them on photographs of values from 0 to 1.
 *
 * @module
 */
import type { Random } from "../core/mod.ts";
import type { PlaneChange } from "./planes.ts";

/** How far each change may go. */
export interface JitterRanges {
  /** Factors from 1 - this to 1 + this, not below 0. */
  readonly brightness: number;
  /** As brightness. */
  readonly contrast: number;
  /** As brightness. */
  readonly saturation: number;
  /** Parts of the colour circle, both ways; 0 to 0.5. */
  readonly hue: number;
}

/** What MLPerf's reference training of SSD draws (`single_stage_detector/ssd/utils.py`). */
export const SSD_JITTER: JitterRanges = {
  brightness: 0.125,
  contrast: 0.5,
  saturation: 0.5,
  hue: 0.05,
};

/** The four changes by drawn amounts, one after the other in random order. */
export function jitterColours(ranges: JitterRanges): PlaneChange {
  return (values, _, random): void => {
    const factor = (range: number): number => between(random, Math.max(0, 1 - range), 1 + range);
    const changes: ((values: Float32Array) => void)[] = [
      (values) => changeBrightness(values, factor(ranges.brightness)),
      (values) => changeContrast(values, factor(ranges.contrast)),
      (values) => changeSaturation(values, factor(ranges.saturation)),
      (values) => turnHue(values, between(random, -ranges.hue, ranges.hue)),
    ];
    random.shuffle(changes);
    for (const change of changes) change(values);
  };
}

function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.next();
}

/** Multiplies all values of a photograph `[3, height, width]`, in place; what is above 1 becomes 1. */
export function changeBrightness(values: Float32Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] = clamp(factor * values[i]!);
}

/** Moves all values away from the mean grey of the photograph, or towards it, in place. */
export function changeContrast(values: Float32Array, factor: number): void {
  const grey = greysOf(values);
  const mean = grey.reduce((sum, value) => sum + value, 0) / Math.max(1, grey.length);
  for (let i = 0; i < values.length; i++) {
    values[i] = clamp(factor * values[i]! + (1 - factor) * mean);
  }
}

/** Moves every pixel away from its own grey, or towards it, in place. */
export function changeSaturation(values: Float32Array, factor: number): void {
  const grey = greysOf(values);
  for (let i = 0; i < values.length; i++) {
    values[i] = clamp(factor * values[i]! + (1 - factor) * grey[i % grey.length]!);
  }
}

/** Turns every pixel around the circle of colours, in place; value and saturation (of HSV) stay. */
export function turnHue(values: Float32Array, turn: number): void {
  const size = values.length / 3;
  for (let i = 0; i < size; i++) {
    const [r, g, b] = [values[i]!, values[size + i]!, values[2 * size + i]!];
    const value = Math.max(r, g, b);
    const chroma = value - Math.min(r, g, b);
    if (chroma === 0) continue;
    const place = value === r
      ? (g - b) / chroma
      : value === g
      ? 2 + (b - r) / chroma
      : 4 + (r - g) / chroma;
    // Of HSV's conversion back to red, green and blue, in sixths of the circle.
    const part = (offset: number): number => {
      const k = modulo(offset + place + 6 * turn, 6);
      return value - chroma * Math.max(0, Math.min(k, 4 - k, 1));
    };
    [values[i], values[size + i], values[2 * size + i]] = [part(5), part(3), part(1)];
  }
}

/** Luma of ITU-R 601, as Pillow turns colours to grey. */
function greysOf(values: Float32Array): Float32Array {
  const size = values.length / 3;
  return Float32Array.from(
    { length: size },
    (_, i) => 0.299 * values[i]! + 0.587 * values[size + i]! + 0.114 * values[2 * size + i]!,
  );
}

function clamp(value: number): number {
  return Math.max(0, Math.min(1, value));
}

function modulo(value: number, by: number): number {
  return (value % by + by) % by;
}
