/**
 * The layers of a network that keep their k largest activations, in place of a ReLU.
 *
 * The graph keeps its ReLUs: k-winners are put in while it runs here, in training and in evaluation.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";
import { gate, type Heap, type Tf, type TfTensor } from "../engines/tfjs/mod.ts";
import { type Graph, inferShapes } from "../models/mod.ts";
import type { KWinners as RecipeWinners } from "../recipes/mod.ts";
import { createKWinners, type KWinners } from "./k_winners.ts";

/** k-winners of a network: the fraction that stays by the layer's name, the rest alike in all. */
export type NetworkWinnersPlan = RecipeWinners;

/** k-winners of a network in training. */
export interface WinnerLayers {
  /** Layers by the names that the plan gives them. */
  readonly layers: ReadonlyMap<string, KWinners>;
  /**
   * What `executePlan` is to run instead of ReLUs.
   *
   * @param epoch Epochs done.
   */
  activations(
    machine: { readonly ops: { readonly tf: Tf }; readonly heap: Heap },
    epoch: number,
    mode: "training" | "evaluation",
  ): ReadonlyMap<string, (x: TfTensor) => TfTensor>;
  /** Ends a step of training, after all that it ran: duty cycles take in what won in it. */
  learn(): void;
  /** What a checkpoint keeps. */
  state(): ReadonlyMap<string, Tensor>;
  /** Puts back what {@linkcode WinnerLayers.state} gave. */
  restore(tensors: ReadonlyMap<string, Tensor>): void;
}

/**
 * k-winners for a graph: of the layer `cnn1` after its ReLU `cnn1_relu`.
 *
 * @throws {RangeError} If the graph has no such ReLU, or k does not fit its size.
 */
export function createWinnerLayers(graph: Graph, plan: NetworkWinnersPlan): WinnerLayers {
  const shapes = inferShapes(graph);
  const places = new Map<string, string>();
  const layers = new Map<string, KWinners>();
  for (const [name, percentOn] of Object.entries(plan.percentOn)) {
    const relu = graph.nodes.find((node) => node.op === "Relu" && node.name === `${name}_relu`);
    if (relu === undefined) {
      const known = graph.nodes.filter(({ op }) => op === "Relu").map((node) => node.name);
      throw new RangeError(
        `Cannot choose winners of "${name}" in ${graph.name}: no ReLU "${name}_relu", expected one of ${
          known.join(", ")
        }`,
      );
    }
    const [, channels, ...map] = shapes.get(relu.outputs[0]!)!.shape as [number, number];
    const area = map.length === 0 ? null : map.reduce((product, size) => product * size, 1);
    places.set(name, relu.outputs[0]!);
    layers.set(name, createKWinners(name, { ...plan, percentOn }, { channels, places: area }));
  }
  return {
    layers,
    activations: ({ ops, heap }, epoch, mode) =>
      new Map([...layers].map(([name, layer]) => [
        places.get(name)!,
        (x: TfTensor) => gate(ops.tf, heap, x, (values) => layer.winners(values, epoch, mode)),
      ])),
    learn(): void {
      for (const layer of layers.values()) layer.learn();
    },
    state: () => new Map([...layers.values()].flatMap((layer) => [...layer.state()])),
    restore(tensors): void {
      for (const layer of layers.values()) layer.restore(tensors);
    },
  };
}
