import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { float32 } from "../core/mod.ts";
import { writeSafetensors } from "../models/mod.ts";
import { findRecipe } from "../recipes/mod.ts";
import { parseResult, resultText } from "../results/mod.ts";
import type { TrainingRecord } from "../training/mod.ts";
import { assembleResult, type Findings } from "./assemble.ts";
import { planBench } from "./bench_plan.ts";
import { sampleResult } from "./sample.ts";
import { planTraining } from "./train_plan.ts";

const recipe = await findRecipe("bert-mini-4x1-sst2");
const layer = "bert.encoder.layer.0.intermediate.dense.weight";

const training: TrainingRecord = {
  format: "skipzero.training/1",
  recipe: recipe.name,
  profile: "quick",
  metric: "accuracy",
  dense: [{ seed: 1, last: 0.94, best: 0.94, groups: [] }],
  sparse: [{ seed: 1, last: 0.935, best: 0.94, groups: [] }],
  ceiling: 0.96,
  majority: 0.5,
  layers: [{
    name: layer,
    rows: 4,
    cols: 4,
    pattern: recipe.sparsity.pattern,
    sparsity: 0.9,
    proved: true,
    violation: null,
  }],
  skipped: [],
  sparsity: recipe.sparsity.target,
  deviations: ["data: synthetic-sentiment instead of sst2"],
  seeds: [1],
  model: {},
  dataset: { name: "synthetic-sentiment", train: 10, dev: 10, origin: null },
  wallMs: 1,
};

async function findingsIn(trainDirectory: string): Promise<Findings> {
  await Deno.writeTextFile(join(trainDirectory, "log.jsonl"), "");
  const weights = new Map([[layer, float32([4, 4])]]);
  await writeSafetensors(join(trainDirectory, "sparse-1.safetensors"), weights);
  const { comparisons } = sampleResult();
  return {
    trainPlan: await planTraining({
      recipe,
      profile: "quick",
      data: null,
      seeds: 1,
      trainExamples: 100,
    }),
    trainDirectory,
    training,
    benchPlan: await planBench({
      suite: "models",
      recipes: [recipe],
      weights: new Map(),
      threads: [1],
      quick: true,
      data: null,
      filter: null,
    }),
    bench: {
      startedAt: "2026-01-31T12:00:00.000Z",
      comparisons,
      measurements: [],
      dispatch: [],
      warnings: [],
    },
    threads: 1,
    flags: ["reproduce", recipe.name],
  };
}

Deno.test("assembleResult() makes a document that its reader takes, with the verdict in it", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { result, verdict } = await assembleResult(await findingsIn(directory));
    const read = parseResult(resultText(result), "test");
    assertEquals(read.verdict?.outcome, "partial");
    assertEquals(verdict.checks.map(({ status }) => status), ["ok", "ok", "ok"]);
    assertEquals([read.suite, read.recipe, read.profile], ["models", recipe.name, "quick"]);
    assertEquals(read.training?.masks.length, 1);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("assembleResult() says that the timed network of a quick run has drawn masks", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { result } = await assembleResult(await findingsIn(directory));
    assertStringIncludes(result.deviations.join("\n"), "masks drawn at random");
    assertStringIncludes(result.verdict!.reasons.join("\n"), "masks drawn at random");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("assembleResult() names recipe, weights, seeds and protocol in the origin", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { provenance } = (await assembleResult(await findingsIn(directory))).result;
    const files = provenance["files"] as Record<string, { sha256: { value: string | null } }>;
    assertEquals(Object.keys(files).sort(), ["lock", "recipe", "sparse weights seed 1"]);
    for (const { sha256 } of Object.values(files)) assertEquals(sha256.value?.length, 64);
    assertEquals(provenance["seeds"], [1]);
    assertEquals((provenance["protocol"] as { processes: number }).processes > 1, true);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
