import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { float32 } from "../core/mod.ts";
import { writeSafetensors } from "../models/mod.ts";
import { findRecipe } from "../recipes/mod.ts";
import type { LogLine, SeedResult, TrainingRecord } from "../training/mod.ts";
import {
  accuracySection,
  groupFigures,
  sparsitySection,
  thin,
  trainingSection,
} from "./training_section.ts";

const recipe = await findRecipe("bert-mini-4x1-sst2");

function seedResult(seed: number, last: number): SeedResult {
  return {
    seed,
    last,
    best: last + 0.01,
    groups: [
      { by: "class", bucket: "negative", count: 40, accuracy: last - 0.1 },
      { by: "class", bucket: "positive", count: 60, accuracy: last + 0.05 },
    ],
  };
}

const record: TrainingRecord = {
  format: "skipzero.training/1",
  recipe: recipe.name,
  profile: "quick",
  metric: "accuracy",
  dense: [seedResult(1, 0.94), seedResult(2, 0.92)],
  sparse: [seedResult(1, 0.93), seedResult(2, 0.93)],
  ceiling: 0.96,
  majority: 0.5,
  layers: [{
    name: "bert.encoder.layer.0.attention.self.query.weight",
    rows: 4,
    cols: 4,
    pattern: "4x1",
    sparsity: 0.5,
    proved: true,
    violation: null,
  }],
  skipped: [{ name: "classifier.weight", reason: "2 rows do not divide by 4" }],
  sparsity: 0.9,
  deviations: ["init: scratch"],
  seeds: [1, 2],
  model: {},
  dataset: { name: "synthetic-sentiment", train: 10, dev: 10, origin: null },
  products: [],
  peakMemoryBytes: 1,
  wallMs: 1,
};

function line(step: number, more: Partial<LogLine> = {}): LogLine {
  return {
    seed: 1,
    stage: "dense",
    step,
    epoch: 0,
    loss: 1 / step,
    learningRate: 1e-3,
    sparsity: 0,
    metric: null,
    ...more,
  };
}

Deno.test("accuracySection() has mean, spread and values over seeds beside the claim", () => {
  const section = accuracySection(record, recipe);
  assertEquals(section.dense.values, [0.94, 0.92]);
  assertEquals(section.dense.mean.toFixed(3), "0.930");
  assertEquals(section.sparse.sd, 0);
  assertEquals((section.sparse["best"] as number[]).map((best) => best.toFixed(2)), [
    "0.94",
    "0.94",
  ]);
  assertEquals(section.published.dense, recipe.claim.dense);
});

Deno.test("sparsitySection() has the target of the recipe and what was measured", () => {
  const section = sparsitySection(record, recipe);
  assertEquals([section.target, section.measured], [recipe.sparsity.target, 0.9]);
  assertEquals(section.layers.length, 1);
});

Deno.test("groupFigures() pairs sub-populations of dense and sparse models", () => {
  const [negative, positive] = groupFigures(record);
  assertEquals([negative!.bucket, negative!.count], ["negative", 40]);
  assertEquals(positive!.sparse.values.map((value) => value.toFixed(2)), ["0.98", "0.98"]);
});

Deno.test("accuracySection() calls a metric as the claim does, or says that another one was published", () => {
  const nameOf = (metric: typeof recipe.claim.metric): unknown[] => {
    const claimed = { ...recipe, claim: { ...recipe.claim, metric } };
    const { published, ...accuracy } = accuracySection(record, claimed);
    return [accuracy.metric, published.metric];
  };
  assertEquals(nameOf("accuracy"), ["accuracy", undefined]);
  assertEquals(nameOf("top1"), ["top1", undefined]);
  assertEquals(nameOf("glue-average"), ["accuracy", "glue-average"]);
});

Deno.test("thin() keeps every evaluation and a picture's worth of the rest", () => {
  const log = Array.from(
    { length: 1000 },
    (_, index) => line(index + 1, { metric: index % 100 === 99 ? 0.9 : null }),
  );
  const points = thin(log);
  assert(points.length < 200);
  assertEquals(points.filter(({ metric }) => metric !== null).length, 10);
  assertEquals(points[0]!.step, 1);
  const steps = points.map(({ step }) => step);
  assertEquals(steps, steps.toSorted((a, b) => a - b));
});

Deno.test("thin() thins each seed and stage by itself", () => {
  const long = Array.from({ length: 1000 }, (_, index) => line(index + 1));
  const short = [line(1, { seed: 2 }), line(2, { seed: 2 }), line(1, { stage: "sparse" })];
  assertEquals(thin([...long, ...short]).slice(-3).map(({ step }) => step), [1, 2, 1]);
});

Deno.test("trainingSection() reads log and masks of a cache entry", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const log = [line(1), line(2, { metric: 0.9 })].map((entry) => JSON.stringify(entry));
    await Deno.writeTextFile(join(directory, "log.jsonl"), log.join("\n") + "\n");
    const weights = Float32Array.from({ length: 16 }, (_, index) => index % 2);
    await writeSafetensors(
      join(directory, "sparse-1.safetensors"),
      new Map([[record.layers[0]!.name, float32([4, 4], weights)]]),
    );
    const section = await trainingSection(record, directory);
    assertEquals(section.log.length, 2);
    assertEquals(section.masks, [{
      layer: record.layers[0]!.name,
      rows: 4,
      cols: 4,
      bits: btoa("\x55\x55"),
    }]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
