import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { mean, standardDeviation } from "../core/mod.ts";
import { findRecipe, type Recipe } from "../recipes/mod.ts";
import type { Comparison, Result } from "../results/mod.ts";
import { headlineOf } from "./speed_check.ts";
import { type Check, type Evidence, failedTolerance, judge } from "./verdict.ts";

const found = await findRecipe("bert-mini-4x1-sst2");
/** The figures that the tests below rely on, whatever the file says. */
const recipe: Recipe = {
  ...found,
  claim: { ...found.claim, dense: 0.8761, sparse: 0.8692, kind: "max", fidelity: "exact" },
  sparsity: { ...found.sparsity, pattern: "4x1", target: 0.9 },
  benchmark: { sequence: 128, batches: [1, 32], headline: 32 },
  tolerances: { accuracyGap: 0.01, accuracy: 0.01, speedup: 1.5 },
};

function figures(values: number[]): NonNullable<Result["accuracy"]>["dense"] {
  return { mean: mean(values), sd: standardDeviation(values), values };
}

function accuracyOf(
  dense: number[],
  sparse: number[],
  ceiling: number | null = 0.96,
): NonNullable<Result["accuracy"]> {
  const { claim } = recipe;
  return {
    metric: "accuracy",
    published: { dense: claim.dense, sparse: claim.sparse, kind: claim.kind },
    dense: figures(dense),
    sparse: figures(sparse),
    ceiling,
    majority: 0.5,
  };
}

function comparison(
  estimate: number,
  baseline: string,
  more: Partial<Comparison> = {},
): Comparison {
  return {
    cell: "bert-mini f32 4x1 0.9 batch=32 seq=128",
    subject: "skipzero-native",
    baseline,
    threads: 1,
    ratio: { estimate, low: 0.98 * estimate, high: 1.02 * estimate },
    ceiling: 5.9,
    verdict: estimate > 1.05 ? "faster" : estimate < 0.95 ? "slower" : "inconclusive",
    noiseFloor: 0.011,
    ...more,
  };
}

const layer = {
  name: "encoder.layer.0.output.dense.weight",
  pattern: "4x1",
  sparsity: 0.9,
  proved: true,
};

const good: Evidence = {
  recipe,
  profile: "quick",
  threads: 1,
  accuracy: accuracyOf([0.935, 0.936, 0.937], [0.931, 0.93, 0.932]),
  sparsity: {
    target: 0.9,
    measured: 0.9,
    layers: [layer, layer],
    skipped: [{ name: "classifier", reason: "2 rows do not divide by 4" }],
  },
  comparisons: [comparison(5.2, "onnxruntime-node"), comparison(5.6, "skipzero-native-dense")],
  untimed: null,
  deviations: [],
};

const published: Evidence = {
  ...good,
  profile: "published",
  accuracy: accuracyOf([0.87, 0.876, 0.866], [0.866, 0.868, 0.865], null),
};

function checkOf(evidence: Evidence, name: Check["name"]): Check {
  return judge(evidence).checks.find((check) => check.name === name)!;
}

Deno.test("judge() calls a quick run in which all holds partial, never reproduced", () => {
  const verdict = judge(good);
  assertEquals(verdict.checks.map((check) => check.status), ["ok", "ok", "ok"]);
  assertEquals(verdict.outcome, "partial");
  assertEquals(
    verdict.reasons[0],
    "mechanism and speed hold; quick data cannot confirm the published accuracy",
  );
  assert(!failedTolerance(verdict));
});

Deno.test("judge() calls a published run in which all holds reproduced", () => {
  assertEquals(judge(published).outcome, "reproduced");
});

Deno.test("judge() is partial at best if the published run deviates from the recipe", () => {
  const verdict = judge({ ...published, deviations: ["init: scratch"] });
  assertEquals(verdict.outcome, "partial");
  assert(verdict.reasons.includes("init: scratch"));
});

Deno.test("judge() does not hold the published figure against a run that deviates", () => {
  const accuracy = accuracyOf([0.748, 0.737], [0.747, 0.748], null);
  const deviations = ["init: scratch"];
  const verdict = judge({ ...published, accuracy, deviations });
  assertEquals(verdict.outcome, "partial");
  assert(!failedTolerance(verdict));
  const { text } = checkOf({ ...published, accuracy, deviations }, "accuracy");
  assertStringIncludes(text, "the claimed 86.92 % is not compared");
});

Deno.test("judge() names a run whose failed gap decides nothing for what it is", () => {
  const accuracy = accuracyOf([0.876, 0.875, 0.877], [0.84, 0.842, 0.841], null);
  const deviating = judge({ ...published, accuracy, deviations: ["init: scratch"] });
  assertEquals(deviating.outcome, "inconclusive");
  assertStringIncludes(deviating.reasons[0]!, "in this run, which is not the published one");
  const claim = { ...recipe.claim, fidelity: "partial" as const };
  const read = judge({ ...published, accuracy, recipe: { ...recipe, claim } });
  assertStringIncludes(read.reasons[0]!, "in this run of our reading of the recipe");
});

Deno.test("judge() lets a published run be reproduced that forms its batches otherwise", () => {
  const deviations = ["batches: 9 examples that fill no whole batch are left out of each epoch"];
  const verdict = judge({ ...published, deviations });
  assertEquals(verdict.outcome, "reproduced");
  assert(verdict.reasons.includes(deviations[0]!));
});

Deno.test("judge() is partial at best if no complete recipe was published", () => {
  for (const fidelity of ["partial", "reconstructed"] as const) {
    const claim = { ...recipe.claim, fidelity };
    const verdict = judge({ ...published, recipe: { ...recipe, claim } });
    assertEquals(verdict.outcome, "partial");
    assertStringIncludes(verdict.reasons.join("\n"), "our");
  }
});

Deno.test("judge() calls a gap outside the tolerance contradicted on published data", () => {
  const accuracy = accuracyOf([0.876, 0.875, 0.877], [0.84, 0.842, 0.841], null);
  const verdict = judge({ ...published, accuracy });
  assertEquals(verdict.outcome, "contradicted");
  assertEquals(verdict.reasons[0], "accuracy outside the tolerance");
  assert(failedTolerance(verdict));
});

Deno.test("judge() lets a gap on stand-in data fail without contradicting the claim", () => {
  const accuracy = accuracyOf([0.935, 0.936, 0.937], [0.901, 0.9, 0.902]);
  const verdict = judge({ ...good, accuracy });
  assertEquals(verdict.outcome, "inconclusive");
  assertStringIncludes(verdict.reasons[0]!, "accuracy outside the tolerance in this stand-in run");
  assert(failedTolerance(verdict));
});

Deno.test("judge() leaves a gap open if seeds differ too much to tell", () => {
  const accuracy = accuracyOf([0.93, 0.95, 0.91], [0.95, 0.85, 0.92]);
  const check = checkOf({ ...good, accuracy }, "accuracy");
  assertEquals(check.status, "open");
  assertStringIncludes(check.text, "seeds differ");
  assertEquals(judge({ ...good, accuracy }).outcome, "inconclusive");
});

Deno.test("judge() takes a smaller loss than claimed as holding, and says so", () => {
  const check = checkOf({ ...good, accuracy: accuracyOf([0.93, 0.93], [0.95, 0.951]) }, "accuracy");
  assertEquals(check.status, "ok");
  assertStringIncludes(check.text, "smaller loss than claimed");
});

Deno.test("judge() draws nothing from a dense model that has not learned the task", () => {
  const check = checkOf(
    { ...good, accuracy: accuracyOf([0.52, 0.51], [0.515, 0.512]) },
    "accuracy",
  );
  assertEquals(check.status, "open");
  assertStringIncludes(check.text, "has not learned the task (majority class 50.0 %)");
});

Deno.test("judge() compares published figures as they were published: best with best", () => {
  const short = accuracyOf([0.852, 0.853], [0.852, 0.853], null);
  const check = checkOf({ ...published, accuracy: short }, "accuracy");
  assertEquals(check.status, "failed");
  assertStringIncludes(check.text, "best 85.30 %, claimed 86.92 ± 1.0 %");
});

Deno.test("judge() prints the gap as the design does", () => {
  const accuracy = accuracyOf([0.936], [0.931]);
  assertEquals(
    checkOf({ ...good, accuracy }, "accuracy").text,
    "sparse 93.1 %, dense 93.6 % over 1 seed; gap -0.50, claimed -0.69 ± 1.0",
  );
});

Deno.test("judge() fails a pattern that is not proved", () => {
  const sparsity = { ...good.sparsity!, layers: [layer, { ...layer, proved: false }] };
  const verdict = judge({ ...good, sparsity });
  assertEquals(verdict.checks[0]!.status, "failed");
  assertEquals(verdict.outcome, "inconclusive");
  assert(failedTolerance(verdict));
});

Deno.test("judge() fails a sparsity that misses the target", () => {
  const sparsity = { ...good.sparsity!, measured: 0.85 };
  assertEquals(checkOf({ ...good, sparsity }, "pattern").status, "failed");
  assertStringIncludes(checkOf({ ...good, sparsity }, "pattern").text, "the target is 90.0 %");
});

Deno.test("judge() tells which layers stay dense and why", () => {
  assertEquals(
    checkOf(good, "pattern").text,
    "4x1 at 90.0 % in 2 layers, proved; 1 kept dense (classifier: 2 rows do not divide by 4)",
  );
});

Deno.test("judge() wants no zeros where the claim has none", () => {
  const recipe = { ...good.recipe, sparsity: { ...good.recipe.sparsity, target: 0 } };
  const none = { target: 0, measured: 0, layers: [], skipped: [] };
  assertEquals(checkOf({ ...good, recipe, sparsity: none }, "pattern").status, "ok");
  assertEquals(checkOf({ ...good, recipe }, "pattern").status, "failed");
});

Deno.test("judge() leaves accuracy and pattern open if nothing was trained", () => {
  const verdict = judge({ ...good, accuracy: null, sparsity: null });
  assertEquals(verdict.checks.map((check) => check.status), ["open", "open", "ok"]);
  assertEquals(verdict.outcome, "inconclusive");
});

Deno.test("judge() contradicts a claim if the sparse engine is slower, even on quick data", () => {
  const verdict = judge({ ...good, comparisons: [comparison(0.8, "onnxruntime-node")] });
  assertEquals(verdict.outcome, "contradicted");
  assert(failedTolerance(verdict));
});

Deno.test("judge() needs the least speed-up, not just any", () => {
  const verdict = judge({ ...good, comparisons: [comparison(1.4, "onnxruntime-node")] });
  assertEquals(verdict.checks[2]!.status, "failed");
  const near = judge({ ...good, comparisons: [comparison(1.51, "onnxruntime-node")] });
  assertEquals(near.checks[2]!.status, "open");
});

Deno.test("judge() leaves speed open if it was not measured", () => {
  const verdict = judge({ ...good, comparisons: [] });
  assertEquals(verdict.checks[2]!.status, "open");
  assertEquals(verdict.checks[2]!.text, "not measured at batch 32");
});

Deno.test("judge() quotes speed over the fastest dense engine first, then over the others", () => {
  assertEquals(
    checkOf(good, "speed").text,
    "5.2x [5.1, 5.3] over onnxruntime-node at batch 32; 5.6x over skipzero-native-dense; " +
      "ceiling 5.9x; noise floor ±1.1 %; faster",
  );
});

Deno.test("headlineOf() takes the fastest baseline at the headline batch and thread count", () => {
  const comparisons = [
    comparison(9, "onnxruntime-node", { cell: "bert-mini f32 4x1 0.9 batch=1 seq=128" }),
    comparison(2, "onnxruntime-node", { threads: 2 }),
    comparison(6, "skipzero-native-dense"),
    comparison(5, "onnxruntime-node"),
    comparison(1.1, "onnxruntime-node", { subject: "skipzero-native-dense" }),
  ];
  assertEquals(headlineOf({ ...good, comparisons })?.ratio.estimate, 5);
});

Deno.test("headlineOf() speaks of WebAssembly if there is no native engine", () => {
  const comparisons = [comparison(3, "onnxruntime-web", { subject: "skipzero-wasm" })];
  assertEquals(headlineOf({ ...good, comparisons })?.subject, "skipzero-wasm");
  assertStringIncludes(checkOf({ ...good, comparisons }, "speed").text, "in WebAssembly");
});

Deno.test("headlineOf() does not take a network whose name begins alike", () => {
  const cell = "bert-mini-scaled f32 4x1 0.9 batch=32 seq=128";
  assertEquals(headlineOf({ ...good, comparisons: [comparison(3, "tfjs", { cell })] }), null);
});

const measured: Evidence = {
  ...good,
  profile: null,
  accuracy: null,
  recipe: { ...recipe, profiles: {}, missing: "training on SQuAD is not built yet" },
};

Deno.test("judge() calls a recipe that is only measured partial if pattern and speed hold", () => {
  const verdict = judge(measured);
  assertEquals(verdict.outcome, "partial");
  assertEquals(verdict.checks.map(({ status }) => status), ["ok", "unjudged", "ok"]);
  assertEquals(
    verdict.reasons[0],
    "pattern and speed hold on the full-size network; accuracy is not measured, " +
      "since this recipe does not train yet",
  );
  assertEquals(verdict.checks[1]!.text, "not measured: training on SQuAD is not built yet");
  assertStringIncludes(verdict.checks[0]!.text, "proved on drawn weights");
  assert(!failedTolerance(verdict));
});

Deno.test("judge() is inconclusive about a measured recipe that was not timed, and says why", () => {
  const verdict = judge({ ...measured, comparisons: [], untimed: "Cannot compile conv1" });
  assertEquals(verdict.outcome, "inconclusive");
  assertStringIncludes(verdict.checks[2]!.text, "not measured at batch 32: Cannot compile conv1");
  assert(!failedTolerance(verdict));
});
