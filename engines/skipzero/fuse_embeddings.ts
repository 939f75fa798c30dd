/**
 * Fusion of look-ups and slices: embeddings, tokens taken out of sequences, and outputs that share a layer.
 *
 * @module
 */
import type { Node } from "../../models/mod.ts";
import { embedding, type Form, number, scalarOf } from "./forms.ts";
import type { Fusion } from "./fusion.ts";

/** Rows of a table, one token of each sequence, or one row of a split. */
export function gather(fusion: Fusion, node: Node): Form | null {
  const [data, indices] = [fusion.form(node, 0), fusion.form(node, 1)];
  const axis = number(node, "axis", 0);
  if (data.kind === "constant" && axis === 0) {
    if (indices.kind === "input") return embedding(data.name, indices.name);
    if (indices.kind !== "constant") return null;
    return embedding(data.name, Array.from(indices.tensor.data, Number));
  }
  const index = indices.kind === "constant" ? scalarOf(indices) : null;
  if (index === null) return null;
  if (data.kind === "rows_first" && axis === 0) {
    return { kind: "panel", value: data.value, row: index, rows: 1 };
  }
  if (axis !== 1) return null;
  const x = fusion.panel(node.inputs[0] ?? "");
  if (x === null || x.lanes !== "tokens") return null;
  return fusion.emit(node, (out) => ({ kind: "select", out, x, token: index }));
}

/** Rows of a value as values of their own. */
export function split(fusion: Fusion, node: Node): readonly Form[] | null {
  const value = fusion.panel(node.inputs[0] ?? "");
  const axis = number(node, "axis", 0);
  const rank = fusion.shape(node.inputs[0] ?? "").length;
  if (value === null || (axis !== -1 && axis !== rank - 1)) return null;
  let row = 0;
  return node.outputs.map((name): Form => {
    const rows = fusion.shape(name).at(-1) ?? 0;
    row += rows;
    return { kind: "panel", value, row: row - rows, rows };
  });
}
