/**
 * Which layers are pruned, and why the others are not.
 *
 * @module
 */
import { parsePattern, sizeOf, whyIndivisible } from "../core/mod.ts";
import { type Graph, graphLayers } from "../models/mod.ts";
import type { Sparsity } from "../recipes/mod.ts";

/** A layer's weights as the matrix that patterns are drawn on: `[OC, IC]`, or `[OC, KH·KW·IC / groups]` of a convolution. */
export interface Layer {
  /** Name of the weight. */
  readonly name: string;
  /** Output channels. */
  readonly rows: number;
  /** Input channels; of a convolution those of a group, times taps. */
  readonly cols: number;
  /** Taps of a convolution's kernel, KH·KW: its weights are stored as `[rows, cols / taps, taps]`. Absent for linear layers. */
  readonly taps?: number;
}

/** The layers of a network that have weights, divided. */
export interface LayerChoice {
  /** Layers that are pruned, in the order of the graph. */
  readonly pruned: readonly Layer[];
  /** Layers that stay dense, with the reason in words. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Divides the layers of a graph: linear ones and convolutions.
 *
 * @throws {RangeError} If none can be pruned; lists the reasons.
 */
export function chooseLayers(
  graph: Graph,
  sparsity: Pick<Sparsity, "pattern" | "include" | "exclude">,
): LayerChoice {
  const pruned: Layer[] = [];
  const skipped: { name: string; reason: string }[] = [];
  for (const candidate of weightLayers(graph)) {
    const reason = whyDense(candidate, sparsity);
    const { groupRows: _, ...layer } = candidate;
    if (reason === null) pruned.push(layer);
    else skipped.push({ name: layer.name, reason });
  }
  if (pruned.length === 0) {
    const reasons = skipped.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
    throw new RangeError(`Cannot prune ${graph.name}: no layer is eligible (${reasons})`);
  }
  return { pruned, skipped };
}

interface Candidate extends Layer {
  /** Output channels of a group, on which patterns are drawn. */
  readonly groupRows: number;
}

/** Every product with a parameter, as the matrix that patterns are drawn on; each parameter once. */
function weightLayers(graph: Graph): readonly Candidate[] {
  const layers = graphLayers(graph).map(({ weight, shape, rows, inner, groups }): Candidate => {
    const taps = sizeOf(shape.slice(2));
    return {
      ...{ name: weight, rows: rows * groups, cols: inner, groupRows: rows },
      ...taps > 1 && { taps },
    };
  });
  return layers.filter(({ name }, i) => layers.findIndex((other) => other.name === name) === i);
}

function whyDense(
  { name, groupRows, cols }: Candidate,
  { pattern, include, exclude }: Pick<Sparsity, "pattern" | "include" | "exclude">,
): string | null {
  const excluded = exclude.find((part) => name.includes(part));
  if (excluded !== undefined) return `excluded by the recipe ("${excluded}")`;
  if (!include.some((part) => name.includes(part))) {
    return `outside of what the recipe prunes (${include.map((part) => `"${part}"`).join(", ")})`;
  }
  return whyIndivisible(parsePattern(pattern), groupRows, cols);
}
