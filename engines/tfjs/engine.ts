/**
 * tfjs in the race: the graph in tfjs' own operations on its WebAssembly backend, none of ours.
 *
 * Its matrix product is XNNPACK's where a plain matrix stands on the right, so linear weights are transposed once at load. Products
 * of attention are batched, which tfjs does with a scalar loop.
 *
 * @module
 */
import type { Tensor } from "../../core/mod.ts";
import type { Graph, ValueInfo } from "../../models/mod.ts";
import { checkInputs } from "../check_inputs.ts";
import { checkHeap } from "../engine_memory.ts";
import type { Availability, Engine, Session, SessionOptions, Tensors } from "../engine.ts";
import { executePlan, toTf } from "./execute.ts";
import { openTfjs, type Tf, type TfTensor, tidied } from "./heap.ts";
import { type Ops, stockOps } from "./ops.ts";
import { type Plan, planGraph } from "./plan.ts";

/** Runs graphs in tfjs, on one thread. */
export const tfjs: Engine = { id: "tfjs", probe, load };

async function probe(): Promise<Availability> {
  try {
    const { version } = await openTfjs();
    return { available: true, version, detail: "WebAssembly backend, SIMD, 1 thread" };
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Loads a graph.
 *
 * @throws {RangeError} If more than one thread is asked for, or the graph does not fit WebAssembly's memory.
 */
async function load(graph: Graph, { threads }: SessionOptions): Promise<Session> {
  if (threads !== 1) {
    throw new RangeError(
      `Cannot load ${graph.name} in tfjs with ${threads} threads: its threaded build does not start in Deno, expected 1`,
    );
  }
  checkHeap("tfjs", graph);
  const started = performance.now();
  const { tf } = await openTfjs();
  const plan = planGraph(graph);
  const parameters = loadParameters(tf, plan);
  const ops = loadedOps(tf);
  return {
    dispatch: [],
    loadMs: performance.now() - started,
    run(inputs): Promise<Tensors> {
      checkInputs("tfjs", graph.inputs, inputs);
      return Promise.resolve(tidied(tf, () => runPlan(ops, plan, parameters, inputs)));
    },
    [Symbol.asyncDispose](): Promise<void> {
      tf.dispose([...parameters.values()]);
      return Promise.resolve();
    },
  };
}

/** All initializers as tensors, the weights of linear layers as `[IC, OC]`. */
function loadParameters(tf: Tf, { graph, steps }: Plan): Map<string, TfTensor> {
  const linear = new Set(steps.flatMap((step) => step.kind === "linear" ? [step.weight] : []));
  return new Map(
    graph.initializers.entries().map(([name, tensor]) => {
      const loaded = toTf(tf, tensor);
      if (!linear.has(name)) return [name, loaded];
      const transposed = tf.transpose(loaded);
      loaded.dispose();
      return [name, transposed];
    }),
  );
}

/** tfjs' operations, with linear layers in its fused form on transposed weights. */
function loadedOps(tf: Tf): Ops {
  return {
    ...stockOps(tf),
    linear(x, weight, bias): TfTensor {
      const [inner, cols] = weight.shape as [number, number]; // of rank 2
      const rows = tf.reshape(x, [x.size / inner, inner]);
      const product = tf.fused.matMul({ a: rows as ReturnType<Tf["tensor2d"]>, b: weight, bias });
      return tf.reshape(product, [...x.shape.slice(0, -1), cols]);
    },
  };
}

function runPlan(
  ops: Ops,
  plan: Plan,
  parameters: ReadonlyMap<string, TfTensor>,
  inputs: Tensors,
): Tensors {
  const { tf } = ops;
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, toTf(tf, tensor)]),
  );
  const outputs = executePlan(ops, plan, values, parameters, { release: true });
  return Object.fromEntries(
    plan.graph.outputs.map((info) => [info.name, fromTf(outputs[info.name]!, info)]),
  );
}

/** Copies a tensor out of tfjs, which has float32, int32 and bool only. */
function fromTf(tensor: TfTensor, { dtype, shape }: ValueInfo): Tensor {
  const data = tensor.dataSync();
  switch (dtype) {
    case "float32":
      return { dtype, shape, data: Float32Array.from(data) };
    case "int64":
      return { dtype, shape, data: BigInt64Array.from(data, BigInt) };
    case "int32":
      return { dtype, shape, data: Int32Array.from(data) };
    case "int8":
      return { dtype, shape, data: Int8Array.from(data) };
    case "uint8":
    case "bool":
      return { dtype, shape, data: Uint8Array.from(data) };
  }
}
