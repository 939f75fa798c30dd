/**
 * Runs a graph in tfjs, so that tfjs can differentiate it.
 *
 * @module
 */
import { type Tensor } from "../../core/mod.ts";
import type { Graph } from "../../models/mod.ts";
import type { Tf, TfTensor } from "./heap.ts";
import type { Ops, TrainingCalls } from "./ops.ts";
import { inputsOf, outputsOf, type Plan, planGraph, type Step } from "./plan.ts";

/** Random zeros that training adds. */
export interface Dropout {
  /** Fraction of elements set to zero, 0 to 1. */
  readonly rate: number;
  /** Values that it applies to, by name in the graph. */
  readonly values: ReadonlySet<string>;
  /** Draws the seed of one application. */
  seed(): number;
}

/** How to run. */
export interface ExecuteOptions {
  /** Absent: none, as in evaluation. */
  readonly dropout?: Dropout;
  /** What stands in for operators of one input, by the name of the value that they give. */
  readonly activations?: ReadonlyMap<string, (x: TfTensor) => TfTensor>;
  /** Absent: operators work as in evaluation. */
  readonly training?: TrainingCalls;
  /** Values to give besides the graph's outputs. */
  readonly keep?: readonly string[];
  /** Whether to free each value after its last reader; not under a gradient, which needs them all. */
  readonly release?: boolean;
}

/** Values by name. */
export type Values = Readonly<Record<string, TfTensor>>;

/**
 * Runs a graph once: {@linkcode planGraph} and {@linkcode executePlan}. Plan once where a graph is run often.
 */
export function executeGraph(
  ops: Ops,
  graph: Graph,
  inputs: Values,
  parameters: ReadonlyMap<string, TfTensor>,
  options: ExecuteOptions = {},
): Values {
  return executePlan(ops, planGraph(graph, options.keep), inputs, parameters, options);
}

/**
 * Runs a planned graph. Call it inside `tf.tidy`; the values inside the graph are freed with it.
 *
 * @param inputs Tensors for the graph's inputs; int64 is int32 in tfjs.
 * @param parameters Tensors for the initializers that are trained; the others are taken from the graph.
 * @throws {TypeError} If an input is missing.
 */
export function executePlan(
  ops: Ops,
  plan: Plan,
  inputs: Values,
  parameters: ReadonlyMap<string, TfTensor>,
  options: ExecuteOptions = {},
): Values {
  const { graph, steps } = plan;
  const values = new Map<string, TfTensor>();
  for (const { name } of graph.inputs) {
    const tensor = inputs[name];
    if (!tensor) throw new TypeError(`Cannot run ${graph.name}: input "${name}" is missing`);
    values.set(name, tensor);
  }
  function valueOf(name: string): TfTensor {
    const known = values.get(name) ?? parameters.get(name);
    if (known) return known;
    const constant = graph.initializers.get(name);
    if (!constant) throw new TypeError(`Cannot run ${graph.name}: value "${name}" is missing`);
    const tensor = toTf(ops.tf, constant);
    values.set(name, tensor);
    return tensor;
  }
  function run(step: Step): readonly TfTensor[] {
    const other = options.activations?.get(outputsOf(step)[0]!);
    if (other && step.kind === "node") return [other(valueOf(step.node.inputs[0]!))];
    if (other && step.kind === "norm" && step.relu) {
      const bare: Step = { ...step, relu: false };
      return runStep(ops, graph, bare, valueOf, options.training).map(other);
    }
    return runStep(ops, graph, step, valueOf, options.training);
  }
  const wanted = [...graph.outputs.map(({ name }) => name), ...options.keep ?? []];
  const release = options.release ? releaser(plan, values, wanted) : null;
  for (const step of steps) {
    // Constants that later steps read, too, must not go with what a step leaves behind.
    if (release !== null) inputsOf(step).forEach(valueOf);
    const results = release === null ? run(step) : ops.tf.tidy(() => [...run(step)]);
    outputsOf(step).forEach((name, i) => {
      const { dropout } = options;
      const dropped = dropout !== undefined && dropout.rate > 0 && dropout.values.has(name);
      values.set(
        name,
        dropped ? ops.dropout(results[i]!, dropout.rate, dropout.seed()) : results[i]!,
      );
    });
    release?.(step);
  }
  return Object.fromEntries(wanted.map((name) => [name, valueOf(name)]));
}

/** Frees what a step was the last to read, and what it wrote for nobody. Values of the caller's are left alone. */
function releaser(
  { graph, steps }: Plan,
  values: Map<string, TfTensor>,
  wanted: readonly string[],
): (step: Step) => void {
  const readers = new Map<string, number>();
  for (const name of [...steps.flatMap(inputsOf), ...wanted]) {
    readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  const lent = new Set(graph.inputs.map(({ name }) => name));
  const free = (name: string): void => {
    const tensor = values.get(name);
    if (tensor === undefined || lent.has(name)) return;
    values.delete(name);
    if (![...values.values()].includes(tensor)) tensor.dispose();
  };
  return (step) => {
    for (const name of inputsOf(step)) {
      const left = readers.get(name)! - 1;
      readers.set(name, left);
      if (left === 0) free(name);
    }
    for (const name of outputsOf(step)) if (!readers.has(name)) free(name);
  };
}

function runStep(
  ops: Ops,
  graph: Graph,
  step: Step,
  valueOf: (name: string) => TfTensor,
  training: TrainingCalls | undefined,
): readonly TfTensor[] {
  switch (step.kind) {
    case "linear":
      return [ops.linear(valueOf(step.x), valueOf(step.weight), valueOf(step.bias))];
    case "product":
      return [ops.product(valueOf(step.a), valueOf(step.b), step.perm)];
    case "softmax":
      return [ops.softmax(valueOf(step.x), step.scale, valueOf(step.mask))];
    case "norm":
      return [ops.normalise({
        node: step.node,
        input: (position) => valueOf(step.node.inputs[position]!),
        beside: step.beside === null ? null : valueOf(step.beside),
        relu: step.relu,
        training,
      })];
    case "node":
      return ops.node({
        node: step.node,
        input: (position) => valueOf(step.node.inputs[position]!),
        count: step.node.inputs.filter((name) => name !== "").length,
        integers: (position) => integersOf(graph, step.node.inputs[position]),
        training,
      });
  }
}

/** Integers of a constant input such as a shape, or `null` where the input is left out. */
function integersOf(graph: Graph, name: string | undefined): readonly number[] | null {
  if (!name) return null;
  const tensor = graph.initializers.get(name);
  if (tensor === undefined) {
    throw new TypeError(`Cannot run ${graph.name}: "${name}" is computed, expected a constant`);
  }
  return [...tensor.data].map(Number);
}

/** Copies a tensor into tfjs. int64 becomes int32, which holds every token id. */
export function toTf(tf: Tf, tensor: Tensor): TfTensor {
  const shape = [...tensor.shape];
  switch (tensor.dtype) {
    case "float32":
      return tf.tensor(tensor.data, shape, "float32");
    case "int64":
      return tf.tensor(Int32Array.from(tensor.data, Number), shape, "int32");
    case "bool":
      return tf.tensor(tensor.data, shape, "bool");
    default:
      return tf.tensor(Int32Array.from(tensor.data), shape, "int32");
  }
}
