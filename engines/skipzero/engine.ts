/**
 * skipzero as an engine: native and WebAssembly, each with sparse kernels and with the same kernels unpruned.
 *
 * @module
 */
import { EnvironmentError } from "../../core/mod.ts";
import { bestTarget, kernelSupport, type TargetFamily } from "../../kernels/mod.ts";
import type { Graph } from "../../models/mod.ts";
import type { Availability, Engine, EngineId, Session, SessionOptions } from "../engine.ts";
import { openSession } from "./session.ts";

/** Sparse kernels in x86-64 machine code. */
export const skipzeroNative: Engine = createEngine("skipzero-native", "native", false);
/** Sparse kernels in WebAssembly. */
export const skipzeroWasm: Engine = createEngine("skipzero-wasm", "wasm", false);
/** The native engine with every weight treated as dense: what zeros alone are worth. */
export const skipzeroNativeDense: Engine = createEngine("skipzero-native-dense", "native", true);
/** The WebAssembly engine with every weight treated as dense. */
export const skipzeroWasmDense: Engine = createEngine("skipzero-wasm-dense", "wasm", true);

function createEngine(id: EngineId, family: TargetFamily, unpruned: boolean): Engine {
  return {
    id,
    probe(): Promise<Availability> {
      const target = bestTarget(family);
      return Promise.resolve(
        target === null
          ? { available: false, reason: whyMissing(family) }
          : { available: true, version: "skipzero", detail: target },
      );
    },
    load(graph: Graph, { threads }: SessionOptions): Promise<Session> {
      const target = bestTarget(family);
      if (target === null) {
        return Promise.reject(
          new EnvironmentError(`Cannot load "${graph.name}" into ${id}: ${whyMissing(family)}`, {
            remedy: "deno task doctor",
          }),
        );
      }
      return Promise.resolve(openSession(id, graph, { target, threads, unpruned }));
    },
  };
}

function whyMissing(family: TargetFamily): string {
  const { missing } = kernelSupport();
  const reasons = Object.entries(missing)
    .filter(([target]) => (family === "wasm") === target.startsWith("wasm"))
    .map(([target, reason]) => `${target}: ${reason}`);
  return reasons.join("; ") || "no instruction set to emit for";
}
