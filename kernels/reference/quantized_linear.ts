/**
 * What the INT8 kernels compute, in integers and in the plainest loop.
 *
 * A real activation is `xScale * (x - xZeroPoint)` with x unsigned 8-bit, a real weight of row r is `wScale[r] * w` with w
 * signed 8-bit (symmetric, so its zero point is 0). Their products sum to `xScale * wScale[r] * sum`, where
 *
 *     sum = Σ_k w[r][k] * (x[k] - xZeroPoint) + bias[r] = Σ_k w[r][k] * x[k] + (bias[r] - xZeroPoint * Σ_k w[r][k])
 *
 * is an exact 32-bit integer; the bracket does not depend on x and is folded before the kernel runs. The output is the
 * sum itself, a float32, or an unsigned 8-bit integer again.
 *
 * @module
 */
import { roundHalfEven } from "../../core/mod.ts";

/** An INT8 linear layer on one group of lanes. */
export interface QuantizedLinearProblem {
  /** Row-major `rows × cols`, zeros included. */
  readonly weights: Int8Array;
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly cols: number;
  /** Tokens. */
  readonly lanes: number;
  /** `[cols][lanes]`. */
  readonly x: Uint8Array;
  /** The x that stands for 0. */
  readonly zeroPoint: number;
  /** `rows` integers in units of the sums. */
  readonly bias: Int32Array;
}

/** How sums become unsigned bytes. */
export interface Requantization {
  /** Factor of each row: `xScale * wScale[row] / yScale`. */
  readonly scales: Float32Array;
  /** The output that stands for 0. */
  readonly zeroPoint: number;
  /** Smallest output: the zero point if negative values are cut off (ReLU), else 0. */
  readonly smallest: number;
  /** Largest output: 255, or 127 where the consumer's dot product is exact for 7 bits only. */
  readonly largest: number;
}

/** `Σ_k w * (x - zeroPoint) + bias`, `[rows][lanes]`, exact. */
export function referenceQuantizedSums(problem: QuantizedLinearProblem): Int32Array<ArrayBuffer> {
  const { weights, rows, cols, lanes, x, zeroPoint, bias } = problem;
  const sums = new Int32Array(rows * lanes);
  for (let row = 0; row < rows; row++) {
    for (let lane = 0; lane < lanes; lane++) {
      let sum = bias[row]!;
      for (let col = 0; col < cols; col++) {
        sum += weights[row * cols + col]! * (x[col * lanes + lane]! - zeroPoint);
      }
      sums[row * lanes + lane] = sum;
    }
  }
  return sums;
}

/**
 * `sum * scale[row]`, `[rows][lanes]`, in float32 as the kernels round it: the sum to float32, then the product.
 *
 * @param relu Whether negative values become 0.
 */
export function referenceDequantize(
  sums: Int32Array,
  scales: Float32Array,
  relu: boolean,
): Float32Array<ArrayBuffer> {
  const lanes = sums.length / scales.length;
  return Float32Array.from(sums, (sum, i) => {
    const value = Math.fround(sum) * scales[Math.floor(i / lanes)]!;
    return relu ? Math.max(value, 0) : value;
  });
}

/**
 * `clamp(round(sum * scale[row]) + zeroPoint, smallest, largest)`, `[rows][lanes]`, as ONNX defines `QLinearMatMul`: the
 * product in float32, rounded to the nearest integer, ties to even, then saturated.
 */
export function referenceRequantize(
  sums: Int32Array,
  { scales, zeroPoint, smallest, largest }: Requantization,
): Uint8Array<ArrayBuffer> {
  const products = referenceDequantize(sums, scales, false);
  return Uint8Array.from(
    products,
    (value) => Math.min(Math.max(roundHalfEven(value) + zeroPoint, smallest), largest),
  );
}
