/**
 * ONNX Runtime's native CPU build: the best dense baseline of machine code. Needs `--allow-ffi`.
 *
 * @module
 */
import type { Graph } from "../models/mod.ts";
import type { Availability, Engine, Session, SessionOptions } from "./engine.ts";
import { openOnnxRuntime } from "./onnxruntime_session.ts";

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

async function load(graph: Graph, options: SessionOptions): Promise<Session> {
  const ort = await import("onnxruntime-node");
  return await openOnnxRuntime(ort, "onnxruntime-node", graph, options);
}
