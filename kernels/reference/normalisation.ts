/**
 * What `softmax` and `layerNorm` compute, in float64, down the rows of `[row][lane]` arrays.
 *
 * @module
 */

/** Softmax of each lane. */
export function referenceSoftmax(x: Float32Array, rows: number, lanes: number): Float64Array {
  const y = new Float64Array(rows * lanes);
  for (let lane = 0; lane < lanes; lane++) {
    const column = columnOf(x, rows, lanes, lane);
    const maximum = Math.max(...column);
    const powers = column.map((value) => Math.exp(value - maximum));
    const sum = powers.reduce((total, power) => total + power, 0);
    powers.forEach((power, row) => y[row * lanes + lane] = power / sum);
  }
  return y;
}

/** Scale and shift of a layer normalisation. */
export interface Affine {
  /** `rows` factors. */
  readonly gamma: Float32Array;
  /** `rows` summands. */
  readonly beta: Float32Array;
  /** Added to the variance. */
  readonly epsilon: number;
}

/** Layer normalisation of each lane of `x + residual`. */
export function referenceLayerNorm(
  x: Float32Array,
  residual: Float32Array | null,
  rows: number,
  lanes: number,
  { gamma, beta, epsilon }: Affine,
): Float64Array {
  const y = new Float64Array(rows * lanes);
  for (let lane = 0; lane < lanes; lane++) {
    const other = residual && columnOf(residual, rows, lanes, lane);
    const column = columnOf(x, rows, lanes, lane).map((value, row) => value + (other?.[row] ?? 0));
    const mean = average(column);
    const deviation = Math.sqrt(average(column.map((value) => (value - mean) ** 2)) + epsilon);
    column.forEach((value, row) => {
      y[row * lanes + lane] = (value - mean) / deviation * gamma[row]! + beta[row]!;
    });
  }
  return y;
}

function columnOf(x: Float32Array, rows: number, lanes: number, lane: number): number[] {
  return Array.from({ length: rows }, (_, row) => x[row * lanes + lane]!);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
