/**
 * Fusion of what detectors do with their maps: cells of all maps side by side, arithmetic between rows, softmax, and outputs
 * whose rows and cells change places.
 *
 * @module
 */
import { sizeOf, type Tensor } from "../../../core/mod.ts";
import type { RowExpression } from "../../../kernels/mod.ts";
import type { Node } from "../../../models/mod.ts";
import { type Form, ints, number, scalarOf } from "../forms.ts";
import type { Fusion } from "../fusion.ts";
import type { ImageValue, StripPart, StripValue } from "./layers.ts";

/** Maps side by side, before anything is copied: `[batch, rows, length]`. */
export interface PendingStrips {
  /** Tells the forms apart. */
  readonly kind: "strips";
  /** The maps. */
  readonly parts: readonly StripPart[];
  /** Rows. */
  readonly rows: number;
  /** Lanes of a row. */
  readonly length: number;
}

/** Rows of lanes that are yet to be computed: `[batch, ...dims, length]`. */
export interface PendingRows {
  /** Tells the forms apart. */
  readonly kind: "rows";
  /** What expressions read; `null` if they read constants only. */
  readonly x: StripValue;
  /** Sizes of the axes between batch and lanes; their product is the number of rows. */
  readonly dims: readonly number[];
  /** One for each row. */
  readonly rows: readonly RowExpression[];
}

/** Rows and lanes changed places: `[batch, length, rows]`. */
export interface Turned {
  /** Tells the forms apart. */
  readonly kind: "turned";
  /** What was turned. */
  readonly of: PendingStrips | PendingRows;
  /** Whether each item's rows become probabilities. */
  readonly softmax: boolean;
}

/** A map as rows of cells, or rows in other groups. */
export function reshapeMaps(fusion: Fusion, node: Node): Form | null {
  const name = node.inputs[0] ?? "";
  const [, ...shape] = fusion.shape(node.outputs[0] ?? "");
  const form = fusion.known(name);
  if (form?.kind === "rows" || form?.kind === "strips") {
    const dims = shape.slice(0, -1);
    const rows = form.kind === "rows" ? form.rows.length : form.rows;
    const length = form.kind === "rows" ? form.x.length : form.length;
    if (shape.at(-1) !== length || sizeOf(dims) !== rows) return null;
    const pending = rowsOf(fusion, name);
    return pending && { ...pending, dims };
  }
  const [rows = 0, length = 0] = shape;
  const [batch, channels = 0] = fusion.shape(name);
  if (shape.length !== 2 || fusion.shape(name).length !== 4 || batch !== fusion.batch) return null;
  if (channels % rows !== 0) return null;
  const x: ImageValue | null = fusion.image(name);
  return x && { kind: "strips", parts: [{ x, at: 0 }], rows, length };
}

/** Maps behind each other, or more rows. */
export function joinMaps(fusion: Fusion, node: Node): Form | null {
  const forms = node.inputs.map((name) => fusion.known(name));
  const axis = number(node, "axis", 0);
  const strips = forms.flatMap((form) => form?.kind === "strips" ? [form] : []);
  const rank = fusion.shape(node.outputs[0] ?? "").length;
  if (strips.length === forms.length && (axis === 2 || axis === -1) && rank === 3) {
    let length = 0;
    const parts = strips.flatMap((form) => {
      const moved = form.parts.map(({ x, at }) => ({ x, at: at + length }));
      length += form.length;
      return moved;
    });
    return { kind: "strips", parts, rows: strips[0]!.rows, length };
  }
  const rows = forms.flatMap((form) => form?.kind === "rows" ? [form] : []);
  const [first] = rows;
  if (axis !== 1 || !first || rows.length !== forms.length) return null;
  if (!rows.every(({ x, dims }) => x === first.x && dims.length === 1)) return null;
  const all = rows.flatMap((form) => form.rows);
  return { kind: "rows", x: first.x, dims: [all.length], rows: all };
}

/** One of the groups of rows. */
export function pickRows(fusion: Fusion, node: Node): Form | null {
  const [form, indices] = [fusion.form(node, 0), fusion.form(node, 1)];
  const index = indices.kind === "constant" ? scalarOf(indices) : null;
  if (form.kind !== "rows" || index === null || number(node, "axis", 0) !== 1) return null;
  const [groups = 1, ...dims] = form.dims;
  const size = form.rows.length / groups;
  const at = index < 0 ? index + groups : index;
  return { ...form, dims, rows: form.rows.slice(at * size, (at + 1) * size) };
}

const OPERATORS = { Add: "add", Sub: "subtract", Mul: "multiply", Div: "divide" } as const;

/** Arithmetic between rows, or of rows and constants. */
export function combineRows(fusion: Fusion, node: Node): Form | null {
  const op = node.op in OPERATORS ? OPERATORS[node.op as keyof typeof OPERATORS] : null;
  const forms = [fusion.form(node, 0), fusion.form(node, 1)];
  const like = forms.find((form) => form.kind === "rows");
  if (like?.kind !== "rows" || op === null) return null;
  const operands = forms.map((form) => operandOf(fusion, form, like));
  const [a, b] = operands;
  if (!a || !b) return null;
  return { ...like, rows: like.rows.map((_, i): RowExpression => ({ op, a: a[i]!, b: b[i]! })) };
}

/** An operand as one expression for each row. */
function operandOf(fusion: Fusion, form: Form, like: PendingRows): readonly RowExpression[] | null {
  if (form.kind === "rows") {
    return form.x === like.x && form.dims.join() === like.dims.join() ? form.rows : null;
  }
  if (form.kind !== "constant" || form.tensor.dtype !== "float32") return null;
  const value = scalarOf(form);
  if (value !== null) return like.rows.map(() => ({ op: "number", value }));
  return constantRows(fusion, form.tensor, like);
}

/** A constant of the same rows for every item. */
function constantRows(
  fusion: Fusion,
  { shape, data }: Extract<Tensor, { dtype: "float32" }>,
  like: PendingRows,
): readonly RowExpression[] | null {
  const { length } = like.x;
  const wanted = [1, ...like.dims, length].join();
  if (shape.join() !== wanted && [1, ...shape].join() !== wanted) return null;
  return like.rows.map((_, i) => ({
    op: "constants",
    row: fusion.constantRow(data.subarray(i * length, (i + 1) * length)),
  }));
}

/** An exponential. */
export function exponentiate(fusion: Fusion, node: Node): Form | null {
  const form = fusion.form(node, 0);
  if (form.kind !== "rows") return null;
  return { ...form, rows: form.rows.map((a): RowExpression => ({ op: "exp", a })) };
}

/** Rows and lanes change places. */
export function turnRows(fusion: Fusion, node: Node): Form | null {
  const form = fusion.form(node, 0);
  const isFlat = form.kind === "strips" || (form.kind === "rows" && form.dims.length === 1);
  if (!isFlat || ints(node, "perm").join() !== "0,2,1") return null;
  return { kind: "turned", of: form, softmax: false };
}

/** Probabilities over the rows of each item. */
export function softmaxItems(fusion: Fusion, node: Node): Form | null {
  const form = fusion.form(node, 0);
  const axis = number(node, "axis", -1);
  if (form.kind !== "turned" || form.softmax || (axis !== -1 && axis !== 2)) return null;
  return { ...form, softmax: true };
}

/** The rows of strips, which are copied side by side now. */
function rowsOf(fusion: Fusion, name: string): PendingRows | null {
  const form = fusion.known(name);
  if (form?.kind === "rows") return form;
  if (form?.kind !== "strips") return null;
  const x = fusion.strips(name, form);
  const rows = Array.from({ length: x.rows }, (_, row): RowExpression => ({ op: "x", row }));
  const pending: PendingRows = { kind: "rows", x, dims: [x.rows], rows };
  fusion.know(name, pending);
  return pending;
}
