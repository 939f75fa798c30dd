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

/** Time that one layer takes of a run. */
export interface LayerTime {
  /** As in {@linkcode LayerDispatch.layer}. */
  readonly layer: string;
  /** Kernels that it runs, in order, joined by ` + `. */
  readonly kernel: string;
  /** Nanoseconds of a run, whole batch, averaged over the threads; the median of runs. */
  readonly ns: number;
  /** Multiply-accumulates done; 0 for an operation that does none. */
  readonly macsDone: number;
  /** Multiply-accumulates of a dense engine. */
  readonly macsDense: number;
}

/** Where the time of a run goes. The parts add up to the whole, but for the noise between runs. */
export interface Profile {
  /** In the order of the graph. */
  readonly layers: readonly LayerTime[];
  /** Nanoseconds in which threads wait for each other, averaged over the threads. */
  readonly waitNs: number;
  /** Nanoseconds around the program: checking and writing inputs, starting threads, reading outputs. */
  readonly outsideNs: number;
  /** Nanoseconds of a whole profiled run. */
  readonly profiledNs: number;
  /** Nanoseconds of a run without any profiling, measured in turn: what profiling adds is the difference. */
  readonly runNs: number;
  /** Runs of either kind that the medians are of. */
  readonly runs: number;
}

/** What loading a graph took. */
export interface SessionFacts {
  /** Bytes of packed weights and other parameters. */
  readonly weightBytes: number;
  /** Bytes of activations, inputs and outputs: the most that are held at once. */
  readonly activationBytes: number;
  /** Bytes of emitted code and of its arguments. */
  readonly codeBytes: number;
  /** Milliseconds of each part of loading. */
  readonly loadMs: {
    /** From the graph to layers. */
    readonly fuse: number;
    /** Choosing kernels, packing weights and placing them in memory. */
    readonly pack: number;
    /** Emitting code. */
    readonly emit: number;
  };
}

/** How {@linkcode Session.profile} measures. */
export interface ProfileOptions {
  /** Runs of either kind, at least 1; default 10. */
  readonly runs?: number;
}

/** A graph loaded into an engine for one fixed input shape. */
export interface Session extends AsyncDisposable {
  /** Which kernel runs each layer; empty where the engine does not tell. */
  readonly dispatch: readonly LayerDispatch[];
  /** Milliseconds from graph to ready. */
  readonly loadMs: number;
  /** What loading took; absent where the engine does not tell. */
  readonly facts?: SessionFacts;
  /**
   * Times every layer inside of whole runs, alternating with runs that are not profiled. Absent where the engine cannot.
   *
   * @throws {TypeError} As {@linkcode Session.run}.
   * @throws {RangeError} If `runs` is no positive integer.
   */
  profile?(inputs: Tensors, options?: ProfileOptions): Promise<Profile>;
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
