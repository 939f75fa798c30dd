/**
 * Proves the pattern on trained weights.
 *
 * @module
 */
import { maskOf, parsePattern, proveMask } from "../core/mod.ts";
import { asMatrix } from "./layer_masks.ts";
import type { Layer } from "./layers.ts";
import { type Network, viewOf } from "./network.ts";
import type { TrainingRecord } from "./record.ts";

/** What the weights of every pruned layer show. */
export function proveLayers(
  network: Network,
  layers: readonly Layer[],
  patternName: string,
): TrainingRecord["layers"] {
  const pattern = parsePattern(patternName);
  return layers.map((layer) => {
    const { name, rows, cols } = layer;
    const slot = network.slots.find((slot) => slot.name === name)!; // layers come from the same graph
    const matrix = asMatrix(viewOf(network, slot.weights), layer);
    const proof = proveMask(maskOf(matrix, rows, cols), pattern);
    return { name, rows, cols, pattern: patternName, ...proof };
  });
}
