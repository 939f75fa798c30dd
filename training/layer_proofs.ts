/**
 * Proves the pattern on trained weights.
 *
 * @module
 */
import { type Mask, parsePattern, type PatternProof, proveMask } from "../core/mod.ts";
import { asMatrix } from "./layer_masks.ts";
import { type Network, viewOf } from "./network.ts";
import type { Pruner } from "./pruner.ts";
import type { TrainingRecord } from "./record.ts";

/**
 * What the weights of every pruned layer show: that all which their mask does not keep are zero, and that the mask has the pattern. A weight
 * that is kept may be zero by chance: one that came back starts there, and stays as long as nothing behind it reads its output.
 */
export function proveLayers(
  network: Network,
  { layers, masks }: Pick<Pruner, "layers" | "masks">,
  patternName: string,
): TrainingRecord["layers"] {
  return layers.map((layer) => {
    const { name, rows, cols } = layer;
    const slot = network.slots.find((slot) => slot.name === name)!; // layers come from the same graph
    const matrix = asMatrix(viewOf(network, slot.weights), layer);
    const proof = proveWeights(matrix, masks.of.get(name)!, patternName);
    return { name, rows, cols, pattern: patternName, ...proof };
  });
}

/** The proof for one matrix; its sparsity is that of the mask. */
export function proveWeights(matrix: Float32Array, mask: Mask, patternName: string): PatternProof {
  const proof = proveMask(mask, parsePattern(patternName));
  const stray = matrix.findIndex((weight, i) => mask.kept[i] === 0 && weight !== 0);
  if (stray < 0) return proof;
  const place = `(${Math.floor(stray / mask.cols)}, ${stray % mask.cols})`;
  const violation = `weight ${place} is ${matrix[stray]}, expected 0 outside of the mask`;
  return { ...proof, proved: false, violation };
}
