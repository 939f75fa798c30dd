/**
 * Fusion of attention: views as heads, scores with scale, mask and softmax, and their context.
 *
 * @module
 */
import type { Node } from "../../models/mod.ts";
import { type Form, maskStep, number, scalarOf } from "./forms.ts";
import type { Fusion } from "./fusion.ts";

/** Nodes that change the shape or element type of masks, inputs and tokens taken out, but no number. */
export function reinterpret(fusion: Fusion, node: Node): Form | null {
  const x = fusion.form(node, 0);
  if (x.kind === "mask") return x;
  if (node.op === "Reshape") return x.kind === "input" ? x : null;
  if (x.kind === "panel" && node.op === "Squeeze" && x.rows === 1) return x;
  return x.kind === "input" ? { kind: "mask", mask: { input: x.name, steps: [] } } : null;
}

/** Features of tokens as heads. */
export function splitHeads(fusion: Fusion, node: Node): Form | null {
  const shape = fusion.shape(node.outputs[0] ?? "");
  const value = fusion.panel(node.inputs[0] ?? "");
  if (value === null || shape.length !== 4) return null;
  const [batch, sequence, heads = 0, depth = 0] = shape;
  const splits = batch === fusion.batch && sequence === fusion.sequence &&
    heads * depth === value.rows;
  return splits ? { kind: "heads", value, heads, order: "BSAD", scale: 1 } : null;
}

/** Heads side by side again: the end of an attention layer. */
export function context(fusion: Fusion, node: Node): Form | null {
  const x = fusion.form(node, 0);
  if (x.kind !== "context") return null;
  const shape = fusion.shape(node.outputs[0] ?? "");
  const { q, k, heads, scale, mask } = x.scores;
  if (x.order !== "BSAD" || shape.length !== 3 || shape[2] !== x.v.rows) return null;
  return fusion.emit(node, (out) => ({
    kind: "attention",
    out,
    q,
    k,
    v: x.v,
    heads,
    scale,
    mask,
  }));
}

/** Scores become probabilities. */
export function softmax(fusion: Fusion, node: Node): Form | null {
  const x = fusion.form(node, 0);
  const axis = number(node, "axis", -1);
  return x.kind === "scores" && !x.normalised && (axis === -1 || axis === 3)
    ? { ...x, normalised: true }
    : null;
}

/** Arithmetic of a mask with a constant, or a factor of heads or scores. */
export function scale(fusion: Fusion, node: Node): Form | null {
  const [a, b] = [fusion.form(node, 0), fusion.form(node, 1)];
  const reversed = a.kind === "constant";
  const [x, constant] = reversed ? [b, a] : [a, b];
  if (constant.kind !== "constant") return null;
  const op = node.op === "Sub" ? "subtract" : node.op === "Mul" ? "multiply" : "divide";
  if (x.kind === "mask" || x.kind === "input") {
    const mask = x.kind === "mask" ? x.mask : { input: x.name, steps: [] };
    return maskStep(mask, op, constant, reversed);
  }
  const by = scalarOf(constant);
  const isScale = by !== null && op !== "subtract" && !(op === "divide" && reversed);
  if (!isScale || (x.kind !== "heads" && !(x.kind === "scores" && !x.normalised && !x.mask))) {
    return null;
  }
  return { ...x, scale: op === "multiply" ? x.scale * by : x.scale / by };
}
