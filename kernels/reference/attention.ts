/**
 * What the attention kernels compute, in float64, on `[feature][token]` arrays without panels.
 *
 * @module
 */

/** A product of the attention of one head. */
export interface AttentionProblem {
  /** Features of the head. */
  readonly features: number;
  /** Keys. */
  readonly keys: number;
  /** Queries. */
  readonly queries: number;
}

/** `scores[j][i] = scale * Σ_d key[d][j] * query[d][i] + bias[j]`, `[keys][queries]`. */
export function referenceScores(
  problem: AttentionProblem,
  key: Float32Array,
  query: Float32Array,
  scale: number,
  bias: Float32Array,
): Float64Array {
  const { features, keys, queries } = problem;
  const scores = new Float64Array(keys * queries);
  for (let j = 0; j < keys; j++) {
    for (let i = 0; i < queries; i++) {
      let sum = 0;
      for (let d = 0; d < features; d++) sum += key[d * keys + j]! * query[d * queries + i]!;
      scores[j * queries + i] = scale * sum + bias[j]!;
    }
  }
  return scores;
}

/** `context[d][i] = Σ_j value[d][j] * probability[j][i]`, `[features][queries]`. */
export function referenceContext(
  problem: AttentionProblem,
  value: Float32Array,
  probability: Float32Array,
): Float64Array {
  const { features, keys, queries } = problem;
  const context = new Float64Array(features * queries);
  for (let d = 0; d < features; d++) {
    for (let i = 0; i < queries; i++) {
      let sum = 0;
      for (let j = 0; j < keys; j++) sum += value[d * keys + j]! * probability[j * queries + i]!;
      context[d * queries + i] = sum;
    }
  }
  return context;
}
