/**
 * What `pairProducts` computes.
 *
 * @module
 */

/**
 * Dot products of pairs of vectors in every lane, `[pair][lane]`.
 *
 * @param x `[vector][feature][lane]`.
 */
export function referencePairProducts(
  x: Float32Array,
  pairs: readonly (readonly [number, number])[],
  { features, lanes }: { readonly features: number; readonly lanes: number },
): Float64Array {
  const y = new Float64Array(pairs.length * lanes);
  pairs.forEach(([i, j], pair) => {
    for (let d = 0; d < features; d++) {
      for (let lane = 0; lane < lanes; lane++) {
        y[pair * lanes + lane]! += x[(i * features + d) * lanes + lane]! *
          x[(j * features + d) * lanes + lane]!;
      }
    }
  });
  return y;
}
