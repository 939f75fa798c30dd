/**
 * What skipping zeros promises.
 *
 * @module
 */
import type { LayerFacts } from "./result.ts";

/**
 * Speed-up if time were proportional to the products of two non-zeros: 1 / ((1 - weight sparsity)(1 - activation
 * sparsity)).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(theoreticalSpeedup({ sparsity: 0.75, activationSparsity: 0.5 }), 8);
 * ```
 */
export function theoreticalSpeedup(
  { sparsity, activationSparsity }: Pick<LayerFacts, "sparsity" | "activationSparsity">,
): number {
  return 1 / ((1 - sparsity) * (1 - activationSparsity));
}
