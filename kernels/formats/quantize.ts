/**
 * From real numbers to 8-bit integers and back.
 *
 * Weights are symmetric: `w = scale * q`, q from -127 to 127, one scale a row (output channel) or one for the matrix.
 * Activations are asymmetric: `x = scale * (q - zeroPoint)`, q from 0 to 255, or to 127 for targets whose byte dot
 * product is exact for 7 bits only (`dotBits`).
 *
 * @module
 */
import { roundHalfEven } from "../../core/mod.ts";

/** Largest magnitude of a quantised weight; -128 is left out, so that a weight can be negated. */
export const LARGEST_WEIGHT = 127;

/** Quantised weights. */
export interface QuantizedWeights {
  /** Row-major, -127 to 127. */
  readonly values: Int8Array<ArrayBuffer>;
  /** Scale of each row; all equal if the matrix has one. Positive. */
  readonly scales: Float32Array<ArrayBuffer>;
}

/** How unsigned bytes stand for real activations. */
export interface ActivationRange {
  /** Real size of a step; positive. */
  readonly scale: number;
  /** The byte that stands for 0. */
  readonly zeroPoint: number;
  /** Largest byte: 255 or 127. */
  readonly largest: number;
}

/** How {@linkcode quantizeWeights} finds its scales. */
export type WeightScaling =
  | { readonly per: "channel" }
  | { readonly per: "tensor" }
  | { readonly per: "given"; readonly scale: number };

/**
 * Quantises a row-major `rows × cols` matrix: nearest integer, ties to even, saturated to ±127.
 *
 * `channel` and `tensor` make the largest magnitude of a row or of the matrix 127 steps; a row of zeros has scale 1.
 * `given` is for published recipes with a formula of their own. Zeros stay zeros, so the mask of a sparse matrix does too;
 * what is smaller than half a step joins them.
 *
 * @throws {RangeError} If `weights` does not have `rows * cols` values, one is not finite, or a given scale is not
 * positive and finite.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const { values } = quantizeWeights(Float32Array.of(-1, 0.5, 0, 4), 2, 2, { per: "channel" });
 * assertEquals([...values], [-127, 64, 0, 127]);
 * ```
 */
export function quantizeWeights(
  weights: Float32Array,
  rows: number,
  cols: number,
  scaling: WeightScaling,
): QuantizedWeights {
  if (weights.length !== rows * cols) {
    throw new RangeError(
      `Cannot quantise weights: ${weights.length} values, expected ${rows} rows x ${cols} columns`,
    );
  }
  const scales = weightScales(weights, rows, cols, scaling);
  const values = new Int8Array(weights.length);
  weights.forEach((weight, i) => {
    const nearest = roundHalfEven(weight / scales[Math.floor(i / cols)]!);
    values[i] = clamp(nearest, -LARGEST_WEIGHT, LARGEST_WEIGHT);
  });
  return { values, scales };
}

function weightScales(
  weights: Float32Array,
  rows: number,
  cols: number,
  scaling: WeightScaling,
): Float32Array<ArrayBuffer> {
  const scales = new Float32Array(rows);
  if (scaling.per === "given") {
    checkScale(scaling.scale);
    return scales.fill(scaling.scale);
  }
  for (let row = 0; row < rows; row++) {
    scales[row] = largestMagnitude(weights.subarray(row * cols, (row + 1) * cols));
  }
  if (scaling.per === "tensor") scales.fill(scales.reduce((a, b) => Math.max(a, b), 0));
  // a magnitude below 127 subnormals would have the scale 0
  return scales.map((largest) => Math.fround(largest / LARGEST_WEIGHT) || 1);
}

function largestMagnitude(values: Float32Array): number {
  let largest = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) {
      throw new RangeError(`Cannot quantise weights: found ${value}, expected finite values`);
    }
    largest = Math.max(largest, Math.abs(value));
  }
  return largest;
}

/**
 * The range that holds `least` to `most` and stands for 0 exactly.
 *
 * @param bits 8, or 7 for targets whose byte dot product is exact for 7 bits only.
 * @throws {RangeError} If a bound is not finite, or `least` is larger than `most`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(activationRange(0, 2.55, 8).zeroPoint, 0);
 * assertEquals(activationRange(-1, 1, 7), { scale: Math.fround(2 / 127), zeroPoint: 64, largest: 127 });
 * ```
 */
export function activationRange(least: number, most: number, bits: 7 | 8): ActivationRange {
  if (!Number.isFinite(least) || !Number.isFinite(most) || least > most) {
    throw new RangeError(
      `Cannot quantise activations: range ${least} to ${most}, expected finite ascending bounds`,
    );
  }
  const [from, to] = [Math.min(least, 0), Math.max(most, 0)];
  const largest = 2 ** bits - 1;
  const scale = Math.fround((to - from) / largest) || 1;
  return { scale, zeroPoint: clamp(roundHalfEven(-from / scale), 0, largest), largest };
}

/** The bytes that stand for `values`: nearest, ties to even, saturated. NaN becomes the zero point. */
export function quantizeActivations(
  values: Float32Array,
  { scale, zeroPoint, largest }: ActivationRange,
): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    values,
    (value) =>
      Number.isNaN(value)
        ? zeroPoint
        : clamp(roundHalfEven(Math.fround(value / scale)) + zeroPoint, 0, largest),
  );
}

/** The real numbers that `bytes` stand for. */
export function dequantizeActivations(
  bytes: Uint8Array,
  { scale, zeroPoint }: ActivationRange,
): Float32Array<ArrayBuffer> {
  return Float32Array.from(bytes, (byte) => scale * (byte - zeroPoint));
}

function checkScale(scale: number): void {
  if (!Number.isFinite(scale) || !(Math.fround(scale) > 0)) {
    throw new RangeError(
      `Cannot quantise weights: scale is ${scale}, expected a positive finite number`,
    );
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
