/**
 * Fusion: from an ONNX graph to {@linkcode LayerPlan}.
 *
 * The graph is interpreted once, symbolically: every value has a *form* that says what is known of it (a pending matrix
 * product, a view as heads, scores that wait for their softmax, ...). A node either extends the form of its input, which
 * fuses it, or commits the input to a panel. Nothing is matched by name, so graphs of other exporters fuse as well.
 *
 * @module
 */
import { type Graph, inferShapes, type Node, type ValueInfo } from "../../models/mod.ts";
import {
  embedding,
  type Form,
  ints,
  maskStep,
  number,
  panelOf,
  scalarOf,
  scoresOf,
  text,
  weightOf,
  withBias,
} from "./forms.ts";
import type { Activation, Layer, LayerPlan, OutputView, Value } from "./layers.ts";

/**
 * Plans the layers of a graph.
 *
 * @throws {RangeError} If a node does not fit any layer; names the node and what its inputs were.
 */
export function planLayers(graph: Graph): LayerPlan {
  return new Fusion(graph).plan();
}

class Fusion {
  readonly #graph: Graph;
  readonly #shapes: ReadonlyMap<string, ValueInfo>;
  readonly #uses = new Map<string, number>();
  readonly #forms = new Map<string, Form>();
  readonly #values: Value[] = [];
  readonly #layers: Layer[] = [];
  readonly #batch: number;
  readonly #sequence: number;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#shapes = inferShapes(graph);
    [this.#batch, this.#sequence] = batchAndSequence(graph);
    for (const { inputs } of graph.nodes) for (const name of inputs) this.#use(name);
    for (const { name } of graph.outputs) this.#use(name);
    for (const { name } of graph.inputs) this.#forms.set(name, { kind: "input", name });
    for (const [name, tensor] of graph.initializers) {
      this.#forms.set(name, { kind: "constant", name, tensor });
    }
  }

  plan(): LayerPlan {
    for (const node of this.#graph.nodes) this.#lower(node);
    const outputs = this.#graph.outputs.map(({ name, shape }) => this.#output(name, shape));
    return {
      batch: this.#batch,
      sequence: this.#sequence,
      values: this.#values,
      layers: this.#layers,
      outputs,
    };
  }

  #use(name: string): void {
    this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
  }

  #lower(node: Node): void {
    if (node.op === "Split") return this.#split(node);
    const form = this.#formOf(node);
    if (form === null) throw this.#unfit(node);
    this.#forms.set(node.outputs[0] ?? "", form);
  }

  #formOf(node: Node): Form | null {
    switch (node.op) {
      case "Transpose":
        return this.#transpose(node);
      case "MatMul":
        return this.#matMul(node);
      case "Gemm":
        return this.#gemm(node);
      case "Add":
        return this.#add(node);
      case "Sub":
      case "Mul":
      case "Div":
        return this.#scale(node);
      case "Cast":
      case "Unsqueeze":
      case "Squeeze":
        return this.#reinterpret(node);
      case "Reshape":
        return this.#reshape(node);
      case "Softmax":
        return this.#softmax(node);
      case "Gather":
        return this.#gather(node);
      case "LayerNormalization":
        return this.#layerNorm(node);
      case "Gelu":
        return this.#activate(node, "gelu");
      case "Relu":
        return this.#activate(node, "relu");
      case "Tanh":
        return this.#activate(node, "tanh");
      default:
        return null;
    }
  }

  // Reading forms

  #form(node: Node, index: number): Form {
    const name = node.inputs[index] ?? "";
    const form = this.#forms.get(name);
    if (form === undefined) {
      throw new RangeError(
        `Cannot compile node "${node.name}": input "${name}" is unknown, expected a value computed before it`,
      );
    }
    return form;
  }

  #shape(name: string): readonly number[] {
    return this.#shapes.get(name)?.shape ?? [];
  }

  #unfit(node: Node): RangeError {
    const found = node.inputs.map((name) =>
      `${this.#forms.get(name)?.kind ?? "nothing"} [${this.#shape(name)}]`
    );
    return new RangeError(
      `Cannot compile node "${node.name}": ${node.op}(${
        found.join(", ")
      }) fits no layer of the skipzero engine, ` +
        `expected linear, attention, normalisation, embedding and activation layers`,
    );
  }

  #isUsedOnce(name: string): boolean {
    return this.#uses.get(name) === 1;
  }

  /** The value of an input as a panel, emitting the layer that was pending. */
  #panel(name: string): Value | null {
    const form = this.#forms.get(name);
    if (form?.kind === "panel") return form.rows === form.value.rows ? form.value : null;
    let out: Value;
    if (form?.kind === "linear") {
      out = this.#newValue(name);
      this.#layers.push({ kind: "linear", out, ...form.pending });
    } else if (form?.kind === "embedding") {
      out = this.#newValue(name);
      this.#layers.push({ kind: "embed", out, terms: form.terms });
    } else return null;
    this.#forms.set(name, panelOf(out));
    return out;
  }

  #newValue(name: string): Value {
    const shape = this.#shape(name);
    const [batch, sequence] = [this.#batch, this.#sequence];
    const rows = shape.at(-1) ?? 0;
    const isTokens = shape.length === 3 && shape[0] === batch && shape[1] === sequence;
    const isBatch = shape.length === 2 && shape[0] === batch;
    if (!isTokens && !isBatch) {
      throw new RangeError(
        `Cannot compile value "${name}": its shape is [${shape}], expected [${batch}, ${sequence}, features] or [${batch}, features]`,
      );
    }
    const value: Value = {
      id: this.#values.length,
      name,
      rows,
      lanes: isTokens ? "tokens" : "batch",
    };
    this.#values.push(value);
    return value;
  }

  #emit(node: Node, layer: (out: Value) => Layer): Form {
    const out = this.#newValue(node.outputs[0] ?? "");
    this.#layers.push(layer(out));
    return panelOf(out);
  }

  // Linear layers

  #transpose(node: Node): Form | null {
    const x = this.#form(node, 0);
    const perm = ints(node, "perm");
    if (x.kind === "constant" && x.tensor.shape.length === 2) {
      return { kind: "weight", name: x.name, outputMajor: true };
    }
    if ((x.kind === "heads" || x.kind === "context") && perm.length === 4) {
      return { ...x, order: perm.map((axis) => x.order[axis]).join("") };
    }
    const value = perm.join() === "2,0,1" ? this.#panel(node.inputs[0] ?? "") : null;
    return value === null ? null : { kind: "rows_first", value };
  }

  #matMul(node: Node): Form | null {
    const [a, b] = [this.#form(node, 0), this.#form(node, 1)];
    if (a.kind === "heads" && b.kind === "heads") return scoresOf(a, b);
    if (a.kind === "scores" && b.kind === "heads" && a.normalised && b.order === "BASD") {
      return b.scale === 1 ? { kind: "context", scores: a, v: b.value, order: "BASD" } : null;
    }
    const weight = weightOf(b);
    return weight === null ? null : this.#linear(node, weight);
  }

  #linear(node: Node, weight: { name: string; outputMajor: boolean }): Form | null {
    const x = this.#panel(node.inputs[0] ?? "");
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

  #gemm(node: Node): Form | null {
    const b = this.#form(node, 1);
    const plain = number(node, "alpha", 1) === 1 && number(node, "beta", 1) === 1 &&
      number(node, "transA", 0) === 0;
    if (!plain || b.kind !== "constant") return null;
    const linear = this.#linear(node, {
      name: b.name,
      outputMajor: number(node, "transB", 0) === 1,
    });
    if (linear?.kind !== "linear" || (node.inputs[2] ?? "") === "") return linear;
    const bias = this.#form(node, 2);
    return bias.kind === "constant" ? withBias(linear.pending, bias.name) : null;
  }

  #add(node: Node): Form | null {
    for (const [at, other] of [[0, 1], [1, 0]] as const) {
      const fused = this.#addTo(node, at, other);
      if (fused !== null) return fused;
    }
    return null;
  }

  #addTo(node: Node, at: number, other: number): Form | null {
    const [a, b] = [this.#form(node, at), this.#form(node, other)];
    const name = node.inputs[at] ?? "";
    if (a.kind === "mask" && b.kind === "constant") return maskStep(a.mask, "add", b, false);
    if (a.kind === "scores" && b.kind === "mask" && a.mask === null && !a.normalised) {
      return { ...a, mask: b.mask };
    }
    if (a.kind === "embedding" && b.kind === "embedding") {
      return { kind: "embedding", terms: [...a.terms, ...b.terms] };
    }
    if (a.kind !== "linear" || !this.#isUsedOnce(name) || a.pending.activation !== "none") {
      return null;
    }
    if (b.kind === "constant") {
      return a.pending.bias === null && a.pending.residual === null && b.tensor.shape.length === 1
        ? withBias(a.pending, b.name)
        : null;
    }
    if (a.pending.residual !== null) return null;
    const residual = this.#panel(node.inputs[other] ?? "");
    return residual === null ? null : { kind: "linear", pending: { ...a.pending, residual } };
  }

  #activate(node: Node, activation: Activation): Form | null {
    const x = this.#form(node, 0);
    if (activation === "gelu" && text(node, "approximate", "none") !== "none") return null;
    if (
      x.kind === "linear" && x.pending.activation === "none" && x.pending.residual === null &&
      this.#isUsedOnce(node.inputs[0] ?? "")
    ) {
      return { kind: "linear", pending: { ...x.pending, activation } };
    }
    const panel = this.#panel(node.inputs[0] ?? "");
    return panel === null
      ? null
      : this.#emit(node, (out) => ({ kind: "activate", out, x: panel, activation }));
  }

  #layerNorm(node: Node): Form | null {
    const [gamma, beta] = [this.#form(node, 1), this.#form(node, 2)];
    const x = this.#panel(node.inputs[0] ?? "");
    const axis = number(node, "axis", -1);
    if (x === null || gamma.kind !== "constant" || beta.kind !== "constant") return null;
    if (axis !== -1 && axis !== this.#shape(node.inputs[0] ?? "").length - 1) return null;
    return this.#emit(node, (out) => ({
      kind: "layer_norm",
      out,
      x,
      gamma: gamma.name,
      beta: beta.name,
      epsilon: number(node, "epsilon", 1e-5),
    }));
  }

  // Attention

  #reshape(node: Node): Form | null {
    const x = this.#form(node, 0);
    const shape = this.#shape(node.outputs[0] ?? "");
    if (x.kind === "mask" || x.kind === "input") return x;
    if (x.kind === "context") return this.#attention(node, x, shape);
    const value = this.#panel(node.inputs[0] ?? "");
    if (value === null || shape.length !== 4) return null;
    const [batch, sequence, heads = 0, depth = 0] = shape;
    const splits = batch === this.#batch && sequence === this.#sequence &&
      heads * depth === value.rows;
    return splits ? { kind: "heads", value, heads, order: "BSAD", scale: 1 } : null;
  }

  #attention(
    node: Node,
    context: Extract<Form, { kind: "context" }>,
    shape: readonly number[],
  ): Form | null {
    const { q, k, heads, scale, mask } = context.scores;
    if (context.order !== "BSAD" || shape.length !== 3 || shape[2] !== context.v.rows) return null;
    return this.#emit(node, (out) => ({
      kind: "attention",
      out,
      q,
      k,
      v: context.v,
      heads,
      scale,
      mask,
    }));
  }

  #softmax(node: Node): Form | null {
    const x = this.#form(node, 0);
    const axis = number(node, "axis", -1);
    return x.kind === "scores" && !x.normalised && (axis === -1 || axis === 3)
      ? { ...x, normalised: true }
      : null;
  }

  #scale(node: Node): Form | null {
    const [a, b] = [this.#form(node, 0), this.#form(node, 1)];
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

  /** Nodes that change shape or element type but no number. */
  #reinterpret(node: Node): Form | null {
    const x = this.#form(node, 0);
    if (x.kind === "mask") return x;
    if (x.kind === "panel" && node.op === "Squeeze" && x.rows === 1) return x;
    return x.kind === "input" ? { kind: "mask", mask: { input: x.name, steps: [] } } : null;
  }

  // Embeddings and slices

  #gather(node: Node): Form | null {
    const [data, indices] = [this.#form(node, 0), this.#form(node, 1)];
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
    const x = this.#panel(node.inputs[0] ?? "");
    if (x === null || x.lanes !== "tokens" || axis !== 1) return null;
    return this.#emit(node, (out) => ({ kind: "select", out, x, token: index }));
  }

  #split(node: Node): void {
    const value = this.#panel(node.inputs[0] ?? "");
    const axis = number(node, "axis", 0);
    const rank = this.#shape(node.inputs[0] ?? "").length;
    if (value === null || (axis !== -1 && axis !== rank - 1)) throw this.#unfit(node);
    let row = 0;
    for (const name of node.outputs) {
      const rows = this.#shape(name).at(-1) ?? 0;
      this.#forms.set(name, { kind: "panel", value, row, rows });
      row += rows;
    }
  }

  #output(name: string, shape: readonly number[]): OutputView {
    this.#panel(name);
    const form = this.#forms.get(name);
    if (form?.kind !== "panel") {
      throw new RangeError(
        `Cannot compile output "${name}": it is ${
          form?.kind ?? "unknown"
        }, expected the output of a layer`,
      );
    }
    return { name, value: form.value, row: form.row, rows: form.rows, shape };
  }
}

function batchAndSequence(graph: Graph): [number, number] {
  const shape = graph.inputs[0]?.shape ?? [];
  const [batch, sequence] = shape;
  if (shape.length !== 2 || batch === undefined || sequence === undefined) {
    throw new RangeError(
      `Cannot compile graph "${graph.name}": its first input has shape [${shape}], expected [batch, sequence]`,
    );
  }
  return [batch, sequence];
}
