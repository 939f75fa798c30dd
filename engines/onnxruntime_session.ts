/**
 * What both builds of ONNX Runtime share: sessions with the settings that measured fastest.
 *
 * @module
 */
import { sizeOf, type Tensor } from "../core/mod.ts";
import { type OnnxGraph, splitOnnx, type ValueInfo } from "../models/mod.ts";
import { checkInputs } from "./check_inputs.ts";
import type { EngineId, Session, SessionOptions, Tensors } from "./engine.ts";
import type { InferenceSession, Tensor as OrtTensor, TypedTensor } from "onnxruntime-node";

/** The part of either package that is used here. */
export interface OnnxRuntime {
  /** Opens sessions. */
  readonly InferenceSession: typeof InferenceSession;
  /** Makes tensors around typed arrays. */
  readonly Tensor: typeof OrtTensor;
}

/**
 * Optimisations of ONNX Runtime 1.30 that make BERT slower on a CPU. Its fused SkipLayerNormalization is scalar: 208 µs for
 * 128×256 where Add and LayerNormalization take 35 µs, so that BERT-mini gains 16-20 % without it.
 */
const HARMFUL_OPTIMIZERS = ["SkipLayerNormFusion"];

/**
 * Threads spin for work while a run lasts: with two free cores BERT-mini at batch 1 takes 3.4-4.0 ms, and 4.9-5.5 ms if they
 * sleep. After the run they stop, since the next engine of a race needs the cores. On cores that other programs use, spinning
 * doubles the time instead: measure on an idle machine. With one thread there is nobody to wait for.
 */
const SPIN_DURING_RUNS = { intra_op: { allow_spinning: "1" }, force_spinning_stop: "1" };

/**
 * Opens a session on a graph.
 *
 * @param rewrite Brings the graph into the form that this build runs fastest.
 */
export async function openOnnxRuntime<G extends OnnxGraph>(
  ort: OnnxRuntime,
  engine: EngineId,
  graph: G,
  { threads }: SessionOptions,
  rewrite: (graph: G) => OnnxGraph = (graph) => graph,
): Promise<Session> {
  const start = performance.now();
  const { model, elements } = splitOnnx(rewrite(graph));
  const session = await ort.InferenceSession.create(model, {
    externalData: [...elements].map(([path, data]) => ({ path, data })),
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3, // errors; warnings go to stderr amid progress
    extra: {
      optimization: { disable_specified_optimizers: HARMFUL_OPTIMIZERS.join(";") },
      session: SPIN_DURING_RUNS,
    },
  });
  const loadMs = performance.now() - start;
  let released = false;
  return {
    dispatch: [],
    loadMs,
    async run(inputs: Tensors): Promise<Tensors> {
      checkInputs(engine, graph.inputs, inputs);
      const feeds: Record<string, OrtTensor> = {};
      for (const { name } of graph.inputs) feeds[name] = toOrt(ort, inputs[name]!);
      const outputs = await session.run(feeds);
      return Object.fromEntries(
        graph.outputs.map((value) => [value.name, fromOrt(engine, value, outputs[value.name])]),
      );
    },
    async [Symbol.asyncDispose](): Promise<void> {
      if (released) return;
      released = true;
      await session.release();
    },
  };
}

/** A tensor of ONNX Runtime around the same elements. */
function toOrt(ort: OnnxRuntime, { dtype, shape, data }: Tensor): OrtTensor {
  return new ort.Tensor(dtype, data, shape);
}

function fromOrt(engine: EngineId, value: ValueInfo, output: OrtTensor | undefined): Tensor {
  const { name, dtype, shape } = value;
  if (output?.type !== dtype || output.data.length !== sizeOf(shape)) {
    throw new TypeError(
      `Cannot use output "${name}" of ${engine}: found ${output?.type} [${output?.dims}], expected ${dtype} [${shape}]`,
    );
  }
  const { data } = output as TypedTensor<typeof dtype>;
  return { dtype, shape, data } as Tensor; // both name element types alike
}
