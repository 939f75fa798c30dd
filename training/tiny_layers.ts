/**
 * Layers without a network, for tests.
 *
 * @module
 */
import type { Floats } from "../engines/tfjs/mod.ts";
import type { PruningRule } from "../recipes/mod.ts";
import type { LayerValues } from "./layer_masks.ts";
import type { Layer } from "./layers.ts";

/** Magnitude over all layers, growing linearly: the plainest rule. */
export function plainRule(pattern: string, target: number): PruningRule {
  return {
    pattern,
    target,
    scope: "global",
    maxPerLayer: 0.98,
    criterion: "magnitude",
    reduce: "mean",
    schedule: "linear",
    include: [""],
    exclude: [],
  };
}

/** Weights given by their index, and one state of an optimiser for each layer, of zeros. */
export function layerValues(layers: readonly Layer[], weight: (index: number) => number): {
  values: LayerValues;
  weights: ReadonlyMap<string, Floats>;
  states: ReadonlyMap<string, Floats>;
} {
  const made = (value: (index: number) => number) =>
    new Map(layers.map(({ name, rows, cols }) => [
      name,
      Float32Array.from({ length: rows * cols }, (_, i) => value(i)),
    ]));
  const [weights, states] = [made(weight), made(() => 0)];
  const values = {
    weights: (name: string) => weights.get(name)!,
    states: (name: string) => [states.get(name)!],
  };
  return { values, weights, states };
}
