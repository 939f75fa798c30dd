/**
 * A layer on a back end: packed weights in the arena and the calls that compute it, whatever kernel it runs on.
 *
 * Suites time layers and engines compose them; neither needs to know how a family of kernels packs or splits its work.
 *
 * @module
 */
import type { Step } from "../backend.ts";

/** Type of the values that enter or leave a layer. */
export type LayerType = "float32" | "uint8" | "int32";

/** Where a layer reads or writes, and how. */
export interface LayerPort {
  /** Address of the first value. */
  readonly address: number;
  /** Bytes, padding included. */
  readonly sizeBytes: number;
  /** Storage, e.g. `panels of 64` or `rows`: layers whose output and input ports agree can be chained in place. */
  readonly layout: string;
  /** Type of the values. */
  readonly type: LayerType;
}

/** Work of one call, for roofline models. */
export interface LayerWork {
  /** Multiply-adds on non-zero weights (and, where a kernel skips them, non-zero activations). */
  readonly macs: number;
  /** Multiply-adds of the same layer with every weight and activation. */
  readonly denseMacs: number;
  /** Multiply-adds that the kernel executes: padding and stored zeros included. */
  readonly executedMacs: number;
  /** Bytes of weights, offsets and counts that are read once. */
  readonly weightBytes: number;
  /** Bytes of activations read and written once. */
  readonly activationBytes: number;
}

/** A layer ready to run. */
export interface Layer {
  /** Id of the kernel that does the bulk of the work, e.g. `spmm_f32_4x1_avx512_64`. */
  readonly kernelId: string;
  /** Why this kernel, in words, for dispatch tables. */
  readonly reason: string;
  /** Where it reads. */
  readonly input: LayerPort;
  /** Where it writes. */
  readonly output: LayerPort;
  /** Work of one call. */
  readonly work: LayerWork;
  /** Calls, one list a thread; lists have equally many barriers. Give them to `Backend.build`. */
  readonly steps: readonly (readonly Step[])[];
  /**
   * Writes activations into the input port.
   *
   * @param values Row-major `[lane][channel]` (for convolutions `[image][channel][y][x]`), as an ONNX graph would have them.
   * @throws {RangeError} If the length is not that of the layer's input.
   */
  writeInput(values: Float32Array | Uint8Array): void;
  /** Reads the output port back: row-major `[lane][channel]`, or `[image][channel][y][x]`. Allocates the result. */
  readOutput(): Float32Array | Uint8Array | Int32Array;
}

/** A layer that looks for the activations that count before it multiplies them. */
export interface FindingLayer extends Layer {
  /** The part of `steps` that finds them, one list a thread; it can be run, and timed, by itself. */
  readonly finding: readonly (readonly Step[])[];
}

/** What every `prepare...` function of a family takes besides its own options. */
export interface LayerPlace {
  /** Threads to split the work for; default 1. The back end must have been opened for as many. */
  readonly threads?: number;
  /** Input port of another layer's output, to chain layers in place; default: a new one. */
  readonly input?: LayerPort;
}
