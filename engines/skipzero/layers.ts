/**
 * What the compiler makes of a graph: few, large layers over panels.
 *
 * @module
 */

import type { Tensor } from "../../core/mod.ts";
import type { ImagePlan } from "./images/layers.ts";
import type { BatchOnlyLayer } from "./batch/layers.ts";

/** Activation fused into the end of a layer. */
export type Activation = "none" | "relu" | "gelu" | "tanh" | "sigmoid";

/** An activation tensor in panel layout: rows are features, lanes are tokens of one sequence or items of the batch. */
export interface Value {
  /** Position in {@linkcode LayerPlan.values}. */
  readonly id: number;
  /** Name of the graph's value. */
  readonly name: string;
  /** Features. */
  readonly rows: number;
  /** What the lanes are: `[batch, sequence, rows]` is tokens, `[batch, rows]` is batch. */
  readonly lanes: "tokens" | "batch";
  /** The value that has these features among its own, and which of them is the first; none for a value by itself. */
  readonly within?: { readonly value: Value; readonly row: number };
}

/** One table of a sum of embeddings. */
export interface EmbeddingTerm {
  /** Initializer of shape `[entries, rows]`. */
  readonly table: string;
  /** Graph input that holds the ids, or the ids of each token of a sequence. */
  readonly ids: string | readonly number[];
}

/** Step from the attention mask input to the number added to the scores, in graph order. */
export interface MaskStep {
  /** `to` is `x op constant`, or `constant op x` where `reversed`. */
  readonly op: "add" | "subtract" | "multiply" | "divide";
  /** The other operand. */
  readonly constant: number;
  /** Whether the constant is the left operand. */
  readonly reversed: boolean;
}

/** How scores are masked: an input of shape `[batch, keys]` and what is done to it. */
export interface AttentionMask {
  /** Graph input. */
  readonly input: string;
  /** Arithmetic from the input to the additive mask. */
  readonly steps: readonly MaskStep[];
}

/** One layer; `out` is overwritten. */
export type Layer =
  | { readonly kind: "embed"; readonly out: Value; readonly terms: readonly EmbeddingTerm[] }
  | LinearLayer
  | {
    readonly kind: "layer_norm";
    readonly out: Value;
    readonly x: Value;
    readonly gamma: string;
    readonly beta: string;
    readonly epsilon: number;
  }
  | {
    readonly kind: "attention";
    readonly out: Value;
    readonly q: Value;
    readonly k: Value;
    readonly v: Value;
    readonly heads: number;
    readonly scale: number;
    readonly mask: AttentionMask | null;
  }
  | {
    readonly kind: "activate";
    readonly out: Value;
    readonly x: Value;
    readonly activation: Activation;
  }
  | { readonly kind: "select"; readonly out: Value; readonly x: Value; readonly token: number }
  | BatchOnlyLayer;

/** Whether a layer works on features of the batch, and nothing else. */
export function isBatchLayer(layer: Layer): boolean {
  return layer.out.lanes === "batch" && layer.kind !== "select";
}

/** `out = activation(W·x + bias + residual)`. */
export interface LinearLayer {
  /** Tells the layers apart. */
  readonly kind: "linear";
  /** Rows = output channels. */
  readonly out: Value;
  /** Rows = input channels. */
  readonly x: Value;
  /** Initializer of the weight. */
  readonly weight: string;
  /** Whether the initializer is `[OC, IC]` (else `[IC, OC]`). */
  readonly outputMajor: boolean;
  /** Initializer of shape `[OC]`, or none. */
  readonly bias: string | null;
  /** Added before the activation. */
  readonly residual: Value | null;
  /** Fused activation. */
  readonly activation: Activation;
}

/** Where a graph output is found once all layers ran. */
export interface OutputView {
  /** Name of the graph output. */
  readonly name: string;
  /** The value that holds it. */
  readonly value: Value;
  /** First row and number of rows; all of the value's unless the graph splits it. */
  readonly row: number;
  /** Rows of the output. */
  readonly rows: number;
  /** Shape as the graph declares it. */
  readonly shape: readonly number[];
}

/** A whole graph as layers, in an order that respects their inputs. */
export interface LayerPlan {
  /** Batch size. */
  readonly batch: number;
  /** Tokens per sequence. */
  readonly sequence: number;
  /** Every value. */
  readonly values: readonly Value[];
  /** Layers over images, which come before the others. */
  readonly images: ImagePlan;
  /** Layers in order. */
  readonly layers: readonly Layer[];
  /** Parameters that were computed from those of the graph, by names that layers give. */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Graph outputs. */
  readonly outputs: readonly OutputView[];
}
