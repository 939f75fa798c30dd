/**
 * What to run for a graph: its nodes, with those that one kernel can do together taken together.
 *
 * - `Transpose(W) → MatMul(x, ·) → Add(·, b)`, and `Gemm` with `transB`, are one linear layer.
 * - `Transpose → MatMul(a, ·)` that turns the last two axes is a product with a transposed operand.
 * - `BatchNormalization → Add(·, residual) → Relu` are one normalisation; so is what there is of it.
 * - `Mul` or `Div` by a constant `→ Add(·, mask) → Softmax` are one masked softmax.
 *
 * @module
 */
import {
  CONSTANT_PREFIX,
  type Graph,
  inferShapes,
  intsAttribute,
  type Node,
  numberAttribute,
} from "../../models/mod.ts";

/** One thing to run. */
export type Step =
  | {
    /** A node by itself. */
    readonly kind: "node";
    /** The node. */
    readonly node: Node;
  }
  | {
    /** `output = x · Wᵀ + b`. */
    readonly kind: "linear";
    /** Value `[..., IC]`. */
    readonly x: string;
    /** Parameter `[OC, IC]`. */
    readonly weight: string;
    /** Parameter `[OC]`. */
    readonly bias: string;
    /** Value `[..., OC]`. */
    readonly output: string;
  }
  | {
    /** `output = a · transpose(b, perm)ᵀ`, batched, where ᵀ turns the last two axes. */
    readonly kind: "product";
    /** Value `[..., M, K]`. */
    readonly a: string;
    /** Value that `perm` makes `[..., N, K]`; its last axis stays the last. */
    readonly b: string;
    /** Order of the axes of `b`. */
    readonly perm: readonly number[];
    /** Value `[..., M, N]`. */
    readonly output: string;
  }
  | {
    /** `output = relu(BatchNormalization(...) + beside)`. */
    readonly kind: "norm";
    /** Inputs of the normalisation, and its epsilon. */
    readonly node: Node;
    /** Value that is added, or `null`. */
    readonly beside: string | null;
    /** Whether a ReLU is last. */
    readonly relu: boolean;
    /** Value of the shape of x. */
    readonly output: string;
  }
  | {
    /** `output = softmax(scale · x + mask)` over the last axis. */
    readonly kind: "softmax";
    /** Value `[B, A, S, S]`. */
    readonly x: string;
    /** Multiplies `x`. */
    readonly scale: number;
    /** Value `[B, 1, 1, S]`. */
    readonly mask: string;
    /** Value of the shape of `x`. */
    readonly output: string;
  };

/** A graph as a list of steps. */
export interface Plan {
  /** The graph. */
  readonly graph: Graph;
  /** Steps in the order of the graph. */
  readonly steps: readonly Step[];
}

/**
 * Plans a graph. Values in `keep` are computed under their own names and never fused away.
 */
export function planGraph(graph: Graph, keep: readonly string[] = []): Plan {
  const finder = createFinder(graph, keep);
  const done = new Set<Node>();
  const steps: Step[] = [];
  // From the end, so that the last node of a group is met first and takes the others with it.
  for (const node of graph.nodes.toReversed()) {
    if (done.has(node)) continue;
    const group = linearAt(node, finder) ?? gemmAt(node, finder) ??
      productAt(node, finder) ?? softmaxAt(node, finder) ?? normAt(node, finder);
    for (const member of group?.nodes ?? [node]) done.add(member);
    steps.push(group?.step ?? { kind: "node", node });
  }
  return { graph, steps: steps.reverse() };
}

/** The value or values that a step writes. */
export function outputsOf(step: Step): readonly string[] {
  return step.kind === "node" ? step.node.outputs : [step.output];
}

/** The values that a step reads, some of them perhaps twice. */
export function inputsOf(step: Step): readonly string[] {
  if (step.kind === "node") return step.node.inputs.filter((name) => name !== "");
  if (step.kind === "product") return [step.a, step.b];
  if (step.kind === "norm") {
    return step.beside === null ? step.node.inputs : [...step.node.inputs, step.beside];
  }
  return step.kind === "linear" ? [step.x, step.weight, step.bias] : [step.x, step.mask];
}

interface Group {
  readonly step: Step;
  readonly nodes: readonly Node[];
}

/** Questions about a graph that fusing asks. */
interface Finder {
  readonly graph: Graph;
  /** Sizes of a value. */
  shape(value: string): readonly number[];
  /** The node that makes a value, if it is of this op. */
  maker(value: string, op: Node["op"]): Node | undefined;
  /** As `maker`, if moreover nothing else reads the value. */
  onlyFor(value: string, op: Node["op"]): Node | undefined;
}

function createFinder(graph: Graph, keep: readonly string[]): Finder {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  const readers = new Map<string, number>();
  const read = (name: string) => readers.set(name, (readers.get(name) ?? 0) + 1);
  for (const node of graph.nodes) node.inputs.forEach(read);
  for (const { name } of graph.outputs) read(name);
  keep.forEach(read);
  function maker(value: string, op: Node["op"]): Node | undefined {
    const node = makers.get(value);
    return node?.op === op ? node : undefined;
  }
  const shapes = inferShapes(graph);
  return {
    graph,
    shape: (value) => shapes.get(value)?.shape ?? [],
    maker,
    onlyFor: (value, op) => readers.get(value) === 1 ? maker(value, op) : undefined,
  };
}

function linearAt(add: Node, finder: Finder): Group | null {
  if (add.op !== "Add") return null;
  const [product, bias] = add.inputs;
  const matmul = finder.onlyFor(product!, "MatMul");
  const transpose = matmul && finder.maker(matmul.inputs[1]!, "Transpose");
  const weight = transpose?.inputs[0];
  const shape = weight && finder.graph.initializers.get(weight)?.shape;
  if (!matmul || !transpose || !weight || shape?.length !== 2) return null;
  const biasShape = finder.graph.initializers.get(bias!)?.shape;
  if (biasShape?.length !== 1 || biasShape[0] !== shape[0]) return null;
  const step: Step = {
    kind: "linear",
    x: matmul.inputs[0]!,
    weight,
    bias: bias!,
    output: add.outputs[0]!,
  };
  // A Transpose read by others is left to run by itself.
  const alone = finder.onlyFor(matmul.inputs[1]!, "Transpose");
  return { step, nodes: alone ? [add, matmul, transpose] : [add, matmul] };
}

function gemmAt(gemm: Node, { graph }: Finder): Group | null {
  if (gemm.op !== "Gemm") return null;
  const [x, weight, bias] = gemm.inputs;
  const plain = numberAttribute(gemm, "transA") === 0 && numberAttribute(gemm, "transB") === 1 &&
    numberAttribute(gemm, "alpha") === 1 && numberAttribute(gemm, "beta") === 1;
  if (!plain || !graph.initializers.has(weight!)) return null;
  if (graph.initializers.get(bias ?? "")?.shape.length !== 1) return null;
  const step: Step = {
    kind: "linear",
    x: x!,
    weight: weight!,
    bias: bias!,
    output: gemm.outputs[0]!,
  };
  return { step, nodes: [gemm] };
}

function productAt(matmul: Node, finder: Finder): Group | null {
  if (matmul.op !== "MatMul") return null;
  const [a, turned] = matmul.inputs;
  const transpose = finder.onlyFor(turned!, "Transpose");
  const perm = transpose && intsAttribute(transpose, "perm");
  const [b] = transpose?.inputs ?? [];
  if (!transpose || !perm || !b || perm.length < 3 || perm.at(-2) !== perm.length - 1) return null;
  const [shape, other] = [finder.shape(a!), finder.shape(turned!)];
  if (shape.slice(0, -2).join() !== other.slice(0, -2).join()) return null;
  const step: Step = {
    kind: "product",
    a: a!,
    b,
    perm: [...perm.slice(0, -2), perm.at(-1)!, perm.length - 1],
    output: matmul.outputs[0]!,
  };
  return { step, nodes: [matmul, transpose] };
}

function softmaxAt(softmax: Node, finder: Finder): Group | null {
  if (softmax.op !== "Softmax" || numberAttribute(softmax, "axis") !== -1) return null;
  const add = finder.onlyFor(softmax.inputs[0]!, "Add");
  const scaled = add &&
    (finder.onlyFor(add.inputs[0]!, "Div") ?? finder.onlyFor(add.inputs[0]!, "Mul"));
  if (!add || !scaled || !isMask(add.inputs[1]!, finder)) return null;
  const [batch, , , keys] = finder.shape(softmax.inputs[0]!);
  if (finder.shape(add.inputs[1]!).join() !== [batch, 1, 1, keys].join()) return null;
  const factor = scalarOf(finder.graph, scaled.inputs[1]!);
  if (factor === null) return null;
  const step: Step = {
    kind: "softmax",
    x: scaled.inputs[0]!,
    scale: scaled.op === "Div" ? 1 / factor : factor,
    mask: add.inputs[1]!,
    output: softmax.outputs[0]!,
  };
  return { step, nodes: [softmax, add, scaled] };
}

function normAt(last: Node, finder: Finder): Group | null {
  const [output] = last.outputs as [string]; // of all that are looked for
  const relu = last.op === "Relu";
  const before = relu ? last.inputs[0]! : output;
  const own = relu ? [last] : [];
  const sum = relu ? finder.onlyFor(before, "Add") : finder.maker(before, "Add");
  if (!sum) {
    const node = relu
      ? finder.onlyFor(before, "BatchNormalization")
      : finder.maker(before, "BatchNormalization");
    const step = node && { kind: "norm", node, beside: null, relu, output } as const;
    return step ? { step, nodes: [...own, step.node] } : null;
  }
  for (const [side, other] of [[0, 1], [1, 0]] as const) {
    const node = finder.onlyFor(sum.inputs[side]!, "BatchNormalization");
    const beside = sum.inputs[other]!;
    if (!node || finder.shape(beside).join() !== finder.shape(output).join()) continue;
    return { step: { kind: "norm", node, beside, relu, output }, nodes: [...own, sum, node] };
  }
  return null;
}

/** Whether a value is computed from constants and inputs alone, so that it has no gradient. */
function isMask(value: string, finder: Finder): boolean {
  const { graph } = finder;
  if (graph.initializers.has(value)) return value.startsWith(CONSTANT_PREFIX);
  if (graph.inputs.some(({ name }) => name === value)) return true;
  const node = graph.nodes.find(({ outputs }) => outputs.includes(value));
  return node !== undefined && node.inputs.every((name) => isMask(name, finder));
}

function scalarOf(graph: Graph, name: string): number | null {
  const tensor = graph.initializers.get(name);
  return tensor?.dtype === "float32" && tensor.shape.length === 0 ? tensor.data[0]! : null;
}
