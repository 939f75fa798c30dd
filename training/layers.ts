/**
 * Which layers are pruned, and why the others are not.
 *
 * @module
 */
import { parsePattern, whyIndivisible } from "../core/mod.ts";
import { planGraph } from "../engines/tfjs/mod.ts";
import type { Graph } from "../models/mod.ts";
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

/** The linear layers of a network, divided. */
export interface LayerChoice {
  /** Layers that are pruned, in the order of the graph. */
  readonly pruned: readonly Layer[];
  /** Layers that stay dense, with the reason in words. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Divides the linear layers of a graph.
 *
 * @throws {RangeError} If none can be pruned; lists the reasons.
 */
export function chooseLayers(
  graph: Graph,
  sparsity: Pick<Sparsity, "pattern" | "include" | "exclude">,
): LayerChoice {
  const pruned: Layer[] = [];
  const skipped: { name: string; reason: string }[] = [];
  for (const layer of linearLayers(graph)) {
    const reason = whyDense(layer, sparsity);
    if (reason === null) pruned.push(layer);
    else skipped.push({ name: layer.name, reason });
  }
  if (pruned.length === 0) {
    const reasons = skipped.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
    throw new RangeError(`Cannot prune ${graph.name}: no layer is eligible (${reasons})`);
  }
  return { pruned, skipped };
}

function linearLayers(graph: Graph): readonly Layer[] {
  const names = planGraph(graph).steps.flatMap((step) =>
    step.kind === "linear" ? [step.weight] : []
  );
  return [...new Set(names)].map((name) => {
    const [rows, cols] = graph.initializers.get(name)!.shape as [number, number]; // a linear step's weight is a matrix
    return { name, rows, cols };
  });
}

function whyDense(
  { name, rows, cols }: Layer,
  { pattern, include, exclude }: Pick<Sparsity, "pattern" | "include" | "exclude">,
): string | null {
  const excluded = exclude.find((part) => name.includes(part));
  if (excluded !== undefined) return `excluded by the recipe ("${excluded}")`;
  if (!include.some((part) => name.includes(part))) {
    return `outside of what the recipe prunes (${include.map((part) => `"${part}"`).join(", ")})`;
  }
  return whyIndivisible(parsePattern(pattern), rows, cols);
}
