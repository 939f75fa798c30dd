/**
 * Proves that the weights of a measured network form its pattern, layer by layer.
 *
 * @module
 */
import { maskOf, parsePattern, type PatternProof, proveMask } from "../core/mod.ts";
import { convolutionMatrix } from "../kernels/mod.ts";
import { type ParameterSource, zeroParameters } from "../models/mod.ts";
import { type NetworkSpec, openNetwork, shapeOf } from "./network.ts";
import { type PrunedLayer, selectLayers } from "./network_layers.ts";
import { loadParameters } from "./network_weights.ts";

/** A pruned layer and what its weights showed. */
export interface LayerProof extends PatternProof {
  /** Name of the weight. */
  readonly name: string;
  /** Name of the pattern. */
  readonly pattern: string;
  /** Output channels. */
  readonly rows: number;
  /** Input channels of a group times taps. */
  readonly cols: number;
}

/** What is shown about a network. */
export interface NetworkProof {
  /** Fraction of zeros over all pruned layers. */
  readonly measured: number;
  /** Pruned layers, in the order in which the network asks for weights. */
  readonly layers: readonly LayerProof[];
  /** Layers that stay dense, and why. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Makes the weights that the network is timed with once more, one layer at a time, and proves those that are pruned. Needs the
 * memory of the largest layer; some ten seconds for 300 million weights.
 *
 * @throws {RangeError} If weights are given that are not those of the model.
 */
export async function proveNetwork(spec: NetworkSpec): Promise<NetworkProof> {
  const { pruned, skipped } = selectLayers(spec);
  const byName = new Map(pruned.map((layer) => [layer.layer, layer]));
  const weights = await loadParameters(spec);
  const hollow = zeroParameters();
  const layers: LayerProof[] = [];
  const source: ParameterSource = (name, shape, start) => {
    const layer = byName.get(name);
    if (layer !== undefined) layers.push(prove(layer, weights(name, shape, start).data, spec));
    return hollow(name, shape, start);
  };
  openNetwork(spec).build(shapeOf(spec, 1), source);
  return {
    measured: zerosOf(layers),
    layers,
    skipped: skipped.map(({ layer, reason }) => ({ name: layer, reason })),
  };
}

function prove(
  { layer, rows, cols, taps }: PrunedLayer,
  data: Float32Array,
  { pattern }: NetworkSpec,
): LayerProof {
  const matrix = taps === 1 ? data : convolutionMatrix(data, rows, taps);
  const proof = proveMask(maskOf(matrix, rows, cols), parsePattern(pattern));
  return { name: layer, pattern, rows, cols, ...proof };
}

function zerosOf(layers: readonly LayerProof[]): number {
  const sizes = layers.map(({ rows, cols }) => rows * cols);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  if (all === 0) return 0;
  return layers.reduce((sum, { sparsity }, i) => sum + sparsity * sizes[i]!, 0) / all;
}
