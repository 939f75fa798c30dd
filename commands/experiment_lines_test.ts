import { assertEquals } from "@std/assert";
import type { TrainedModel } from "../results/mod.ts";
import { experimentLines } from "./experiment_lines.ts";
import { sampleResult } from "./sample.ts";

function model(id: string, kind: TrainedModel["kind"], metrics: readonly number[]): TrainedModel {
  return {
    ...{ id, kind, series: id, network: "mnist-cnn", pattern: "unstructured" },
    ...{ target: kind === "dense" ? 0 : 0.9, width: 1, parameters: 1000, nonZeros: 1000 },
    runs: metrics.map((metric, i) => ({
      ...{ seed: i + 1, metric, sparsity: 0.9, groups: [], correct: null },
      noise: [{ level: 0, metric }, { level: 0.5, metric: metric / 2 }],
    })),
  };
}

Deno.test("experimentLines() has a line for each network, and gaps of the sparse ones", () => {
  const experiment = {
    data: {
      ...{ name: "mnist", train: 60_000, dev: 10_000, metric: "accuracy" },
      ...{ ceiling: null, majority: 0.1, classes: [], labels: null },
    },
    models: [model("dense", "dense", [0.99, 0.98]), model("90 %", "sparse", [0.98, 0.96])],
    published: [],
  };
  const result = sampleResult({ suite: "how-sparse", recipe: null, experiment });
  assertEquals(experimentLines(result), [
    "how-sparse   mnist, 60000 examples, 2 seeds: accuracy [95 % interval], gap to the dense network, accuracy at noise 0.5",
    "  dense   98.50 % [92.1, 100.0]                            49.25 % [46.1, 52.4]",
    "  90 %    97.00 % [84.3, 100.0]   -1.50 [-7.85, 4.85]      48.50 % [42.1, 54.9]",
  ]);
});

Deno.test("experimentLines() says nothing of what was timed", () => {
  assertEquals(experimentLines(sampleResult()), []);
});
