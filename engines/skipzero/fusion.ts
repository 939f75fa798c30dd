/**
 * The symbolic interpreter: what is known of every value of a graph while its nodes become layers.
 *
 * Every value has a *form* that says what is known of it (a pending matrix product, a view as heads, scores that wait for
 * their softmax, ...). A handler of a node either extends the form of an input, which fuses the node, or commits the input
 * to a value that a layer computes. Nothing is matched by name, so graphs of other exporters fuse as well.
 *
 * @module
 */
import { type Graph, inferShapes, type Node, type Op, type ValueInfo } from "../../models/mod.ts";
import type { Tensor } from "../../core/mod.ts";
import { type Form, panelOf } from "./forms.ts";
import type { PendingStrips, Turned } from "./images/fuse_strips.ts";
import type { ImageLayer, ImageValue, StripValue } from "./images/layers.ts";
import type { Layer, LayerPlan, OutputView, Value } from "./layers.ts";

/**
 * Lowers a node: the forms of its outputs (one, or one for each), or `null` if the node is not of the handler's kind. A
 * handler looks before it commits an input: others are asked after it.
 */
export type Handler = (fusion: Fusion, node: Node) => Form | readonly Form[] | null;

/** The handlers of each operator, asked in order until one answers. */
export type Handlers = Readonly<Partial<Record<Op, readonly Handler[]>>>;

/** A graph on its way to layers. */
export class Fusion {
  readonly #graph: Graph;
  readonly #handlers: Handlers;
  readonly #shapes: ReadonlyMap<string, ValueInfo>;
  readonly #uses = new Map<string, number>();
  readonly #forms = new Map<string, Form>();
  readonly #values: Value[] = [];
  readonly #layers: Layer[] = [];
  readonly #constants = new Map<string, Tensor>();
  readonly #imageInputs = new Map<ImageValue, string>();
  readonly #imageLayers: ImageLayer[] = [];
  readonly #constantRows: Float32Array[] = [];
  #imageCount = 0;
  /** Items of the batch. */
  readonly batch: number;
  /** Tokens of a sequence; 0 if the graph has none. */
  readonly sequence: number;

  /** Reads a graph's inputs and constants. */
  constructor(graph: Graph, handlers: Handlers) {
    this.#graph = graph;
    this.#handlers = handlers;
    this.#shapes = inferShapes(graph);
    [this.batch, this.sequence] = batchAndSequence(graph);
    for (const { inputs } of graph.nodes) for (const name of inputs) this.#use(name);
    for (const { name } of graph.outputs) this.#use(name);
    for (const { name } of graph.inputs) this.#forms.set(name, { kind: "input", name });
    for (const [name, tensor] of graph.initializers) {
      this.#forms.set(name, { kind: "constant", name, tensor });
    }
  }

  /**
   * Lowers every node.
   *
   * @throws {RangeError} If a node does not fit any layer; names the node and what its inputs were.
   */
  plan(): LayerPlan {
    for (const node of this.#graph.nodes) this.#lower(node);
    const outputs = this.#graph.outputs.flatMap(({ name, shape }) =>
      this.#writeOutput(name, shape) ? [] : [this.#output(name, shape)]
    );
    return {
      batch: this.batch,
      sequence: this.sequence,
      values: this.#values,
      layers: this.#layers,
      constants: this.#constants,
      images: {
        inputs: this.#imageInputs,
        layers: this.#imageLayers,
        constantRows: this.#constantRows,
      },
      outputs,
    };
  }

  /** What is known of an input of a node. */
  form(node: Node, index: number): Form {
    const name = node.inputs[index] ?? "";
    const form = this.#forms.get(name);
    if (form === undefined) {
      throw new RangeError(
        `Cannot compile node "${node.name}": input "${name}" is unknown, expected a value computed before it`,
      );
    }
    return form;
  }

  /** What is known of a value, if anything. */
  known(name: string): Form | undefined {
    return this.#forms.get(name);
  }

  /** Knows something else of a value that nobody else has read. */
  know(name: string, form: Form): void {
    this.#forms.set(name, form);
  }

  /** A constant or computed parameter of numbers; `null` if it is none. */
  floats(name: string): Float32Array | null {
    const form = this.#forms.get(name);
    const tensor = this.#constants.get(name) ?? (form?.kind === "constant" ? form.tensor : null);
    return tensor?.dtype === "float32" ? tensor.data : null;
  }

  /** Adds a parameter that is computed from those of the graph; gives its name. */
  constant(name: string, tensor: Tensor): string {
    this.#constants.set(name, tensor);
    return name;
  }

  /** Sizes of a value of the graph. */
  shape(name: string): readonly number[] {
    return this.#shapes.get(name)?.shape ?? [];
  }

  /** Whether one node alone reads a value, so that it need not exist once it is fused. */
  isUsedOnce(name: string): boolean {
    return this.#uses.get(name) === 1;
  }

  /** The value as panels, emitting the layer that was pending; `null` if it cannot be had as panels. */
  panel(name: string): Value | null {
    const form = this.#forms.get(name);
    if (form?.kind === "panel") return form.rows === form.value.rows ? form.value : null;
    if (!this.#isPending(name)) return null;
    const out = this.newValue(name);
    this.#layers.push(this.#pendingLayer(name, out));
    this.#forms.set(name, panelOf(out));
    return out;
  }

  /** Whether a value `[batch, features]` can be had as panels. */
  isFeatures(name: string): boolean {
    const shape = this.shape(name);
    const form = this.#forms.get(name);
    const isWhole = form?.kind === "panel" && form.rows === form.value.rows;
    return shape.length === 2 && shape[0] === this.batch && (isWhole || this.#isPending(name));
  }

  /** Emits the layer that computes a value, or one that copies it, so that it stands among the features of another. */
  emitInto(name: string, whole: Value, row: number): void {
    const isExact = ["look_up", "pair_products", "input"]
      .includes(this.#forms.get(name)?.kind ?? "");
    const x = isExact && this.isUsedOnce(name) ? null : this.panel(name);
    const out = this.newValue(name, { value: whole, row });
    this.#layers.push(x === null ? this.#pendingLayer(name, out) : { kind: "copy", out, x });
  }

  #isPending(name: string): boolean {
    const kind = this.#forms.get(name)?.kind ?? "";
    if (kind === "input") {
      return this.shape(name).length === 2 && this.#shapes.get(name)?.dtype === "float32";
    }
    return ["linear", "embedding", "look_up", "pair_products"].includes(kind);
  }

  #pendingLayer(name: string, out: Value): Layer {
    const form = this.#forms.get(name);
    switch (form?.kind) {
      case "linear":
        return { kind: "linear", out, ...form.pending };
      case "look_up":
        return { kind: "look_up", out, ...form.pending };
      case "pair_products":
        return { kind: "pair_products", out, ...form.pending };
      case "embedding":
        return { kind: "embed", out, terms: form.terms };
      case "input":
        return { kind: "read", out, input: form.name };
      default:
        throw new RangeError(`Cannot compile value "${name}": no layer is pending`);
    }
  }

  /** The value as planes, emitting the layer that was pending; `null` if it cannot be had as planes. */
  image(name: string): ImageValue | null {
    const form = this.#forms.get(name);
    if (form?.kind === "image") return form.value;
    const out = this.#imageOf(name, form);
    if (out !== null) this.#forms.set(name, { kind: "image", value: out });
    return out;
  }

  #imageOf(name: string, form: Form | undefined): ImageValue | null {
    if (form?.kind === "input") {
      const { dtype, shape } = this.#shapes.get(name)!;
      if (shape.length !== 4 || dtype !== "float32") return null;
      const value = this.#newImage(name, false);
      this.#imageInputs.set(value, name);
      return value;
    }
    if (form?.kind === "convolution") {
      const out = this.#newImage(name, form.pending.activation === "relu");
      this.#imageLayers.push({ kind: "convolution", out, ...form.pending });
      return out;
    }
    if (form?.kind !== "pool") return null;
    const { input, ...rest } = form.pending;
    const x = this.image(input);
    if (x === null) return null;
    const out = this.#newImage(name, x.nonNegative);
    this.#imageLayers.push({ kind: "pool", out, x, ...rest });
    return out;
  }

  /** Emits the layer that copies maps side by side. */
  strips(name: string, { parts, rows, length }: PendingStrips): StripValue {
    const out = { id: this.#imageCount++, name, rows, length };
    this.#imageLayers.push({ kind: "strips", out, parts });
    return out;
  }

  /** Adds a row of numbers for expressions, equal ones once; gives its index. */
  constantRow(row: Float32Array): number {
    const known = this.#constantRows.findIndex((other) =>
      other.length === row.length && other.every((value, i) => value === row[i])
    );
    return known >= 0 ? known : this.#constantRows.push(row) - 1;
  }

  /** Emits a layer that writes a graph output which is planes or rows; `false` if it is neither. */
  #writeOutput(name: string, shape: readonly number[]): boolean {
    const form = this.#forms.get(name);
    const turned = form?.kind === "turned";
    const x = turned ? this.#turnedStrips(name, form) : this.image(name);
    if (x === null) return false;
    this.#imageLayers.push({ kind: "write", x, turned, name, shape });
    return true;
  }

  #turnedStrips(name: string, { of, softmax }: Turned): StripValue {
    let x: StripValue;
    if (of.kind === "strips") x = this.strips(name, of);
    else {
      x = { id: this.#imageCount++, name, rows: of.rows.length, length: of.x.length };
      this.#imageLayers.push({ kind: "evaluate", out: x, x: of.x, rows: of.rows });
    }
    if (softmax) this.#imageLayers.push({ kind: "softmax_rows", x });
    return x;
  }

  #newImage(name: string, nonNegative: boolean): ImageValue {
    const [batch, channels = 0, height = 0, width = 0] = this.shape(name);
    if (batch !== this.batch) {
      throw new RangeError(
        `Cannot compile value "${name}": its shape is [${
          this.shape(name)
        }], expected [${this.batch}, channels, height, width]`,
      );
    }
    return { id: this.#imageCount++, name, channels, size: [height, width], nonNegative };
  }

  /** Emits a layer that turns planes into features of the batch, the output of a node. */
  emitImage(node: Node, layer: (out: Value) => ImageLayer): Form {
    const out = this.newValue(node.outputs[0] ?? "");
    this.#imageLayers.push(layer(out));
    return panelOf(out);
  }

  /** Emits a layer that computes the output of a node as panels. */
  emit(node: Node, layer: (out: Value) => Layer): Form {
    const out = this.newValue(node.outputs[0] ?? "");
    this.#layers.push(layer(out));
    return panelOf(out);
  }

  #use(name: string): void {
    this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
  }

  #lower(node: Node): void {
    for (const handler of this.#handlers[node.op] ?? []) {
      const found = handler(this, node);
      if (found === null) continue;
      const forms = "kind" in found ? [found] : found;
      forms.forEach((form, i) => this.#forms.set(node.outputs[i] ?? "", form));
      return;
    }
    throw this.#unfit(node);
  }

  #unfit(node: Node): RangeError {
    const found = node.inputs.map((name) =>
      `${this.#forms.get(name)?.kind ?? "nothing"} [${this.shape(name)}]`
    );
    return new RangeError(
      `Cannot compile node "${node.name}": ${node.op}(${
        found.join(", ")
      }) fits no layer of the skipzero engine, ` +
        `expected linear, attention, normalisation, embedding, activation, convolution and pooling layers`,
    );
  }

  /** A new value of panels, or one that stands among the features of another. */
  newValue(name: string, within?: Value["within"]): Value {
    const shape = this.shape(name);
    const rows = shape.at(-1) ?? 0;
    const isTokens = shape.length === 3 && shape[0] === this.batch && shape[1] === this.sequence;
    const isBatch = shape.length === 2 && shape[0] === this.batch;
    if (!isTokens && !isBatch) {
      throw new RangeError(
        `Cannot compile value "${name}": its shape is [${shape}], expected [${this.batch}, ${this.sequence}, features] or [${this.batch}, features]`,
      );
    }
    const value: Value = {
      id: this.#values.length,
      name,
      rows,
      lanes: isTokens ? "tokens" : "batch",
      ...within && { within },
    };
    this.#values.push(value);
    return value;
  }

  #output(name: string, shape: readonly number[]): OutputView {
    this.panel(name);
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

/** Integers of two axes are the ids of sequences; any other first input has only the batch in front. */
function batchAndSequence(graph: Graph): [number, number] {
  const { dtype, shape } = graph.inputs[0] ?? { dtype: "float32", shape: [] };
  const [batch, sequence] = shape;
  if (batch === undefined) {
    throw new RangeError(
      `Cannot compile graph "${graph.name}": its first input has shape [${shape}], expected [batch, ...]`,
    );
  }
  const isSequence = dtype !== "float32" && shape.length === 2 && sequence !== undefined;
  return [batch, isSequence ? sequence : 0];
}
