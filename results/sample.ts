/**
 * A small result with every section, for tests.
 *
 * @module
 */
import {
  type Comparison,
  type MachinePeaks,
  type Measurement,
  type Result,
  RESULT_FORMAT,
} from "./result.ts";

/** A comparison of made-up figures. */
export function sampleComparison(changes: Partial<Comparison> = {}): Comparison {
  return {
    cell: "bert-mini f32 4x1 0.9 batch=32 seq=128",
    subject: "skipzero-native",
    baseline: "onnxruntime-node",
    threads: 1,
    ratio: { estimate: 5, low: 4.9, high: 5.1 },
    ceiling: 5.9,
    verdict: "faster",
    noiseFloor: 0.01,
    rounds: 12,
    ...changes,
  };
}

/** A result of made-up figures. */
export function sampleResult(changes: Partial<Result> = {}): Result {
  const figures = { mean: 0.9, sd: 0.01, values: [0.89, 0.9, 0.91] };
  return {
    format: RESULT_FORMAT,
    suite: "models",
    recipe: "bert-mini-4x1-sst2",
    profile: "quick",
    startedAt: "2026-01-31T12:00:00Z",
    verdict: { outcome: "partial", reasons: ["quick data cannot confirm the published accuracy"] },
    accuracy: {
      metric: "accuracy",
      published: { dense: 0.8761, sparse: 0.8692, kind: "max" },
      dense: figures,
      sparse: figures,
      ceiling: 0.96,
      majority: 0.5,
    },
    sparsity: {
      target: 0.9,
      measured: 0.9,
      layers: [{ name: "query.weight", pattern: "4x1", sparsity: 0.9, proved: true }],
      skipped: [{ name: "classifier.weight", reason: "2 rows do not divide by 4" }],
    },
    training: {
      log: [{ seed: 1, stage: "dense", step: 10, loss: 0.7, sparsity: 0, metric: null }],
      groups: [{ by: "class", bucket: "positive", count: 9, dense: figures, sparse: figures }],
      masks: [{ layer: "query.weight", rows: 4, cols: 2, bits: "qg==" }],
    },
    comparisons: [sampleComparison()],
    measurements: [{
      cell: "bert-mini f32 4x1 0.9 batch=32 seq=128",
      engine: "skipzero-native",
      kernel: "spmm_f32_4x1_avx512",
      threads: 1,
      samplesNs: [2000, 1000, 4000, 3000],
      flopsDone: 5000,
      flopsDense: 50000,
      maxError: 1e-6,
      skipped: null,
    }],
    dispatch: [{
      engine: "skipzero-native",
      cell: "bert-mini f32 4x1 0.9 batch=32 seq=128",
      layer: "query.weight",
      kernel: "spmm_f32_4x1_avx512",
      sparsity: 0.9,
      skipped: 0.9,
      reason: "proved 4x1",
    }],
    warnings: [{ what: "noise", remedy: "close other programs" }],
    deviations: ["generated data"],
    provenance: { seeds: [1, 2, 3] },
    ...changes,
  };
}

/** Made-up peaks of one thread. */
export function samplePeaks(): MachinePeaks {
  return {
    target: "avx512",
    threads: 1,
    gflops: [190, 200, 210],
    gops: [800],
    reads: [
      { sizeBytes: 16384, gbps: [300] },
      { sizeBytes: 1048576, gbps: [100] },
      { sizeBytes: 67108864, gbps: [30] },
    ],
  };
}

/** A measurement of a layer of made-up figures. */
export function sampleKernelMeasurement(changes: Partial<Measurement> = {}): Measurement {
  return {
    cell: "f32 4x1 0.9 64x512x64",
    engine: "skipzero-native",
    kernel: "spmm_f32_4x1_avx512_64",
    threads: 1,
    samplesNs: [4000, 4000, 4000],
    flopsDone: 420_000,
    flopsDense: 4_200_000,
    maxError: 1e-6,
    skipped: null,
    layer: {
      op: "linear",
      dtype: "f32",
      pattern: "4x1",
      sparsity: 0.9,
      activationSparsity: 0,
      rows: 64,
      cols: 512,
      lanes: 64,
      layers: 1,
    },
    facts: {
      target: "avx512",
      family: "panel",
      packNs: [200_000, 100_000],
      emitNs: [50_000, 50_000],
      codeBytes: 700,
      flopsExecuted: 420_000,
      weightBytes: 20_000,
      activationBytes: 140_000,
      footprintBytes: 160_000,
    },
    ...changes,
  };
}
