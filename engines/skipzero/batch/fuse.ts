/**
 * Fusion of what recommendation models have: look-ups for each item, features put one behind the other, and dot products
 * of all pairs of vectors.
 *
 * The interaction is recognised by its arithmetic: features seen as vectors, multiplied with themselves transposed, of
 * which some products are kept.
 *
 * @module
 */
import type { Node } from "../../../models/mod.ts";
import { type Form, ints, number, panelOf, scalarOf } from "../forms.ts";
import type { Fusion } from "../fusion.ts";
import type { LookUpLayer, PairProductsLayer } from "./layers.ts";

/** A look-up that no layer does yet. */
export type PendingLookUp = Omit<LookUpLayer, "kind" | "out">;

/** Products that no layer computes yet. */
export type PendingPairs = Omit<PairProductsLayer, "kind" | "out">;

/** One list of ids out of an input of several, or a row of a table for each id. */
export function lookUp(fusion: Fusion, node: Node): Form | null {
  const [data, indices] = [fusion.form(node, 0), fusion.form(node, 1)];
  if (number(node, "axis", 0) !== 0) return null;
  const [name = "", ids = ""] = node.inputs;
  const lists = fusion.shape(name);
  if (data.kind === "input" && indices.kind === "constant") {
    const list = scalarOf(indices);
    const fits = list !== null && lists.length === 2 && lists[1] === fusion.batch;
    return fits ? { kind: "ids", input: data.name, list: listOf(list, lists[0]!) } : null;
  }
  if (data.kind !== "constant" || data.tensor.shape.length !== 2) return null;
  const isBatch = fusion.shape(ids).join() === `${fusion.batch}`;
  if (indices.kind === "ids" && isBatch) {
    const pending = { table: data.name, ids: indices.input, list: indices.list };
    return { kind: "look_up", pending };
  }
  return indices.kind === "input" && isBatch
    ? { kind: "look_up", pending: { table: data.name, ids: indices.name, list: 0 } }
    : null;
}

/** Negative numbers count from the end. */
function listOf(list: number, lists: number): number {
  return list < 0 ? list + lists : list;
}

/** Features of several values one behind the other: those that no layer has computed yet are written in place. */
export function concatFeatures(fusion: Fusion, node: Node): Form | null {
  const output = node.outputs[0] ?? "";
  const shape = fusion.shape(output);
  const axis = number(node, "axis", 0);
  const isFeatures = shape.length === 2 && shape[0] === fusion.batch && (axis === 1 || axis === -1);
  if (!isFeatures || !node.inputs.every((name) => fusion.isFeatures(name))) return null;
  const whole = fusion.newValue(output);
  let row = 0;
  for (const name of node.inputs) {
    fusion.emitInto(name, whole, row);
    row += fusion.shape(name)[1] ?? 0;
  }
  return panelOf(whole);
}

/** Features `[batch, vectors · size]` as vectors `[batch, vectors, size]`, and products of vectors as a list. */
export function splitVectors(fusion: Fusion, node: Node): Form | null {
  const [name = ""] = node.inputs;
  const x = fusion.form(node, 0);
  const from = fusion.shape(name);
  const [batch, vectors = 0, size = 0, ...more] = fusion.shape(node.outputs[0] ?? "");
  if (batch !== fusion.batch || more.length > 0) return null;
  if (x.kind === "products") return size === 0 ? x : null;
  // an input in one piece may be a mask on its way to all heads
  if (from.length !== 2 || size === 0 || vectors < 2 || !fusion.isFeatures(name)) return null;
  const value = fusion.panel(name);
  return value && { kind: "vectors", value, vectors, transposed: false };
}

/** Vectors the other way round. */
export function transposeVectors(fusion: Fusion, node: Node): Form | null {
  const x = fusion.form(node, 0);
  const swaps = ints(node, "perm").join() === "0,2,1";
  return x.kind === "vectors" && swaps ? { ...x, transposed: !x.transposed } : null;
}

/** Products of vectors with the same vectors. */
export function multiplyVectors(fusion: Fusion, node: Node): Form | null {
  const [a, b] = [fusion.form(node, 0), fusion.form(node, 1)];
  const fits = a.kind === "vectors" && b.kind === "vectors" && a.value === b.value &&
    a.vectors === b.vectors && !a.transposed && b.transposed;
  return fits ? { kind: "products", x: a.value, vectors: a.vectors } : null;
}

/** Some of the products of vectors. */
export function selectProducts(fusion: Fusion, node: Node): Form | null {
  const [data, indices] = [fusion.form(node, 0), fusion.form(node, 1)];
  const [batch, , ...more] = fusion.shape(node.inputs[0] ?? "");
  const axis = number(node, "axis", 0);
  const fits = data.kind === "products" && indices.kind === "constant" && more.length === 0 &&
    batch === fusion.batch && (axis === 1 || axis === -1);
  if (!fits) return null;
  const { x, vectors } = data;
  const pairs = Array.from(indices.tensor.data, Number).map((index): readonly [number, number] => {
    const at = listOf(index, vectors * vectors);
    return [Math.floor(at / vectors), at % vectors];
  });
  return { kind: "pair_products", pending: { x, vectors, pairs } };
}
