/**
 * Which weights of a network are pruned, and why the others are not.
 *
 * @module
 */
import { parsePattern, type Pattern, sizeOf, whyIndivisible } from "../core/mod.ts";
import { type Graph, type GraphLayer, graphLayers, zeroParameters } from "../models/mod.ts";
import { type NetworkSpec, openNetwork, shapeOf } from "./network.ts";

/** A weight that is pruned, as the matrix on which patterns are drawn: `[OC, KH*KW*IC/groups]`. */
export interface PrunedLayer {
  /** Name of the weight. */
  readonly layer: string;
  /** Output channels, all groups together. */
  readonly rows: number;
  /** Input channels of a group times taps. */
  readonly cols: number;
  /** Taps of the kernel: 1 but for convolutions. */
  readonly taps: number;
  /** Fraction of zeros that it gets, 0 to 1. */
  readonly sparsity: number;
}

/** A weight that stays dense. */
export interface SkippedLayer {
  /** Name of the weight. */
  readonly layer: string;
  /** E.g. `2 rows do not divide by 4`. */
  readonly reason: string;
}

/** All layers with weights. Embeddings, biases and normalisations are none. */
export interface LayerSelection {
  /** In the order of the graph. */
  readonly pruned: readonly PrunedLayer[];
  /** In the order of the graph. */
  readonly skipped: readonly SkippedLayer[];
}

/** The network without its values, where only shapes matter. */
export function hollowNetwork(spec: NetworkSpec, batch: number): Graph {
  return openNetwork(spec).build(shapeOf(spec, batch), zeroParameters());
}

/**
 * Decides about every weight: by the names that the network's description includes and excludes, and by whether the matrix
 * of each group of channels divides by the pattern.
 */
export function selectLayers(spec: NetworkSpec): LayerSelection {
  const pattern = parsePattern(spec.pattern);
  const pruned: PrunedLayer[] = [];
  const skipped: SkippedLayer[] = [];
  for (const layer of graphLayers(hollowNetwork(spec, 1))) {
    const reason = whyKept(layer, spec, pattern);
    if (reason === null) pruned.push(prunedLayer(layer, spec));
    else skipped.push({ layer: layer.weight, reason });
  }
  return { pruned, skipped };
}

function prunedLayer(
  { weight, shape, rows, inner, groups, node }: GraphLayer,
  { sparsity, targets = [] }: NetworkSpec,
): PrunedLayer {
  const own = targets.find(({ name }) => weight.includes(name))?.target;
  const taps = node.op === "Conv" ? sizeOf(shape.slice(2)) : 1;
  return { layer: weight, rows: rows * groups, cols: inner, taps, sparsity: own ?? sparsity };
}

function whyKept(
  { weight, rows, inner }: GraphLayer,
  { include, exclude }: NetworkSpec,
  pattern: Pattern,
): string | null {
  if (pattern.kind === "dense") return "the network is dense";
  if (!include.some((part) => weight.includes(part))) {
    return `not included (${include.map((part) => `"${part}"`).join(", ")})`;
  }
  const excluding = exclude.find((part) => weight.includes(part));
  if (excluding !== undefined) return `excluded ("${excluding}")`;
  return whyIndivisible(pattern, rows, inner);
}
