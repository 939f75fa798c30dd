/**
 * The result document, format `skipzero.result/1`: what every suite writes and `--json` prints.
 *
 * A result is never edited. It holds raw samples; statistics are computed when it is read. Fields named here are fixed,
 * more may stand beside them, and readers pass those on. Fractions are 0 to 1, times are nanoseconds.
 *
 * @module
 */
import type { Interval } from "../core/mod.ts";
import type { Experiment } from "./experiment.ts";

/** Version tag of the format written today. */
export const RESULT_FORMAT = "skipzero.result/1";

/** One metric over several seeds. */
export interface Figures {
  /** Arithmetic mean. */
  readonly mean: number;
  /** Sample standard deviation; 0 for a single seed, which says nothing about spread. */
  readonly sd: number;
  /** The metric of each seed. */
  readonly values: readonly number[];
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** Whether the claim held. */
export interface Verdict {
  /** `partial`: what could be checked holds, but not all of the claim could be checked. */
  readonly outcome: "reproduced" | "contradicted" | "inconclusive" | "partial";
  /** Why, in sentences. */
  readonly reasons: readonly string[];
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** A metric of both models over seeds. */
export interface MetricFigures {
  /** Its name. */
  readonly name: string;
  /** Of each seed, dense. */
  readonly dense: Figures;
  /** Of each seed, sparse. */
  readonly sparse: Figures;
  /** Published figures of it, in its own unit, where the claim has any. */
  readonly published?: { readonly dense?: number; readonly sparse?: number; readonly says: string };
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** Measured accuracy beside the published one. */
export interface Accuracy {
  /** Name of the metric, e.g. `accuracy` or `f1`. */
  readonly metric: string;
  /** Figures of the claim. */
  readonly published: {
    /** Of the dense model. */
    readonly dense: number;
    /** Of the sparse model. */
    readonly sparse: number;
    /** How they came about: `max` over runs, `mean`, or a `single` run. */
    readonly kind: string;
    /** More may stand beside. */
    readonly [more: string]: unknown;
  };
  /** Last metric of each seed, dense. */
  readonly dense: Figures;
  /** Last metric of each seed, sparse. */
  readonly sparse: Figures;
  /** Best that any model can reach on this data, where it is known. */
  readonly ceiling: number | null;
  /** What guessing the commonest class reaches. */
  readonly majority: number;
  /** Other metrics of the same models, such as `top5`; fractions. */
  readonly others?: readonly MetricFigures[];
  /** The metric in further tests, such as `noise 0.05`, in the order in which they were done. */
  readonly trials?: readonly MetricFigures[];
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** One pruned layer. */
export interface SparseLayer {
  /** Name of its weight. */
  readonly name: string;
  /** Name of its pattern, e.g. `4x1`. */
  readonly pattern: string;
  /** Fraction of zeros. */
  readonly sparsity: number;
  /** Whether the final weights were shown to form the pattern. */
  readonly proved: boolean;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** What was pruned. */
export interface Sparsity {
  /** Fraction of zeros that the recipe asks for. */
  readonly target: number;
  /** Fraction of zeros over all pruned layers. */
  readonly measured: number;
  /** Pruned layers. */
  readonly layers: readonly SparseLayer[];
  /** Layers that stayed dense, and why. */
  readonly skipped: readonly {
    /** Name of the weight. */
    readonly name: string;
    /** E.g. `2 rows do not divide by 4`. */
    readonly reason: string;
    /** More may stand beside. */
    readonly [more: string]: unknown;
  }[];
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** A moment of a training. */
export interface TrainingPoint {
  /** Seed of the training. */
  readonly seed: number;
  /** Which half of the recipe. */
  readonly stage: "dense" | "sparse";
  /** Optimiser steps so far, within the stage. */
  readonly step: number;
  /** Training loss. */
  readonly loss: number;
  /** Fraction of zeros in the pruned layers. */
  readonly sparsity: number;
  /** Metric on the evaluation examples, where it was taken. */
  readonly metric: number | null;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** The metric on a part of the evaluation examples. */
export interface GroupFigures {
  /** What divides the examples, e.g. `class` or `length`. */
  readonly by: string;
  /** The part, e.g. `9 to 12 words`. */
  readonly bucket: string;
  /** Examples in it. */
  readonly count: number;
  /** Metric of each seed, dense. */
  readonly dense: Figures;
  /** Metric of each seed, sparse. */
  readonly sparse: Figures;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** The zeros of one layer as a picture. */
export interface MaskPicture {
  /** Name of the weight. */
  readonly layer: string;
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** Row-major mask, one bit a weight (1 = kept, most significant first), base64. */
  readonly bits: string;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** How training went, thinned for charts. */
export interface TrainingCurves {
  /** Points of the curves, in order of time within each seed and stage. */
  readonly log: readonly TrainingPoint[];
  /** Metrics of sub-populations. */
  readonly groups: readonly GroupFigures[];
  /** A few layers. */
  readonly masks: readonly MaskPicture[];
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** One engine against another in one cell. */
export interface Comparison {
  /** What was run: `<network or dtype> <pattern> <sparsity> ...`. */
  readonly cell: string;
  /** Engine in question. */
  readonly subject: string;
  /** Engine that it is measured against. */
  readonly baseline: string;
  /** Threads of both. */
  readonly threads: number;
  /** Time of the baseline / time of the subject; above 1 the subject is faster. The interval covers 95 %. */
  readonly ratio: Interval;
  /** Most the ratio can be if only zeros are skipped (Amdahl's law by multiply-accumulates). */
  readonly ceiling: number | null;
  /** Judged by the whole interval and the noise floor. */
  readonly verdict: "faster" | "slower" | "inconclusive";
  /** How far the same engine is from itself in this cell, as a fraction. */
  readonly noiseFloor?: number;
  /** Rounds in which both were timed. */
  readonly rounds?: number;
  /** Ratio that is aimed at. */
  readonly goal?: number;
  /** What the machine's peaks allow the whole network, where one was timed by an engine of ours. */
  readonly roofline?: NetworkRoofline;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/**
 * Least times of a network's products if each ran at the machine's peaks: arithmetic at the peak of registers or bytes at the bandwidth
 * of the memory that holds them, whichever takes longer. Element-wise work counts as free.
 */
export interface NetworkRoofline {
  /** Nanoseconds of a run in which the subject skips what it skips. */
  readonly subjectNs: number;
  /** Nanoseconds of a run that skips nothing. */
  readonly denseNs: number;
  /** Most that skipping is worth under this roof: `denseNs / subjectNs`. */
  readonly ceiling: number;
  /** The least time as a fraction of the subject's measured one. */
  readonly attained: number;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** Raw samples of one engine in one cell. */
export interface Measurement {
  /** What was run. */
  readonly cell: string;
  /** Engine that ran it. */
  readonly engine: string;
  /** Its main kernel, where that is known. */
  readonly kernel: string | null;
  /** Threads it used. */
  readonly threads: number;
  /** Time of each run; empty if it was skipped. */
  readonly samplesNs: readonly number[];
  /** Floating-point operations of one run, zeros left out. */
  readonly flopsDone: number;
  /** Floating-point operations of one run of the dense equivalent. */
  readonly flopsDense: number;
  /** Largest absolute difference from the reference outputs. */
  readonly maxError: number | null;
  /** Why there are no samples; `null` if there are. */
  readonly skipped: string | null;
  /** Whose outputs its own were compared with before it was timed. */
  readonly checkedAgainst?: string;
  /** The layer, where layers were timed. */
  readonly layer?: LayerFacts;
  /** The network, where a network was timed. */
  readonly network?: NetworkFacts;
  /** What its kernels cost and moved, where layers were timed on our own kernels. */
  readonly facts?: KernelFacts;
  /** What a network holds once it is loaded, where our own engines ran one. */
  readonly memory?: Memory;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** The network of a cell in which one was timed. Items a second are `batch / nanoseconds of a run * 1e9`. */
export interface NetworkFacts {
  /** Name, e.g. `resnet50`. */
  readonly name: string;
  /** Name of the weights' pattern. */
  readonly pattern: string;
  /** Fraction of zeros in the pruned layers. */
  readonly sparsity: number;
  /** What one item of a batch is, e.g. `image`. */
  readonly item: string;
  /** Items of a run. */
  readonly batch: number;
  /** Tokens of a sequence; `null` where there are none. */
  readonly sequence: number | null;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** Which layers of a network that was timed have the pattern. */
export interface NetworkLayers {
  /** Name, e.g. `resnet50`. */
  readonly network: string;
  /** Name of the pattern. */
  readonly pattern: string;
  /** Fraction of zeros in the pruned layers. */
  readonly sparsity: number;
  /** Pruned weights as the matrices that patterns are drawn on, and their own shares of zeros. */
  readonly pruned: readonly {
    readonly layer: string;
    readonly rows: number;
    readonly cols: number;
    readonly sparsity: number;
  }[];
  /** Weights that stayed dense, and why. */
  readonly skipped: readonly { readonly layer: string; readonly reason: string }[];
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** Where the time of a run of a network goes, on an engine of ours. */
export interface LayerProfile {
  /** What was run. */
  readonly cell: string;
  /** Engine. */
  readonly engine: string;
  /** Threads it used. */
  readonly threads: number;
  /** In the order of the network. */
  readonly layers: readonly ProfiledLayer[];
  /** Nanoseconds in which threads wait for each other. */
  readonly waitNs: number;
  /** Nanoseconds around the program: inputs, outputs, starting threads. */
  readonly outsideNs: number;
  /** Nanoseconds of a run with profiling. */
  readonly profiledNs: number;
  /** Nanoseconds of a run without. */
  readonly runNs: number;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** One layer of a profile. */
export interface ProfiledLayer {
  /** Name of the weight, or of the operation. */
  readonly layer: string;
  /** Kernels that it runs. */
  readonly kernel: string;
  /** Nanoseconds of a run. */
  readonly ns: number;
  /** GFLOP/s on what is not skipped; `null` for work without products. */
  readonly gflops: number | null;
  /** The same as a fraction of the peak measured in the same process; `null` where either is not known. */
  readonly ofPeak: number | null;
  /** Whether zeros are skipped; `null` for work without weights. */
  readonly isSparse: boolean | null;
  /** Fraction of zeros in the weight; `null` for work without weights. */
  readonly sparsity: number | null;
  /** Why this kernel. */
  readonly reason: string;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** Accuracies published for a network that was timed, as fractions. */
export interface PublishedAccuracy {
  /** What was run. */
  readonly cell: string;
  /** Recipe that they come from. */
  readonly recipe: string;
  /** Name of the metric. */
  readonly metric: string;
  /** How they came about, e.g. `max` over runs. */
  readonly kind: string;
  /** Of the dense model. */
  readonly dense: number;
  /** Of the sparse model. */
  readonly sparse: number;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** The layer of a cell in which layers were timed and no network. */
export interface LayerFacts {
  /** `linear`, `quantized_linear` or `convolution`. */
  readonly op: string;
  /** Types of activations and weights: `f32` or `u8s8`. */
  readonly dtype: string;
  /** Name of the weights' pattern. */
  readonly pattern: string;
  /** Fraction of zero weights. */
  readonly sparsity: number;
  /** Fraction of zero activations. */
  readonly activationSparsity: number;
  /** Outputs: rows of the weight matrix. */
  readonly rows: number;
  /** Inputs of each output: columns of the weight matrix. */
  readonly cols: number;
  /** Tokens, or pixels of all output planes. */
  readonly lanes: number;
  /** Layers of one run, each with weights of its own. */
  readonly layers: number;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** Memory of a loaded network. */
export interface Memory {
  /** Bytes of packed weights and other parameters. */
  readonly weightBytes: number;
  /** Bytes of activations, inputs and outputs: the most that are held at once. */
  readonly activationBytes: number;
  /** Bytes of emitted code and of its arguments. */
  readonly codeBytes: number;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** What one of our own kernels cost to prepare, and what a run moves. */
export interface KernelFacts {
  /** Instruction set, e.g. `avx512`. */
  readonly target: string;
  /** Family of kernels, e.g. `panel`. */
  readonly family: string;
  /** Nanoseconds to pack all weights, in each process. */
  readonly packNs: readonly number[];
  /** Nanoseconds to emit all code, in each process. */
  readonly emitNs: readonly number[];
  /** Bytes of emitted code. */
  readonly codeBytes: number;
  /** Operations that kernels execute in one run: padding and stored zeros included. */
  readonly flopsExecuted: number;
  /** Bytes of weights, offsets and counts that one run reads. */
  readonly weightBytes: number;
  /** Bytes of activations that one run reads and writes. */
  readonly activationBytes: number;
  /** Bytes of memory that all of it lies in: what a run reads repeatedly counts once. */
  readonly footprintBytes: number;
  /**
   * What the processor could do at most with values of the layer's type, GFLOP/s or GOP/s, in each of these processes: clocks
   * differ from one to the next.
   */
  readonly peaks?: readonly number[];
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** What a processor can do at most, measured in the processes that timed kernels. */
export interface MachinePeaks {
  /** Instruction set. */
  readonly target: string;
  /** Threads that worked at once. */
  readonly threads: number;
  /** float32 multiply-adds on registers as GFLOP/s, in each process. */
  readonly gflops: readonly number[];
  /** Dot products of bytes on registers as GOP/s, in each process; empty if there are none. */
  readonly gops: readonly number[];
  /** Reading a stretch of memory again and again, the smallest stretch first. */
  readonly reads: readonly {
    /** Length of the stretch of each thread. */
    readonly sizeBytes: number;
    /** GB/s in each process, all threads together. */
    readonly gbps: readonly number[];
    /** More may stand beside. */
    readonly [more: string]: unknown;
  }[];
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** The kernel that an engine chose for a layer. */
export interface Dispatch {
  /** Engine. */
  readonly engine: string;
  /** What was run. */
  readonly cell: string;
  /** Name of the layer. */
  readonly layer: string;
  /** Name of the kernel. */
  readonly kernel: string;
  /** Fraction of zeros in the layer's weight, if it has one. */
  readonly sparsity: number | null;
  /** Fraction of the weight positions that the kernel skips; below `sparsity` if it multiplies padding. */
  readonly skipped: number | null;
  /** Why this kernel. */
  readonly reason: string;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** Bytes of a matrix in a format. */
export interface StoredFormat {
  /** Name of the format, e.g. `csr`; `skipzero` for ours, `dense` for every weight. */
  readonly format: string;
  /** What the format was told, e.g. `4x1` blocks; may be empty. */
  readonly detail: string;
  /** Name of the pattern of the zeros. */
  readonly pattern: string;
  /** Fraction of zeros, 0 to 1. */
  readonly sparsity: number;
  /** Bytes of the values, zeros that the format stores included; of everything else; of both. */
  readonly bytes: { readonly values: number; readonly indices: number; readonly total: number };
  /** Bytes of the matrix with every weight stored. */
  readonly denseBytes: number;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** A doubt, and what would remove it. */
export interface Warning {
  /** What was seen. */
  readonly what: string;
  /** A command or act that helps. */
  readonly remedy: string;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/** A result document. */
export interface Result {
  /** Version tag. */
  readonly format: typeof RESULT_FORMAT;
  /** The procedure, e.g. `models`. */
  readonly suite: string;
  /** The recipe it was applied to, if any. */
  readonly recipe: string | null;
  /** The recipe's profile, if any. */
  readonly profile: "quick" | "published" | "scratch" | null;
  /** When measuring began, UTC, e.g. `2026-01-31T12:00:00Z`. */
  readonly startedAt: string;
  /** Whether the claim held; `null` if there was none. */
  readonly verdict: Verdict | null;
  /** `null` if nothing was trained. */
  readonly accuracy: Accuracy | null;
  /** `null` if nothing was pruned. */
  readonly sparsity: Sparsity | null;
  /** `null` if nothing was trained. */
  readonly training: TrainingCurves | null;
  /** Engines against each other. */
  readonly comparisons: readonly Comparison[];
  /** Raw samples. */
  readonly measurements: readonly Measurement[];
  /** What the processor can do at most; only where layers or networks were timed. */
  readonly peaks?: readonly MachinePeaks[];
  /** Which layers have the pattern; only where networks were timed. */
  readonly networks?: readonly NetworkLayers[];
  /** Where the time goes; only where it was asked for. */
  readonly profiles?: readonly LayerProfile[];
  /** Published accuracies of the networks that were timed. */
  readonly published?: readonly PublishedAccuracy[];
  /** What was trained; only where a suite trains. */
  readonly experiment?: Experiment;
  /** What formats take to store matrices; only where layers were timed. */
  readonly storage?: readonly StoredFormat[];
  /** Chosen kernels. */
  readonly dispatch: readonly Dispatch[];
  /** Doubts. */
  readonly warnings: readonly Warning[];
  /** What differs from the recipe, in words. */
  readonly deviations: readonly string[];
  /** What it was measured with and on. */
  readonly provenance: Readonly<Record<string, unknown>>;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}
