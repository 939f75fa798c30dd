/**
 * Fusion of linear layers: matrix products with bias, residual and activation, and normalisations.
 *
 * @module
 */
import { float32 } from "../../core/mod.ts";
import { foldBatchNormalization } from "../../kernels/mod.ts";
import type { Node } from "../../models/mod.ts";
import { type Form, ints, maskStep, number, scoresOf, text, weightOf, withBias } from "./forms.ts";
import type { Fusion } from "./fusion.ts";
import type { Activation } from "./layers.ts";

/** A weight stored the other way round, heads in another order, or tokens in front of the batch. */
export function transpose(fusion: Fusion, node: Node): Form | null {
  const x = fusion.form(node, 0);
  const perm = ints(node, "perm");
  if (x.kind === "constant" && x.tensor.shape.length === 2) {
    return { kind: "weight", name: x.name, outputMajor: true };
  }
  if ((x.kind === "heads" || x.kind === "context") && perm.length === 4) {
    return { ...x, order: perm.map((axis) => x.order[axis]).join("") };
  }
  const value = perm.join() === "2,0,1" ? fusion.panel(node.inputs[0] ?? "") : null;
  return value === null ? null : { kind: "rows_first", value };
}

/** A product with a weight, of queries and keys, or of scores and values. */
export function matMul(fusion: Fusion, node: Node): Form | null {
  const [a, b] = [fusion.form(node, 0), fusion.form(node, 1)];
  if (a.kind === "heads" && b.kind === "heads") return scoresOf(a, b);
  if (a.kind === "scores" && b.kind === "heads" && a.normalised && b.order === "BASD") {
    return b.scale === 1 ? { kind: "context", scores: a, v: b.value, order: "BASD" } : null;
  }
  const weight = weightOf(b);
  return weight === null ? null : linear(fusion, node, weight);
}

function linear(
  fusion: Fusion,
  node: Node,
  weight: { name: string; outputMajor: boolean },
): Form | null {
  const x = fusion.panel(node.inputs[0] ?? "");
  if (x === null) return null;
  return {
    kind: "linear",
    pending: {
      x,
      weight: weight.name,
      outputMajor: weight.outputMajor,
      bias: null,
      residual: null,
      activation: "none",
    },
  };
}

/** A product with a weight and its bias. */
export function gemm(fusion: Fusion, node: Node): Form | null {
  const b = fusion.form(node, 1);
  const plain = number(node, "alpha", 1) === 1 && number(node, "beta", 1) === 1 &&
    number(node, "transA", 0) === 0;
  if (!plain || b.kind !== "constant") return null;
  const weight = { name: b.name, outputMajor: number(node, "transB", 0) === 1 };
  const product = linear(fusion, node, weight);
  if (product?.kind !== "linear" || (node.inputs[2] ?? "") === "") return product;
  const bias = fusion.form(node, 2);
  return bias.kind === "constant" ? withBias(product.pending, bias.name) : null;
}

/** A bias, a residual, a mask, or one more table of an embedding. */
export function add(fusion: Fusion, node: Node): Form | null {
  for (const [at, other] of [[0, 1], [1, 0]] as const) {
    const fused = addTo(fusion, node, at, other);
    if (fused !== null) return fused;
  }
  return null;
}

function addTo(fusion: Fusion, node: Node, at: number, other: number): Form | null {
  const [a, b] = [fusion.form(node, at), fusion.form(node, other)];
  const name = node.inputs[at] ?? "";
  if (a.kind === "mask" && b.kind === "constant") return maskStep(a.mask, "add", b, false);
  if (a.kind === "scores" && b.kind === "mask" && a.mask === null && !a.normalised) {
    return { ...a, mask: b.mask };
  }
  if (a.kind === "embedding" && b.kind === "embedding") {
    return { kind: "embedding", terms: [...a.terms, ...b.terms] };
  }
  if (a.kind !== "linear" || !fusion.isUsedOnce(name) || a.pending.activation !== "none") {
    return null;
  }
  if (b.kind === "constant") {
    return a.pending.bias === null && a.pending.residual === null && b.tensor.shape.length === 1
      ? withBias(a.pending, b.name)
      : null;
  }
  if (a.pending.residual !== null) return null;
  const residual = fusion.panel(node.inputs[other] ?? "");
  return residual === null ? null : { kind: "linear", pending: { ...a.pending, residual } };
}

/** The activation of an operator that is one. */
const ACTIVATIONS: Readonly<Partial<Record<Node["op"], Activation>>> = {
  Gelu: "gelu",
  Relu: "relu",
  Sigmoid: "sigmoid",
  Tanh: "tanh",
};

/** An activation: the end of a linear layer, or a layer of its own. */
export function activate(fusion: Fusion, node: Node): Form | null {
  const x = fusion.form(node, 0);
  const activation = ACTIVATIONS[node.op];
  if (activation === undefined || text(node, "approximate", "none") !== "none") return null;
  if (
    x.kind === "linear" && x.pending.activation === "none" && x.pending.residual === null &&
    fusion.isUsedOnce(node.inputs[0] ?? "")
  ) {
    return { kind: "linear", pending: { ...x.pending, activation } };
  }
  const panel = fusion.panel(node.inputs[0] ?? "");
  return panel === null
    ? null
    : fusion.emit(node, (out) => ({ kind: "activate", out, x: panel, activation }));
}

/** A batch normalisation of a linear layer's outputs: factors of its weights, and another bias. */
export function normaliseFeatures(fusion: Fusion, node: Node): Form | null {
  const form = fusion.form(node, 0);
  const isOpen = form.kind === "linear" && fusion.isUsedOnce(node.inputs[0] ?? "") &&
    form.pending.residual === null && form.pending.activation === "none";
  if (!isOpen) return null;
  const { pending } = form;
  const read = (name: string | null | undefined): Float32Array | null =>
    name ? fusion.floats(name) : null;
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => read(node.inputs[i]));
  const weights = fusion.isUsedOnce(pending.weight) ? fusion.floats(pending.weight) : null;
  if (!scale || !bias || !mean || !variance || !weights) return null;
  const epsilon = number(node, "epsilon", 1e-5);
  const ones = new Float32Array(scale.length).fill(1);
  const each = { scale, bias, mean, variance, epsilon };
  const { values: factors, bias: folded } = foldBatchNormalization(ones, read(pending.bias), each);
  const cols = weights.length / scale.length;
  const outputOf = (i: number): number =>
    pending.outputMajor ? Math.floor(i / cols) : i % scale.length;
  const shape = pending.outputMajor ? [scale.length, cols] : [cols, scale.length];
  const scaled = weights.map((weight, i) => weight * factors[outputOf(i)]!);
  return {
    kind: "linear",
    pending: {
      ...pending,
      weight: fusion.constant(pending.weight, float32(shape, new Float32Array(scaled))),
      bias: fusion.constant(`${node.name}/bias`, float32([scale.length], folded)),
    },
  };
}

/** A normalisation over features. */
export function layerNorm(fusion: Fusion, node: Node): Form | null {
  const [gamma, beta] = [fusion.form(node, 1), fusion.form(node, 2)];
  const x = fusion.panel(node.inputs[0] ?? "");
  const axis = number(node, "axis", -1);
  if (x === null || gamma.kind !== "constant" || beta.kind !== "constant") return null;
  if (axis !== -1 && axis !== fusion.shape(node.inputs[0] ?? "").length - 1) return null;
  return fusion.emit(node, (out) => ({
    kind: "layer_norm",
    out,
    x,
    gamma: gamma.name,
    beta: beta.name,
    epsilon: number(node, "epsilon", 1e-5),
  }));
}
