import { assertEquals, assertThrows } from "@std/assert";
import { float32 } from "../../../core/mod.ts";
import { createGraphBuilder, type Graph, int, ints } from "../../../models/mod.ts";
import { planLayers } from "../fuse.ts";
import type { Layer } from "../layers.ts";
import type { PairProductsLayer } from "./layers.ts";
import { SMALL_DLRM, smallDlrm } from "./test_network.ts";

const { layers, outputs } = planLayers(smallDlrm(6));

function isPairs(layer: Layer): layer is PairProductsLayer {
  return layer.kind === "pair_products";
}

Deno.test("planLayers() makes few layers of a recommendation model", () => {
  assertEquals(layers.map(({ kind }) => kind), [
    ...["read", "linear", "linear"],
    ...["copy", ...SMALL_DLRM.tableRows.map(() => "look_up")],
    ...["copy", "pair_products"],
    ...["linear", "linear", "linear"],
  ]);
  assertEquals(outputs.map(({ name, rows }) => [name, rows]), [["probabilities", 1]]);
});

Deno.test("planLayers() puts vectors behind each other without copying look-ups and products", () => {
  const parts = layers.filter(({ out }) => out.within);
  assertEquals(parts.map(({ kind, out }) => `${kind} ${out.rows} at ${out.within?.row}`), [
    "copy 16 at 0",
    ...SMALL_DLRM.tableRows.map((_, i) => `look_up 16 at ${16 * (i + 1)}`),
    "copy 16 at 0",
    "pair_products 15 at 16",
  ]);
});

Deno.test("planLayers() knows which list of ids belongs to which table", () => {
  const lists = layers.flatMap((layer) => layer.kind === "look_up" ? [layer] : []);
  assertEquals(lists.map(({ table, ids, list }) => [table, ids, list]), [
    ["emb_l.0.weight", "indices", 0],
    ["emb_l.1.weight", "indices", 1],
    ["emb_l.2.weight", "indices", 2],
    ["emb_l.3.weight", "indices", 3],
    ["emb_l.4.weight", "indices", 4],
  ]);
});

Deno.test("planLayers() finds the pairs of an interaction in the order of the graph", () => {
  const { vectors, pairs } = layers.find(isPairs)!;
  assertEquals(vectors, 6);
  assertEquals(pairs.slice(0, 4), [[1, 0], [2, 0], [2, 1], [3, 0]]);
  assertEquals(pairs.length, 15);
});

Deno.test("planLayers() ends the last layer with the sigmoid", () => {
  const last = layers.at(-1);
  assertEquals(last?.kind === "linear" && [last.activation, last.weight], [
    "sigmoid",
    "top_l.4.weight",
  ]);
});

/** `x [2, 12]` as 3 vectors of 4, multiplied with themselves; `wanted` products of the 9. */
function interaction(wanted: readonly number[]): Graph {
  const builder = createGraphBuilder("interaction");
  const x = builder.input("x", "float32", [2, 12]);
  const rows = builder.node("Reshape", "a", [x, builder.integers([2, 3, 4])]);
  const cols = builder.node("Transpose", "b", [rows], { perm: ints(0, 2, 1) });
  const products = builder.node("MatMul", "c", [rows, cols]);
  const flat = builder.node("Reshape", "d", [products, builder.integers([2, 9])]);
  const some = builder.node("Gather", "e", [flat, builder.integers(wanted)], { axis: int(1) });
  builder.output(some, "y");
  return builder.build();
}

Deno.test("planLayers() takes any selection of products, counted from either end", () => {
  const plan = planLayers(interaction([8, 1, -6]));
  assertEquals(plan.layers.map(({ kind }) => kind), ["read", "pair_products"]);
  assertEquals(plan.layers.find(isPairs)?.pairs, [[2, 2], [0, 1], [1, 0]]);
});

Deno.test("planLayers() refuses vectors that are not multiplied with themselves", () => {
  const builder = createGraphBuilder("other");
  const x = builder.input("x", "float32", [2, 16]);
  const y = builder.input("y", "float32", [2, 16]);
  const shape = builder.integers([2, 4, 4]);
  const rows = builder.node("Reshape", "a", [x, shape]);
  const cols = builder.node("Reshape", "b", [y, shape]);
  const turned = builder.node("Transpose", "c", [cols], { perm: ints(0, 2, 1) });
  builder.output(builder.node("MatMul", "d", [rows, turned]), "z");
  assertThrows(() => planLayers(builder.build()), RangeError, 'node "d": MatMul(vectors');
});

Deno.test("planLayers() concatenates features only", () => {
  const builder = createGraphBuilder("tokens");
  const x = builder.input("x", "float32", [2, 3]);
  const c = builder.constant("c", float32([2, 3], new Float32Array(6)));
  builder.output(builder.node("Concat", "cat", [x, c], { axis: int(1) }), "y");
  assertThrows(() => planLayers(builder.build()), RangeError, '"cat"');
});
