/**
 * ONNX Runtime's WebAssembly build (SIMD): the best dense baseline where native code is not allowed. Needs `--allow-read` only.
 *
 * @module
 */
import type { Graph, OnnxGraph } from "../models/mod.ts";
import type { Availability, Engine, Session, SessionOptions } from "./engine.ts";
import { checkHeap } from "./engine_memory.ts";
import { openOnnxRuntime } from "./onnxruntime_session.ts";

/** Runs graphs in `onnxruntime-web`. A process has one number of threads, that of its first session. */
export const onnxruntimeWeb: Engine = { id: "onnxruntime-web", probe, load };

// Only the package's root entry finds its workers in Deno; the `/wasm` entry fails with 2 threads.
async function probe(): Promise<Availability> {
  try {
    const { env } = await import("onnxruntime-web");
    return {
      available: true,
      version: env.versions.web ?? env.versions.common,
      detail: "WebAssembly execution provider, SIMD",
    };
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

async function load(graph: Graph, options: SessionOptions): Promise<Session> {
  checkHeap("onnxruntime-web", graph);
  return await loadOnnxInWasm(graph, options);
}

/**
 * Loads a graph of any operators of ONNX Runtime.
 *
 * @throws {RangeError} If this process already runs with another number of threads.
 */
export async function loadOnnxInWasm(graph: OnnxGraph, options: SessionOptions): Promise<Session> {
  const ort = await import("onnxruntime-web");
  const fixed = ort.env.wasm.numThreads; // undefined until the first session reads it
  if (fixed !== undefined && fixed !== options.threads) {
    throw new RangeError(
      `Cannot load ${graph.name} in onnxruntime-web with ${options.threads} threads: this process runs it with ${fixed}, expected one number of threads a process`,
    );
  }
  ort.env.wasm.numThreads = options.threads;
  return await openOnnxRuntime(ort, "onnxruntime-web", graph, options);
}
