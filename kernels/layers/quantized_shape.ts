/**
 * What INT8 layers of any storage share: what they are given, and what is checked before they are packed.
 *
 * @module
 */
import type { Pattern } from "../../core/mod.ts";
import type { Backend } from "../backend.ts";
import { dotBits } from "../machine.ts";
import type { LayerPlace } from "./layer.ts";

/** What every INT8 linear layer has. */
export interface QuantizedShape extends LayerPlace {
  /** Row-major `rows × cols` signed bytes; zeros are found in the values. */
  readonly weights: Int8Array;
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** Pattern that the weights are packed as; any weights can be packed as any. */
  readonly pattern: Pattern;
  /** Tokens of a call. */
  readonly lanes: number;
  /** `rows` integers in units of the sums, `xScale * wScale[row]`; default zeros. */
  readonly bias?: Int32Array;
  /** The input byte that stands for 0; default 0. */
  readonly zeroPoint?: number;
}

/**
 * `bias - zeroPoint * Σ weights` of each row: what the sums start as.
 *
 * @throws {RangeError} If activations exist for which a sum leaves 32 bits.
 */
export function foldBias(shape: QuantizedShape, paddedRows: number): Int32Array<ArrayBuffer> {
  const { weights, rows, cols, bias, zeroPoint = 0 } = shape;
  const folded = new Int32Array(paddedRows);
  for (let row = 0; row < rows; row++) {
    let [sum, magnitude] = [0, 0];
    for (let at = row * cols; at < (row + 1) * cols; at++) {
      sum += weights[at]!;
      magnitude += Math.abs(weights[at]!);
    }
    const start = (bias?.[row] ?? 0) - zeroPoint * sum;
    const most = Math.abs(start) + 255 * magnitude;
    if (most > INT32_MAX) {
      throw new RangeError(
        `Cannot prepare layer: sums of row ${row} reach ${most}, expected at most ${INT32_MAX}`,
      );
    }
    folded[row] = start;
  }
  return folded;
}

const INT32_MAX = 2 ** 31 - 1;

/** The largest activation that a target multiplies exactly: 255 or 127. */
export function largestByte({ target }: Backend): number {
  return 2 ** dotBits(target) - 1;
}

/**
 * Checks an INT8 layer.
 *
 * @param result What becomes of the sums; scales and zero point are looked at.
 * @throws {RangeError} If sizes, threads, zero points or scales do not fit.
 */
export function checkQuantized(
  shape: QuantizedShape,
  result: { readonly kind: string; readonly scales?: Float32Array; readonly zeroPoint?: number },
  backend: Backend,
): void {
  const { weights, rows, cols, lanes, bias, threads = 1, zeroPoint = 0 } = shape;
  for (const [name, value] of Object.entries({ rows, cols, lanes, threads })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot prepare layer: ${name} is ${value}, expected a positive integer`,
      );
    }
  }
  if (weights.length !== rows * cols) {
    throw new RangeError(
      `Cannot prepare layer: ${weights.length} weights, expected ${rows} rows x ${cols} columns`,
    );
  }
  if (bias !== undefined && bias.length !== rows) {
    throw new RangeError(`Cannot prepare layer: ${bias.length} biases, expected ${rows} rows`);
  }
  checkZeroPoint("input", zeroPoint, backend);
  checkZeroPoint("output", result.zeroPoint ?? 0, backend);
  const { scales } = result;
  if (
    scales && (scales.length !== rows || !scales.every((scale) => scale > 0 && scale < Infinity))
  ) {
    throw new RangeError(
      `Cannot prepare layer: ${scales.length} scales, expected a positive finite one for each of ${rows} rows`,
    );
  }
}

function checkZeroPoint(name: string, zeroPoint: number, backend: Backend): void {
  const largest = largestByte(backend);
  if (!Number.isInteger(zeroPoint) || zeroPoint < 0 || zeroPoint > largest) {
    throw new RangeError(
      `Cannot prepare layer: ${name} zero point is ${zeroPoint}, expected an integer from 0 to ${largest} on ${backend.target}`,
    );
  }
}

/**
 * Checks activations for an input port.
 *
 * @throws {RangeError} If they are not `lanes * cols` bytes, or one is larger than the target multiplies exactly.
 */
export function checkActivations(
  values: Float32Array | Uint8Array,
  lanes: number,
  cols: number,
  backend: Backend,
): asserts values is Uint8Array {
  if (!(values instanceof Uint8Array) || values.length !== lanes * cols) {
    throw new RangeError(
      `Cannot write input: ${values.length} values (${values.constructor.name}), expected ${lanes} lanes x ${cols} channels of uint8`,
    );
  }
  const largest = largestByte(backend);
  const at = values.findIndex((value) => value > largest);
  if (at >= 0) {
    throw new RangeError(
      `Cannot write input: byte ${at} is ${
        values[at]
      }, expected at most ${largest}, for which products are exact on ${backend.target}`,
    );
  }
}
