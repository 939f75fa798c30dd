/**
 * The parameters of a plan, packed for one target and placed in the arena.
 *
 * @module
 */
import type { Pattern, Tensor } from "../../core/mod.ts";
import { type PackedWeights, packWeights, type Target } from "../../kernels/mod.ts";
import type { Graph } from "../../models/mod.ts";
import { type Choice, chooseKernel } from "./choose.ts";
import type { Layer, LayerPlan, LinearLayer } from "./layers.ts";
import type { Layout } from "./layout.ts";
import type { PanelCosts } from "./panel_costs.ts";

/** A linear layer's weight where the kernel finds it. Addresses are relative to the layout. */
export interface PlacedWeight {
  /** The pattern packed for, and why. */
  readonly choice: Choice;
  /** Packed form; its stream is in the arena too. */
  readonly packed: PackedWeights;
  /** The packed stream. */
  readonly stream: number;
}

/** Parameters in the arena. */
export interface PlacedParameters {
  /** Weights of linear layers, in the order of the plan's layers. */
  readonly weights: ReadonlyMap<LinearLayer, PlacedWeight>;
  /** Other initializers by name: normalisation vectors and embedding tables. */
  readonly addresses: ReadonlyMap<string, number>;
}

/** What the weights are packed for. */
export interface PlacementOptions {
  /** Instruction set of the kernels. */
  readonly target: Target;
  /** Width of the panels. */
  readonly panelLanes: number;
  /** Pack every weight as dense, zeros or not. */
  readonly unpruned: boolean;
  /** Pack every weight as this, whatever it costs; default what the environment forces, if anything. */
  readonly form?: Pattern | null;
  /** Costs to choose by; default those of the target. */
  readonly costs?: PanelCosts;
}

/** Packs and places every parameter that a layer of the plan reads. */
export function placeParameters(
  graph: Graph,
  plan: LayerPlan,
  layout: Layout,
  options: PlacementOptions,
): PlacedParameters {
  const weights = new Map<LinearLayer, PlacedWeight>();
  const addresses = new Map<string, number>();
  for (const layer of plan.layers) {
    if (layer.kind === "linear") weights.set(layer, placeWeight(graph, layer, layout, options));
    for (const name of vectorsOf(layer)) {
      if (!addresses.has(name)) addresses.set(name, layout.place(floats(graph, name)));
    }
  }
  return { weights, addresses };
}

function vectorsOf(layer: Layer): readonly string[] {
  if (layer.kind === "layer_norm") return [layer.gamma, layer.beta];
  return layer.kind === "embed" ? layer.terms.map(({ table }) => table) : [];
}

function placeWeight(
  graph: Graph,
  layer: LinearLayer,
  layout: Layout,
  options: PlacementOptions,
): PlacedWeight {
  const [rows, cols] = [layer.out.rows, layer.x.rows];
  const stored = floats(graph, layer.weight);
  const matrix = layer.outputMajor ? stored : transposed(stored, rows, cols);
  const choice = chooseKernel(matrix, rows, cols, options);
  const { target, panelLanes } = options;
  const bias = layer.bias === null ? null : floats(graph, layer.bias);
  const packed = packWeights(matrix, rows, cols, choice.pattern, {
    panelLanes,
    target,
    bias,
  });
  return { choice, packed, stream: layout.place(packed.stream) };
}

/** `[IC, OC]` to `[OC, IC]`. */
function transposed(weights: Float32Array, rows: number, cols: number): Float32Array {
  const out = new Float32Array(weights.length);
  for (let col = 0; col < cols; col++) {
    for (let row = 0; row < rows; row++) out[row * cols + col] = weights[col * rows + row] ?? 0;
  }
  return out;
}

function floats(graph: Graph, name: string): Float32Array<ArrayBuffer> {
  const tensor: Tensor | undefined = graph.initializers.get(name);
  if (tensor?.dtype !== "float32") {
    throw new TypeError(
      `Cannot compile "${graph.name}": initializer "${name}" is ${
        tensor?.dtype ?? "missing"
      }, expected float32`,
    );
  }
  return tensor.data;
}
