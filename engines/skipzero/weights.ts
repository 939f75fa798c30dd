/**
 * The parameters of a plan, packed for one target and placed in the arena.
 *
 * @module
 */
import type { Pattern, Tensor } from "../../core/mod.ts";
import {
  maskRows,
  type PackingPlan,
  planPacking,
  type RowMasks,
  type Target,
  writePacked,
} from "../../kernels/mod.ts";
import type { Graph } from "../../models/mod.ts";
import { type Choice, chooseKernel } from "./choose.ts";
import { isBatchLayer, type Layer, type LayerPlan, type LinearLayer } from "./layers.ts";
import type { Layout } from "./layout.ts";
import type { PanelCosts } from "./panel_costs.ts";

/** A linear layer's weight where the kernel finds it. Addresses are relative to the layout. */
export interface PlacedWeight {
  /** The pattern packed for, and why. */
  readonly choice: Choice;
  /** Packed form. */
  readonly packed: PackingPlan;
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

/**
 * Chooses the form of every weight that a layer of the plan reads, and places all parameters. They are packed where they will
 * be read, when the layout gets its arena, so that a big network is never in memory a third time.
 */
export function placeParameters(
  graph: Graph,
  plan: LayerPlan,
  layout: Layout,
  options: PlacementOptions,
): PlacedParameters {
  const weights = new Map<LinearLayer, PlacedWeight>();
  const addresses = new Map<string, number>();
  for (const layer of plan.layers) {
    if (layer.kind === "linear" && !isBatchLayer(layer)) {
      weights.set(layer, placeWeight(graph, layer, layout, options));
    }
    for (const name of vectorsOf(layer)) {
      if (!addresses.has(name)) addresses.set(name, layout.place(floats(graph, name)));
    }
  }
  return { weights, addresses };
}

function vectorsOf(layer: Layer): readonly string[] {
  if (layer.kind === "layer_norm") return [layer.gamma, layer.beta];
  if (layer.kind === "look_up") return [layer.table];
  return layer.kind === "embed" ? layer.terms.map(({ table }) => table) : [];
}

function placeWeight(
  graph: Graph,
  layer: LinearLayer,
  layout: Layout,
  options: PlacementOptions,
): PlacedWeight {
  const [rows, cols] = [layer.out.rows, layer.x.rows];
  const matrix = matrixOf(graph, layer);
  const masks = maskRows(matrix(), rows, cols);
  return placePanels(graph, layer, chooseKernel(masks, options), masks, layout, options);
}

/** Packs and places a weight for panels. */
export function placePanels(
  graph: Graph,
  layer: LinearLayer,
  choice: Choice,
  masks: RowMasks,
  layout: Layout,
  { target, panelLanes }: Pick<PlacementOptions, "target" | "panelLanes">,
): PlacedWeight {
  const packing = { panelLanes, target, bias: biasOf(graph, layer) };
  const packed = planPacking(masks, choice.pattern, packing);
  const stream = layout.write(packed.words, (words) => {
    writePacked(packed, matrixOf(graph, layer)(), masks, packing, words);
  });
  return { choice, packed, stream };
}

/**
 * Makes the weight of a layer as `[OC, IC]`. It is made again when it is written: all transposed weights of a network at
 * once would be as much memory again.
 */
export function matrixOf(
  graph: Graph,
  { weight, outputMajor, out, x }: LinearLayer,
): () => Float32Array {
  const stored = floats(graph, weight);
  return () => outputMajor ? stored : transposed(stored, out.rows, x.rows);
}

/** The bias of a layer, if it has one. */
export function biasOf(graph: Graph, { bias }: LinearLayer): Float32Array | null {
  return bias === null ? null : floats(graph, bias);
}

/** Rows of a strip that stays in the first-level cache while it is transposed. */
const STRIP = 32;

/** `[IC, OC]` to `[OC, IC]`. */
function transposed(weights: Float32Array, rows: number, cols: number): Float32Array {
  const out = new Float32Array(weights.length);
  for (let top = 0; top < rows; top += STRIP) {
    const end = Math.min(top + STRIP, rows);
    for (let col = 0; col < cols; col++) {
      for (let row = top; row < end; row++) out[row * cols + col] = weights[col * rows + row]!;
    }
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
