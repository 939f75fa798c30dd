/**
 * A small result document for tests.
 *
 * @module
 */
import { type Result, RESULT_FORMAT } from "../results/mod.ts";

/** A result of `bert-mini-4x1-sst2`; `changes` replace its fields. */
export function sampleResult(changes: Partial<Result> = {}): Result {
  return {
    format: RESULT_FORMAT,
    suite: "models",
    recipe: "bert-mini-4x1-sst2",
    profile: "quick",
    startedAt: "2026-01-31T12:00:00.000Z",
    verdict: { outcome: "partial", reasons: ["mechanism and speed hold"] },
    accuracy: null,
    sparsity: null,
    training: null,
    comparisons: [{
      cell: "bert-mini f32 4x1 0.9 batch=32 seq=128",
      subject: "skipzero-native",
      baseline: "onnxruntime-node",
      threads: 1,
      ratio: { estimate: 5.2, low: 5.1, high: 5.3 },
      ceiling: 5.9,
      verdict: "faster",
      noiseFloor: 0.011,
      rounds: 12,
    }],
    measurements: [],
    dispatch: [],
    warnings: [],
    deviations: [],
    provenance: {},
    ...changes,
  };
}
