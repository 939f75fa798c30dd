/**
 * ONNX Runtime's native CPU build: the best dense baseline of machine code. Needs `--allow-ffi`.
 *
 * @module
 */
import { EnvironmentError } from "../core/mod.ts";
import type { Graph, OnnxGraph } from "../models/mod.ts";
import type { Availability, Engine, Session, SessionOptions } from "./engine.ts";
import { fuseAttention } from "./onnxruntime_attention.ts";
import { type OnnxRuntime, openOnnxRuntime } from "./onnxruntime_session.ts";

/** Runs graphs in `onnxruntime-node`. */
export const onnxruntimeNode: Engine = { id: "onnxruntime-node", probe, load };

async function probe(): Promise<Availability> {
  try {
    const path = new URL(import.meta.resolve("onnxruntime-node")).pathname;
    for (const permission of [{ name: "ffi" }, { name: "read", path }] as const) {
      const { state } = await Deno.permissions.query(permission);
      if (state !== "granted") {
        return { available: false, reason: `--allow-${permission.name} is not given` };
      }
    }
    const { env } = await import("onnxruntime-node");
    return {
      available: true,
      version: env.versions.node ?? env.versions.common,
      detail: "CPU execution provider",
    };
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Loads a graph of any operators of ONNX Runtime as it is, for what builders do not emit.
 *
 * @throws {EnvironmentError} If the native library cannot be loaded.
 */
export async function loadOnnxNatively(
  graph: OnnxGraph,
  options: SessionOptions,
): Promise<Session> {
  return await openOnnxRuntime(await importOrExplain(), "onnxruntime-node", graph, options);
}

async function load(graph: Graph, options: SessionOptions): Promise<Session> {
  const ort = await importOrExplain();
  return await openOnnxRuntime(ort, "onnxruntime-node", graph, options, fuseAttention);
}

async function importOrExplain(): Promise<OnnxRuntime> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EnvironmentError(
      `Cannot load onnxruntime-node: ${reason}, expected its native library`,
      { cause, remedy: "deno task doctor" },
    );
  }
}
