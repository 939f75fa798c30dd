/**
 * Weights of convolutions: as ONNX has them, as the matrix that patterns are drawn on, and with batch normalisation folded in.
 *
 * @module
 */

/** Convolution weights as ONNX has them. */
export interface ConvolutionWeights {
  /** Row-major `[OC][IC / groups][KH][KW]`. */
  readonly values: Float32Array;
  /** OC. */
  readonly outputChannels: number;
  /** IC. */
  readonly inputChannels: number;
  /** Groups: the output channels of each see the input channels of the same group only. */
  readonly groups: number;
}

/**
 * The matrix on which patterns are drawn and proved: `[OC, KH·KW·IC/groups]`, input channels fastest, so that `N:M` and blocks
 * along IC run over input channels seen through one tap. Allocates the result.
 *
 * @param values Row-major `[OC][IC / groups][KH][KW]`.
 * @throws {RangeError} If the sizes do not divide.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * // one output channel, two input channels, two taps
 * assertEquals([...convolutionMatrix(new Float32Array([1, 2, 3, 4]), 1, 2)], [1, 3, 2, 4]);
 * ```
 */
export function convolutionMatrix(
  values: Float32Array,
  outputChannels: number,
  taps: number,
): Float32Array<ArrayBuffer> {
  return exchange(values, outputChannels, values.length / outputChannels / taps, taps);
}

/** The inverse of {@linkcode convolutionMatrix}. */
export function convolutionWeights(
  matrix: Float32Array,
  outputChannels: number,
  taps: number,
): Float32Array<ArrayBuffer> {
  return exchange(matrix, outputChannels, taps, matrix.length / outputChannels / taps);
}

/** `[outer][a][b]` as `[outer][b][a]`. */
function exchange(
  values: Float32Array,
  outer: number,
  a: number,
  b: number,
): Float32Array<ArrayBuffer> {
  if (!Number.isInteger(a) || !Number.isInteger(b) || outer * a * b !== values.length) {
    throw new RangeError(
      `Cannot reorder ${values.length} weights as ${outer} x ${a} x ${b}: expected as many`,
    );
  }
  const result = new Float32Array(values.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < a; i++) {
      for (let j = 0; j < b; j++) result[(o * b + j) * a + i] = values[(o * a + i) * b + j]!;
    }
  }
  return result;
}

/** Batch normalisation of a convolution's outputs, as inference uses it; one value an output channel. */
export interface BatchNormalization {
  /** Gain. */
  readonly scale: Float32Array;
  /** Offset. */
  readonly bias: Float32Array;
  /** Running mean. */
  readonly mean: Float32Array;
  /** Running variance, 0 or more. */
  readonly variance: Float32Array;
  /** Added to the variance; ONNX's default is 1e-5. */
  readonly epsilon: number;
}

/**
 * Weights and bias of a convolution that needs no batch normalisation behind it. Zeros stay zeros. Allocates both.
 *
 * @param values `OC` rows of equally many weights.
 * @throws {RangeError} If there is not one value for each output channel.
 */
export function foldBatchNormalization(
  values: Float32Array,
  bias: Float32Array | null,
  normalization: BatchNormalization,
): { readonly values: Float32Array<ArrayBuffer>; readonly bias: Float32Array<ArrayBuffer> } {
  const { scale, mean, variance, epsilon } = normalization;
  const channels = scale.length;
  const each = [normalization.bias, mean, variance, ...bias ? [bias] : []];
  if (values.length % channels !== 0 || each.some(({ length }) => length !== channels)) {
    throw new RangeError(
      `Cannot fold batch normalisation: ${values.length} weights, ${
        each.map(({ length }) => length)
      } values, expected ${channels} output channels`,
    );
  }
  const cols = values.length / channels;
  const factors = Float64Array.from(scale, (gain, i) => gain / Math.sqrt(variance[i]! + epsilon));
  return {
    values: Float32Array.from(values, (value, i) => value * factors[Math.floor(i / cols)]!),
    bias: Float32Array.from(
      factors,
      (factor, i) => ((bias?.[i] ?? 0) - mean[i]!) * factor + normalization.bias[i]!,
    ),
  };
}
