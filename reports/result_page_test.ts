import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { sha256Hex } from "../core/mod.ts";
import { findRecipe, type Recipe } from "../recipes/mod.ts";
import { parseResult, type Result } from "../results/mod.ts";
import { markupProblems, textOf } from "./markup_check.ts";
import { resultPage } from "./result_page.tsx";
import {
  sampleDimensionality,
  sampleGmpTrace,
  sampleHowSparse,
  sampleNoisyResult,
  sampleSubpopulations,
} from "./sample_experiments.ts";
import { sampleNetworksResult, sampleSweepResult } from "./sample_networks.ts";
import { sampleKernelResult, sampleResult, sampleSuiteResult } from "./sample_result.ts";

const recipe = await findRecipe("bert-mini-4x1-sst2");

function pageOf(...results: readonly Result[]): Promise<string> {
  return resultPage({ name: recipe.name, recipe, results });
}

function headingsOf(html: string): string[] {
  return [...html.matchAll(/<h2[^>]*>(.*?)<\/h2>/g)].map(([, heading]) => heading!);
}

Deno.test("the sample is a result document", () => {
  for (
    const sample of [
      sampleResult(),
      sampleSuiteResult(),
      sampleKernelResult(),
      sampleNetworksResult(),
      sampleHowSparse(),
      sampleGmpTrace(),
    ]
  ) {
    assertEquals(parseResult(JSON.stringify(sample), "sample.json"), sample);
  }
});

Deno.test("resultPage() has a section for each part of a result", async () => {
  assertEquals(headingsOf(await pageOf(sampleResult())), [
    "To be doubted",
    "The claim",
    "Speed",
    "Accuracy",
    "Who pays for sparsity",
    "What was pruned",
    "Training",
    "Time per run",
    "Kernels by layer",
    "Do it again",
  ]);
});

Deno.test("resultPage() shows what an experiment trained, with its raw figures to take away", async () => {
  const pages = [
    [sampleHowSparse(), "How sparse?", "−12."],
    [sampleGmpTrace(), "Gradual magnitude pruning", "every 10 steps from step 20 to 140"],
    [sampleDimensionality(), "Wider, with no more parameters", "as many parameters"],
    [sampleSubpopulations(), "Who pays for sparsity", "so that no network judges itself"],
  ] as const;
  for (const [result, heading, words] of pages) {
    const html = await resultPage({ name: result.suite, recipe: null, results: [result] });
    assertEquals(markupProblems(html), [], result.suite);
    assert(headingsOf(html).includes(heading), `${result.suite}: ${headingsOf(html)}`);
    assertStringIncludes(textOf(html), words);
    assertStringIncludes(html, `download="${result.suite}-2026-01-31-figures.csv`);
    assert(!html.includes("measurements.csv"), "nothing was timed");
    assert(html.length < 400_000, `${result.suite}: ${html.length} characters`);
  }
});

Deno.test("resultPage() shows other metrics, and what noise does", async () => {
  const sample = sampleNoisyResult();
  assertEquals(parseResult(JSON.stringify(sample), "sample.json"), sample);
  const html = await pageOf(sample);
  assertEquals(markupProblems(html), []);
  assert(headingsOf(html).includes("Under noise"));
  const text = textOf(html).replaceAll("\u00a0", " ");
  assertStringIncludes(text, "At 50 % noise top-1 accuracy is 7");
  assertStringIncludes(text, "103,764 ± 271"); // of -310, +120, +190
  assertStringIncludes(text, "74,569, 103,764");
});

Deno.test("resultPage() is sound, small and always alike", async () => {
  const html = await pageOf(sampleResult(), sampleResult({ startedAt: "2026-01-02T12:00:00Z" }));
  assertEquals(markupProblems(html), []);
  assert(html.length < 1_000_000, `${html.length} characters`);
  const again = await pageOf(sampleResult({ startedAt: "2026-01-02T12:00:00Z" }), sampleResult());
  assertEquals(again, html, "the order of results does not matter");
});

Deno.test("resultPage() stays below a megabyte for a grid of hundreds of cells", async () => {
  const { comparisons, measurements } = sampleResult();
  const cells = Array.from({ length: 300 }, (_, index) => `f32 4x1 0.9 ${64 + index}x64x64`);
  const grid = {
    ...sampleSuiteResult(),
    comparisons: cells.map((cell) => ({ ...comparisons[0]!, cell })),
    measurements: cells.flatMap((cell) =>
      measurements.slice(0, 2).map((measurement) => ({ ...measurement, cell }))
    ),
  };
  const html = await resultPage({ name: "kernels", recipe: null, results: [grid] });
  assert(html.length < 1_000_000, `${html.length} characters`);
  assertStringIncludes(textOf(html), "The first 72 of 300 are drawn.");
});

Deno.test("resultPage() says what the result says", async () => {
  const text = textOf(await pageOf(sampleResult()));
  for (
    const words of [
      "partly reproduced Mechanism and speed hold; quick data cannot confirm the published accuracy.",
      "Speed ✓ holds 4.8x [4.6, 4.9] skipzero-native over skipzero-native-dense batch 32 seq 128, 1 thread",
      "Accuracy gap ✓ holds −0.53 [−0.84, −0.22] points",
      "claimed −0.69 ± 2.0",
      "proved in all 24 layers; 2 kept dense",
      "Bert Mini | 4x1 | 90% | SST-2 | 86.92% | 87.61% Intel Neural Compressor v1.14.2",
      "exact: a public recipe was followed",
      "mean of runs 86.51 % 86.60 % −0.09",
      "Try: close other programs, then measure again with --fresh",
      "Data: a generated stand-in for SST-2.",
      "classifier.weight 2 rows do not divide by 4",
      "compare the differences, not the levels",
      "tfjs bert-mini f32 4x1 0.9 batch=8 seq=128 1 sample: not raced at this batch",
      "skipzero-native: 24 choices, 24 of them skip zeros",
      "deno task reproduce bert-mini-4x1-sst2",
      "Sample Processor 9000, 2 cores",
      "clock governor not known: cat: no such file or directory",
      "commit d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0, with changes",
    ]
  ) assertStringIncludes(text, words);
});

Deno.test("resultPage() leaves out sections that a result has nothing for", async () => {
  const bare = sampleResult({
    verdict: null,
    accuracy: null,
    sparsity: null,
    training: null,
    dispatch: [],
    warnings: [],
    deviations: [],
    provenance: {},
  });
  const html = await pageOf(bare);
  assertEquals(headingsOf(html), ["The claim", "Speed", "Time per run", "Do it again"]);
  assertEquals(markupProblems(html), []);
  assertStringIncludes(textOf(html), "a machine that was not recorded");
});

Deno.test("resultPage() shows an empty result without failing", async () => {
  const empty = sampleResult({
    accuracy: { ...sampleResult().accuracy!, dense: NOTHING, sparse: NOTHING },
    sparsity: { target: 0.9, measured: 0, layers: [], skipped: [] },
    training: { log: [], groups: [], masks: [] },
    comparisons: [],
    measurements: [],
    dispatch: [],
  });
  const html = await pageOf(empty);
  assertEquals(markupProblems(html), []);
  assertStringIncludes(textOf(html), "No accuracy was measured");
});

const NOTHING = { mean: 0, sd: 0, values: [] };

Deno.test("resultPage() says why a check is open, figure or not", async () => {
  const checks = [
    { name: "speed", status: "open", text: "not measured at batch 32" },
    { name: "accuracy", status: "failed", text: "gap -5.00, claimed -0.69 ± 2.0" },
  ];
  const verdict = { outcome: "inconclusive", reasons: ["speed left open"], checks } as const;
  const text = textOf(await pageOf(sampleResult({ verdict, comparisons: [] })));
  assertStringIncludes(text, "Speed ? open – Not measured at batch 32.");
  assertStringIncludes(text, "Gap -5.00, claimed -0.69 ± 2.0.");
});

Deno.test("resultPage() shows a suite by itself", async () => {
  const html = await resultPage({
    name: "overhead",
    recipe: null,
    results: [sampleSuiteResult()],
  });
  assertEquals(markupProblems(html), []);
  assertEquals(headingsOf(html), ["Speed", "Do it again"]);
  assert(!html.includes('aria-label="Verdict"'));
  assertStringIncludes(textOf(html), "No difference shows above the noise, 1 thread");
});

Deno.test("resultPage() invites to run a recipe without results", async () => {
  const html = await pageOf();
  assertEquals(markupProblems(html), []);
  assertStringIncludes(textOf(html), "$ deno task reproduce".slice(2));
  assertEquals(headingsOf(html), ["The claim"]);
});

Deno.test("resultPage() shows how results changed once there are two", async () => {
  const older = sampleResult({ startedAt: "2026-01-02T12:00:00Z" });
  const html = await pageOf(older, sampleResult());
  assert(headingsOf(html).includes("History"));
  const text = textOf(html);
  assertStringIncludes(text, "4.8x at last; 4.8x to 4.8x over 2 results");
  assert(text.indexOf("31 Jan 2026") < text.indexOf("2 Jan 2026, 12:00"), "the newest first");
});

/** Ends elements, attributes and scripts, wherever it lands. */
const HOSTILE =
  `</script></title></style>"'><script>alert(1)</script><img src=x onerror=alert(1)>&lt;`;

/** The same document with every text replaced, as far as its shape allows. */
function poison(value: unknown): unknown {
  if (typeof value === "string") return HOSTILE;
  if (Array.isArray(value)) return value.map(poison);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, poison(below)]));
}

Deno.test("resultPage() shows hostile words as words", async () => {
  const sample = sampleResult();
  const hostile = {
    ...poison({ ...sample, training: null }) as Result,
    training: {
      ...sample.training!,
      groups: poison(sample.training!.groups) as NonNullable<Result["training"]>["groups"],
      masks: sample.training!.masks.map((mask) => ({ ...mask, layer: HOSTILE })),
    },
  };
  const claim = {
    ...poison(recipe.claim) as typeof recipe.claim,
    sources: [{ url: "javascript:alert(1)", says: HOSTILE }],
  };
  const html = await resultPage({
    name: HOSTILE,
    recipe: { ...recipe, title: HOSTILE, claim },
    results: [hostile],
  });
  assertEquals(markupProblems(html), []);
  assert(!html.includes("<script") && !html.includes("<img"));
  assert(!html.includes('href="javascript:'), "what is no web address is not linked");
  assertStringIncludes(textOf(html), HOSTILE);
});

Deno.test("resultPage() forbids everything but its own style sheet", async () => {
  const html = await pageOf(sampleResult());
  const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
  const [, css = ""] = /<style>([^]*?)<\/style>/.exec(html) ?? [];
  const hash = Uint8Array.fromHex(sha256Hex(css)).toBase64();
  assertStringIncludes(
    policy.replaceAll("&#39;", "'"),
    `default-src 'none'; style-src 'sha256-${hash}'`,
  );
});

Deno.test("resultPage() holds the raw data", async () => {
  const html = await pageOf(sampleResult());
  const [, packed = ""] = /data:application\/gzip;base64,([\w+/=]*)/.exec(html) ?? [];
  const stream = new Blob([Uint8Array.fromBase64(packed)]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  assertEquals(await new Response(stream).json(), sampleResult());
  const names = [...html.matchAll(/ download="([^"]*)"/g)].map(([, name]) => name);
  assertEquals(names, [
    "bert-mini-4x1-sst2-2026-01-31.json.gz",
    "bert-mini-4x1-sst2-2026-01-31-comparisons.csv",
    "bert-mini-4x1-sst2-2026-01-31-measurements.csv",
    "bert-mini-4x1-sst2-2026-01-31-dispatch.csv.gz",
  ]);
});

Deno.test("resultPage() shows kernels under their roof, figures, crossings and heat maps", async () => {
  const html = await resultPage({
    name: "kernels",
    recipe: null,
    results: [sampleKernelResult()],
  });
  assertEquals(markupProblems(html), []);
  assertEquals(headingsOf(html).slice(0, 5), [
    "Figures aimed at",
    "Zeros of weights and of activations",
    "Where sparse begins to win",
    "Under the roof",
    "Speed",
  ]);
  const text = textOf(html);
  assertStringIncludes(text, "1 of 2 figures is reached, 1 missed");
  assertStringIncludes(
    text,
    "4x1 wins over onnxruntime-node everywhere, unstructured from 54 % zeros on",
  );
  assertStringIncludes(text, "Up to 80.0x, sparse-sparse at 95 % and 90 % zeros");
  assertStringIncludes(text, "-kernels.csv");
  // Both kinds that skip zeros of the activations win where there are some: three places each.
  assertEquals(html.match(/ framed"/g)?.length, 6);
  assertStringIncludes(text, "finding the winners: share of the time");
});

Deno.test("resultPage() shows whole networks: figures, tiers, sweeps, tables", async () => {
  const html = await resultPage({
    name: "models",
    recipe: null,
    results: [sampleNetworksResult()],
  });
  assertEquals(markupProblems(html), []);
  assert(html.length < 1_000_000, `${html.length} characters`);
  assertEquals(headingsOf(html), [
    "To be doubted",
    "Figures aimed at",
    "Whole networks",
    "The talk's slides, measured",
    "Over the size of the batch",
    "Not timed",
    "Layer by layer",
    "Kernels by layer",
    "Do it again",
  ]);
  const text = textOf(html);
  assertStringIncludes(text, "bert-large, 4x1 at 80 %, seq 384: 28 speed-ups, 28 times");
  assertStringIncludes(text, "▲ 1 choice of a dense kernel for a layer with zeros");
  assertStringIncludes(text, "bert-large, 2x1 at 70 %, seq 384 skipzero-native 18 17 0 ▲ 1");
  for (const table of ["networks", "dispatch", "layers"]) {
    assertStringIncludes(text, `models-2026-01-31-${table}.csv`);
  }
  assert(!text.includes("resnet50, unstructured at 98 %: 84 speed-ups"), "it is among the sweeps");
});

Deno.test("resultPage() shows sweeps over the batch below a megabyte", async () => {
  const html = await resultPage({
    name: "batch-sweep",
    recipe: null,
    results: [sampleSweepResult()],
  });
  assertEquals(markupProblems(html), []);
  assert(html.length < 1_000_000, `${html.length} characters`);
  assertStringIncludes(
    textOf(html),
    "bert-mini, 4x1 at 90 %, seq 128, 2 threads: skipzero-native runs",
  );
  assert(html.match(/class="small"/g)!.length >= 6 * 3, "each network is drawn on one thread");
});

/** A recipe with published speed-ups, as if it could not be trained. */
async function measuredOnly(): Promise<Recipe> {
  const recipe = await findRecipe("dlrm-4x16-criteo");
  return { ...recipe, profiles: {}, missing: "training on Criteo is not built yet" };
}

Deno.test("resultPage() tells what a measured recipe claims, cannot do and is not compared with", async () => {
  const measured = await measuredOnly();
  const text = "1.6x (MLPerf offline); not compared: it is of INT8, here FP32";
  const checks = [
    { name: "accuracy", status: "unjudged", text: "not measured: training is not built yet" },
    { name: "claimed", status: "unjudged", text },
  ];
  const layers = sampleResult().sparsity!.layers;
  const result = sampleResult({
    recipe: measured.name,
    profile: null,
    accuracy: null,
    training: null,
    sparsity: { target: 0.85, measured: 0.85, layers, skipped: [], drawn: true },
    verdict: { outcome: "partial", reasons: ["pattern and speed hold"], checks },
  });
  const html = await resultPage({ name: measured.name, recipe: measured, results: [result] });
  assertEquals(markupProblems(html), []);
  const page = textOf(html);
  assertStringIncludes(page, "Accuracy gap ○ not judged");
  assertStringIncludes(page, "of drawn weights, those that were timed");
  assertStringIncludes(page, `Claimed: ${text}`);
  assertStringIncludes(page, measured.missing!);
  assertStringIncludes(page, "We achieve 1.6x performance gains on INT8 sparse model");
  assertStringIncludes(page, "3 other published figures");
  assertStringIncludes(page, "Sparse 79.32 %, dense –");
});

Deno.test("resultPage() says plainly that a recipe which only measures did not train", async () => {
  const dlrm = await measuredOnly();
  const bare = { recipe: dlrm.name, accuracy: null, training: null };
  const html = await resultPage({ name: dlrm.name, recipe: dlrm, results: [sampleResult(bare)] });
  assertEquals(markupProblems(html), []);
  const text = textOf(html);
  assertStringIncludes(text, "Nothing was trained: training on Criteo is not built yet");
  assertStringIncludes(text, "where the zeros are, not on the values of the weights");
  const empty = textOf(await resultPage({ name: dlrm.name, recipe: dlrm, results: [] }));
  assertStringIncludes(
    empty,
    "races its full-size network and judges the speed; nothing is trained",
  );
  assert(!textOf(await pageOf(sampleResult(bare))).includes("Nothing was trained"));
});
