/**
 * Forms: what the fusion knows of a value of the graph, before any layer is emitted for it.
 *
 * @module
 */
import { sizeOf, type Tensor } from "../../core/mod.ts";
import type { Node } from "../../models/mod.ts";
import type { PendingConvolution, PendingPool } from "./images/fuse.ts";
import type { PendingRows, PendingStrips, Turned } from "./images/fuse_strips.ts";
import type { ImageValue } from "./images/layers.ts";
import type { PendingLookUp, PendingPairs } from "./batch/fuse.ts";
import type { AttentionMask, EmbeddingTerm, LinearLayer, MaskStep, Value } from "./layers.ts";

/** A matrix product that may still take a bias, a residual and an activation. */
export type PendingLinear = Omit<LinearLayer, "kind" | "out">;

/** The axes B(atch) S(equence) A(ttention head) D(epth) in the order of a 4-D view. */
export type HeadOrder = string;

/** What is known of a value of the graph. */
export type Form =
  | { readonly kind: "constant"; readonly name: string; readonly tensor: Tensor }
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "weight"; readonly name: string; readonly outputMajor: boolean }
  | { readonly kind: "mask"; readonly mask: AttentionMask }
  | { readonly kind: "embedding"; readonly terms: readonly EmbeddingTerm[] }
  | { readonly kind: "linear"; readonly pending: PendingLinear }
  | { readonly kind: "panel"; readonly value: Value; readonly row: number; readonly rows: number }
  | { readonly kind: "rows_first"; readonly value: Value }
  | { readonly kind: "convolution"; readonly pending: PendingConvolution }
  | { readonly kind: "pool"; readonly pending: PendingPool }
  | { readonly kind: "image"; readonly value: ImageValue }
  | PendingStrips
  | PendingRows
  | Turned
  | {
    readonly kind: "global_pool";
    readonly x: ImageValue;
    readonly pooling: "max" | "average";
  }
  | { readonly kind: "ids"; readonly input: string; readonly list: number }
  | { readonly kind: "look_up"; readonly pending: PendingLookUp }
  | {
    readonly kind: "vectors";
    readonly value: Value;
    readonly vectors: number;
    readonly transposed: boolean;
  }
  | { readonly kind: "products"; readonly x: Value; readonly vectors: number }
  | { readonly kind: "pair_products"; readonly pending: PendingPairs }
  | {
    readonly kind: "heads";
    readonly value: Value;
    readonly heads: number;
    readonly order: HeadOrder;
    readonly scale: number;
  }
  | Scores
  | {
    readonly kind: "context";
    readonly scores: Scores;
    readonly v: Value;
    readonly order: HeadOrder;
  };

/** Attention scores on their way to the context. */
export interface Scores {
  readonly kind: "scores";
  readonly q: Value;
  readonly k: Value;
  readonly heads: number;
  readonly scale: number;
  readonly mask: AttentionMask | null;
  readonly normalised: boolean;
}

/** All rows of a value. */
export function panelOf(value: Value): Form {
  return { kind: "panel", value, row: 0, rows: value.rows };
}

/** A look-up in one table. */
export function embedding(table: string, ids: string | readonly number[]): Form {
  return { kind: "embedding", terms: [{ table, ids }] };
}

/** A pending product with its bias. */
export function withBias(pending: PendingLinear, bias: string): Form {
  return { kind: "linear", pending: { ...pending, bias } };
}

/** A constant matrix as a weight, or `null`. */
export function weightOf(form: Form): { name: string; outputMajor: boolean } | null {
  if (form.kind === "weight") return form;
  const isMatrix = form.kind === "constant" && form.tensor.shape.length === 2;
  return isMatrix ? { name: form.name, outputMajor: false } : null;
}

/** The scores of two views as heads, or `null` if their axes do not meet. */
export function scoresOf(
  q: Extract<Form, { kind: "heads" }>,
  k: Extract<Form, { kind: "heads" }>,
): Form | null {
  if (q.order !== "BASD" || k.order !== "BADS" || q.heads !== k.heads) return null;
  return {
    kind: "scores",
    q: q.value,
    k: k.value,
    heads: q.heads,
    scale: q.scale * k.scale,
    mask: null,
    normalised: false,
  };
}

/** A mask after one more operation with a constant, or `null` if that is no scalar. */
export function maskStep(
  mask: AttentionMask,
  op: MaskStep["op"],
  by: Extract<Form, { kind: "constant" }>,
  reversed: boolean,
): Form | null {
  const constant = scalarOf(by);
  if (constant === null) return null;
  return { kind: "mask", mask: { ...mask, steps: [...mask.steps, { op, constant, reversed }] } };
}

/** The value of a constant with one element, else `null`. */
export function scalarOf(form: Extract<Form, { kind: "constant" }>): number | null {
  return sizeOf(form.tensor.shape) === 1 ? Number(form.tensor.data[0]) : null;
}

/** An attribute of integers; `[]` if absent. */
export function ints(node: Node, name: string): readonly number[] {
  const attribute = node.attributes[name];
  return attribute?.type === "ints" ? attribute.value : [];
}

/** A numeric attribute, or `fallback` if absent. */
export function number(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes[name];
  return attribute?.type === "int" || attribute?.type === "float" ? attribute.value : fallback;
}

/** A string attribute, or `fallback` if absent. */
export function text(node: Node, name: string, fallback: string): string {
  const attribute = node.attributes[name];
  return attribute?.type === "string" ? attribute.value : fallback;
}
