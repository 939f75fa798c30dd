import { assertEquals } from "@std/assert";
import { findExperiment } from "../suites/mod.ts";
import type { SeedResult, TrainingRecord } from "../training/mod.ts";
import { experimentSection } from "./experiment_result.ts";

const { variants, published } = findExperiment("dimensionality")!;
const dense = variants.find(({ place }) => place.id === "dense, width 1")!;
const sparse = variants.find(({ place }) => place.id === "sparse, width 2")!;

function seedResult(seed: number, more: Partial<SeedResult> = {}): SeedResult {
  const groups = [{ by: "class", bucket: "one", count: 5, accuracy: 0.8 }];
  return { seed, last: 0.9, best: 0.95, groups, ...more };
}

function record(changes: Partial<TrainingRecord>): TrainingRecord {
  return {
    ...{ format: "skipzero.training/1", recipe: "x", profile: "quick", metric: "accuracy" },
    ...{ dense: [], sparse: [], ceiling: 0.96, majority: 0.1, layers: [], skipped: [] },
    ...{ sparsity: 0, deviations: [], seeds: [1], model: {}, products: [] },
    ...{ dataset: { name: "synthetic-digits", train: 500, dev: 3, origin: null } },
    ...{ peakMemoryBytes: 0, wallMs: 0 },
    ...changes,
  };
}

Deno.test("experimentSection() takes what the second stage left, with its noise test from no noise on", () => {
  const trials = [{ name: "noise 0.5", metric: 0.4 }, { name: "another test", metric: 0.1 }];
  const finished = [
    { variant: dense, record: record({ sparse: [seedResult(1, { trials, correct: "wA==" })] }) },
    {
      variant: sparse,
      record: record({
        sparse: [seedResult(1), seedResult(2, { last: 0.91 })],
        sparsity: 0.75,
        layers: [
          { name: "cnn2.weight", rows: 16, cols: 400, pattern: "unstructured", sparsity: 0.75 },
          { name: "linear.weight", rows: 128, cols: 256, pattern: "unstructured", sparsity: 0.75 },
        ].map((layer) => ({ ...layer, proved: true, violation: null })),
      }),
    },
  ];
  const examples = { classes: ["one", "two"], labels: Int32Array.of(0, 1, 1) };
  const { data, models } = experimentSection({ published }, finished, examples);
  assertEquals([data.dev, data.labels], [3, Uint8Array.of(0, 1, 1).toBase64()]);
  const [narrow, wide] = models;
  assertEquals([narrow!.kind, narrow!.parameters, narrow!.nonZeros], ["dense", 10_722, 10_722]);
  assertEquals(narrow!.runs, [{
    ...{ seed: 1, metric: 0.9, sparsity: 0, correct: "wA==" },
    noise: [{ level: 0, metric: 0.9 }, { level: 0.5, metric: 0.4 }],
    groups: [{ by: "class", bucket: "one", count: 5, metric: 0.8 }],
  }]);
  assertEquals([wide!.kind, wide!.network, wide!.width], ["sparse", "mnist-cnn-width-2", 2]);
  assertEquals([wide!.parameters, wide!.nonZeros], [41_018, 41_018 - 0.75 * (6400 + 32_768)]);
  assertEquals(wide!.runs.map(({ metric, noise, correct }) => [metric, noise, correct]), [
    [0.9, [], null],
    [0.91, [], null],
  ]);
});
