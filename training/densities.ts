/**
 * How many weights each layer of a sparse network keeps.
 *
 * @module
 */
import type { Layer } from "./layers.ts";

/**
 * Densities of layers by the Erdős-Rényi-kernel rule: in proportion to `(n_in + n_out + k_w + k_h) / (n_in · n_out · k_w · k_h)`, so that
 * larger layers have more zeros. A layer that would get more weights than it has is dense, and the factor is found anew for the others,
 * one layer at a time, the one furthest over first (Evci et al. 2020, section 3.1; Mocanu et al. 2018 for layers without a kernel).
 *
 * @param sparsity Fraction of zeros over all layers, 0 to 1; held up to the rounding of each layer.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * const layers = [{ name: "a", rows: 10, cols: 10 }, { name: "b", rows: 20, cols: 20 }];
 * const found = erkDensities(layers, 0.8);
 * // 100 a + 400 b = 100 with a = 2 b
 * assertAlmostEquals(found.get("a")!, 1 / 3);
 * assertAlmostEquals(found.get("b")!, 1 / 6);
 * ```
 */
export function erkDensities(layers: readonly Layer[], sparsity: number): Map<string, number> {
  const dense = new Set<string>();
  for (;;) {
    const open = layers.filter(({ name }) => !dense.has(name));
    const wanted = layers.reduce(
      (sum, layer) => sum + (dense.has(layer.name) ? -sparsity : 1 - sparsity) * sizeOfLayer(layer),
      0,
    );
    const total = open.reduce((sum, layer) => sum + shareOf(layer) * sizeOfLayer(layer), 0);
    const factor = total === 0 ? 0 : wanted / total;
    const largest = Math.max(0, ...open.map(shareOf));
    if (factor * largest <= 1) {
      return new Map(layers.map((layer) => {
        const density = dense.has(layer.name) ? 1 : Math.max(0, factor * shareOf(layer));
        return [layer.name, density];
      }));
    }
    for (const layer of open) if (shareOf(layer) === largest) dense.add(layer.name);
  }
}

/** The same density in every layer. */
export function uniformDensities(layers: readonly Layer[], sparsity: number): Map<string, number> {
  return new Map(layers.map(({ name }) => [name, 1 - sparsity]));
}

function sizeOfLayer({ rows, cols }: Layer): number {
  return rows * cols;
}

/** Sum of a weight's sizes by their product. Kernels are taken for squares; one of 1 by 1 counts, that of a linear layer does not. */
function shareOf({ rows, cols, taps }: Layer): number {
  const kernel = taps === undefined ? 0 : 2 * Math.sqrt(taps);
  return (rows + cols / (taps ?? 1) + kernel) / (rows * cols);
}
