/**
 * One interface for every way to run a graph.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";
import type { Graph } from "../models/mod.ts";

/** Ids of the engines, as they stand in results and charts. */
export const ENGINE_IDS = [
  "skipzero-native",
  "skipzero-wasm",
  "skipzero-native-dense",
  "skipzero-wasm-dense",
  "onnxruntime-node",
  "onnxruntime-web",
  "tfjs",
] as const;

/** Id of an engine. */
export type EngineId = (typeof ENGINE_IDS)[number];

/** Named tensors, in or out. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** How a session is to run. */
export interface SessionOptions {
  /** Threads to use, at least 1. */
  readonly threads: number;
}

/** Which kernel ran a layer, and why: the proof that zeros were skipped. */
export interface LayerDispatch {
  /** Name of the weight, e.g. `bert.encoder.layer.0.output.dense.weight`; or of the fused operation. */
  readonly layer: string;
  /** Kernel id, e.g. `spmm_f32_4x1_avx512`. */
  readonly kernel: string;
  /** Fraction of zero weights found, 0 to 1; `null` for an operation without weights. */
  readonly sparsity: number | null;
  /** Fraction of weight positions that the kernel skips, 0 to 1; less than `sparsity` if padding is multiplied. */
  readonly skipped: number | null;
  /** Why this kernel, in words. */
  readonly reason: string;
  /** Multiply-accumulates done per inference. */
  readonly macsDone: number;
  /** Multiply-accumulates a dense engine does per inference. */
  readonly macsDense: number;
}

/** A graph loaded into an engine for one fixed input shape. */
export interface Session extends AsyncDisposable {
  /** Which kernel runs each layer; empty where the engine does not tell. */
  readonly dispatch: readonly LayerDispatch[];
  /** Milliseconds from graph to ready. */
  readonly loadMs: number;
  /**
   * Runs the graph once.
   *
   * @throws {TypeError} If an input is missing or has another shape or element type than the graph says.
   */
  run(inputs: Tensors): Promise<Tensors>;
}

/** Whether an engine works on this machine. */
export type Availability =
  | { readonly available: true; readonly version: string; readonly detail: string }
  | { readonly available: false; readonly reason: string };

/** A way to run a graph. */
export interface Engine {
  /** Id in results and charts. */
  readonly id: EngineId;
  /** Whether it works here. `detail` names the instruction set or backend. Never throws. */
  probe(): Promise<Availability>;
  /** Loads a graph. The caller disposes the session. */
  load(graph: Graph, options: SessionOptions): Promise<Session>;
}
