import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { float32 } from "../core/mod.ts";
import { writeSafetensors } from "../models/mod.ts";
import { findRecipe, type Recipe } from "../recipes/mod.ts";
import { parseResult, resultText } from "../results/mod.ts";
import type { NetworkProof } from "../suites/mod.ts";
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
  products: [],
  peakMemoryBytes: 1,
  wallMs: 1,
};

async function findingsIn(trainDirectory: string): Promise<Findings> {
  await Deno.writeTextFile(join(trainDirectory, "log.jsonl"), "");
  const weights = new Map([[layer, float32([4, 4])]]);
  await writeSafetensors(join(trainDirectory, "sparse-1.safetensors"), weights);
  const { comparisons } = sampleResult();
  const request = { recipe, profile: "quick", data: null, seeds: 1, trainExamples: 100 } as const;
  return {
    recipe,
    weights: { plan: await planTraining(request), directory: trainDirectory, record: training },
    benchPlan: await planBench({
      suite: "models",
      recipes: [recipe],
      recipesOnly: true,
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
    assertStringIncludes(result.deviations.join("\n"), "drawn at random");
    assertStringIncludes(result.verdict!.reasons.join("\n"), "drawn at random");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("assembleResult() writes down a recipe that is only measured, with the proof of what was timed", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const untrained: Recipe = { ...recipe, profiles: {}, missing: "there is no data yet" };
    const weights: NetworkProof = { measured: 0.9, layers: training.layers, skipped: [] };
    const { result, verdict } = await assembleResult({
      ...await findingsIn(directory),
      recipe: untrained,
      weights,
    });
    const read = parseResult(resultText(result), "test");
    assertEquals([read.profile, read.accuracy, read.training], [null, null, null]);
    assertEquals(read.sparsity?.layers.length, 1);
    assertEquals(verdict.outcome, "partial");
    assertEquals(verdict.checks.map(({ status }) => status), ["ok", "unjudged", "ok"]);
    assertEquals(verdict.checks[1]!.text, "not measured: there is no data yet");
    assertStringIncludes(read.verdict!.reasons.join("\n"), "not on the values");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("assembleResult() says why the network was not timed", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const findings = await findingsIn(directory);
    const skipped = "Cannot compile bert-mini: no kernel";
    const [cell] = findings.bench.comparisons;
    const measurement = {
      ...{ cell: cell!.cell, engine: "skipzero-native", kernel: null, threads: 1, skipped },
      ...{ samplesNs: [], flopsDone: 0, flopsDense: 0, maxError: null },
    };
    const bench = { ...findings.bench, comparisons: [], measurements: [measurement] };
    const { verdict } = await assembleResult({ ...findings, bench });
    const speed = verdict.checks.find(({ name }) => name === "speed");
    assertEquals([speed?.status, speed?.text], [
      "open",
      `not measured at batch 32: ${skipped}`,
    ]);
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
