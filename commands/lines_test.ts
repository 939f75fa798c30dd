import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { findRecipe, PROFILE_NAMES } from "../recipes/mod.ts";
import { compareResults, type Machine } from "../results/mod.ts";
import type { Verdict } from "../suites/mod.ts";
import { rowLines } from "./compare.ts";
import { comparisonLines } from "./comparison_lines.ts";
import { diskFinding, findingLines, machineFindings, noiseFinding } from "./doctor.ts";
import { fakeTerminal } from "./fake_terminal.ts";
import { linesOf, rowOf } from "./list.ts";
import { sampleResult } from "./sample.ts";
import { type Summary, summaryLines } from "./summary_lines.ts";

const { terminal } = fakeTerminal();
const recipe = await findRecipe("bert-mini-4x1-sst2");
const unknown = { value: null, reason: "not asked" } as const;

const machine: Machine = {
  cpu: {
    value: {
      model: "AMD EPYC 9B45",
      vendor: "AuthenticAMD",
      cores: 2,
      threadsPerCore: 2,
      features: ["avx2", "avx512f", "avx512_vnni"],
      caches: {},
      hypervisor: null,
    },
    reason: null,
  },
  memory: { value: { totalBytes: 8e9, availableBytes: 6e9 }, reason: null },
  kernel: { value: "linux 6.1.0", reason: null },
  governor: unknown,
  cpuLimit: { value: "max 100000", reason: null },
  memoryLimit: unknown,
};

const verdict: Verdict = {
  outcome: "partial",
  reasons: ["mechanism and speed hold", "quick profile", "data: generated"],
  checks: [
    { name: "pattern", status: "ok", text: "4x1 at 90.0 % in 24 layers, proved" },
    { name: "accuracy", status: "open", text: "gap -0.50" },
    { name: "speed", status: "ok", text: "5.2x [5.1, 5.3] over onnxruntime-node; faster" },
  ],
};

const summary: Summary = {
  recipe,
  result: sampleResult(),
  verdict,
  threads: 1,
  machine,
  page: "reports/site/bert-mini-4x1-sst2.html",
};

Deno.test("summaryLines() has a line for claim, each check, verdict and report", () => {
  const lines = summaryLines(summary, terminal);
  assertEquals(
    lines[0],
    "bert-mini-4x1-sst2   quick profile, 1 thread, AMD EPYC 9B45 (avx512, vnni)",
  );
  assertEquals(
    lines[1],
    "  claim     sparse 86.92 %, dense 87.61 % accuracy (best of several runs; recipe: exact)",
  );
  assertEquals(lines.slice(2, 5).map((line) => line.split(/\s+/).at(-1)), ["ok", "open", "faster"]);
  assertEquals(lines[5], "  verdict   partial: mechanism and speed hold");
  assertEquals(lines.at(-1), "  report    reports/site/bert-mini-4x1-sst2.html");
});

Deno.test("summaryLines() breaks long lines between words, the answer beside the first", () => {
  const text = `${"layer ".repeat(30)}proved`;
  const checks = [{ name: "pattern", status: "ok", text }, ...verdict.checks.slice(1)] as const;
  const [, , first, second] = summaryLines(
    { ...summary, verdict: { ...verdict, checks } },
    terminal,
  );
  assertMatch(first!, /^ {2}pattern {3}(layer )+ *ok$/);
  assertMatch(second!, /^ {12}(layer )+proved$/);
  const columns = summaryLines(summary, terminal).slice(2, 5).map((line) => line.search(/\S+$/));
  assertEquals(first!.search(/ok$/), columns[0]);
});

Deno.test("summaryLines() aligns the answers", () => {
  const checks = summaryLines(summary, terminal).slice(2, 5);
  const columns = checks.map((line) => line.search(/\S+$/));
  assertEquals(new Set(columns).size, 1);
});

Deno.test("summaryLines() counts how a quick run differs and lists how a published one does", () => {
  assertStringIncludes(summaryLines(summary, terminal)[6]!, "from the published run in 2 ways");
  const published = { ...summary, result: sampleResult({ profile: "published" }) };
  assertStringIncludes(summaryLines(published, terminal).join("\n"), "            data: generated");
});

Deno.test("summaryLines() shows warnings with their remedies", () => {
  const warnings = [{ what: "the machine is noisy", remedy: "close other programs" }];
  const lines = summaryLines({ ...summary, result: sampleResult({ warnings }) }, terminal);
  assertStringIncludes(lines.join("\n"), "the machine is noisy (try: close other programs)");
});

Deno.test("summaryLines() lists what a recipe that is only measured could not do", () => {
  const text = "not measured: training on SQuAD is not built yet";
  const checks = [...verdict.checks, { name: "accuracy", status: "unjudged", text }] as const;
  const measured = sampleResult({ profile: null });
  const lines = summaryLines(
    { ...summary, result: measured, verdict: { ...verdict, checks } },
    terminal,
  );
  assertStringIncludes(lines[0]!, "   measured only, 1 thread, ");
  assertMatch(lines.find((line) => line.includes(text))!, /^ {2}accuracy .* not judged$/);
  assertStringIncludes(lines.join("\n"), "            quick profile");
});

Deno.test("summaryLines() does without knowing the CPU", () => {
  const lines = summaryLines({ ...summary, machine: { ...machine, cpu: unknown } }, terminal);
  assertEquals(lines[0], "bert-mini-4x1-sst2   quick profile, 1 thread");
});

Deno.test("comparisonLines() groups ratios by cell", () => {
  const [comparison] = sampleResult().comparisons;
  const comparisons = [comparison!, { ...comparison!, baseline: "tfjs" }, {
    ...comparison!,
    threads: 2,
    verdict: "inconclusive" as const,
  }];
  const lines = comparisonLines(sampleResult({ comparisons }), terminal);
  assertEquals(lines[0], "bert-mini f32 4x1 0.9 batch=32 seq=128, 1 thread");
  assertStringIncludes(lines[1]!, "5.2x [5.1, 5.3]");
  assertStringIncludes(lines[1]!, "ceiling 5.9x");
  assertEquals(lines[3], "bert-mini f32 4x1 0.9 batch=32 seq=128, 2 threads");
  assertEquals(lines.length, 5);
});

Deno.test("comparisonLines() says so if nothing was compared", () => {
  const warnings = [{ what: "x was not timed", remedy: "deno task doctor" }];
  const lines = comparisonLines(sampleResult({ comparisons: [], warnings }), terminal);
  assertEquals(lines, [
    "nothing was compared",
    "warning   x was not timed",
    "          Try: deno task doctor",
  ]);
});

Deno.test("list shows the last verdict of this machine, or that there is none", () => {
  const rows = [rowOf(recipe, sampleResult()), rowOf(recipe, null)];
  const [header, ran, never] = linesOf(rows, terminal);
  assertStringIncludes(header!, "claim sparse / dense");
  assertStringIncludes(ran!, "86.92 / 87.61 % accuracy");
  assertStringIncludes(ran!, "partial (quick, 2026-01-31)");
  assertStringIncludes(never!, "not run yet");
});

Deno.test("list tells which recipes train, and how those that do not were measured", async () => {
  const complementary = await findRecipe("gsc-cnn-complementary-gsc");
  const untrained = { ...complementary, profiles: {}, missing: "it is not built yet" };
  const rows = [
    rowOf(recipe, null),
    rowOf(untrained, sampleResult({ recipe: untrained.name, profile: null })),
  ];
  const [, trains, measured] = linesOf(rows, terminal);
  assertStringIncludes(trains!, "  quick, published, scratch  not run yet");
  assertStringIncludes(measured!, "  87.5 %");
  assertStringIncludes(
    measured!,
    "  not yet                    partial (measured only, 2026-01-31)",
  );
  assertEquals([rows[0]!.missing, rows[1]!.trains], [null, []]);
  assertEquals(rows[1]!.missing, "it is not built yet");
});

Deno.test("list says of dense weights that none is zero, and what its words mean", async () => {
  const winners = await findRecipe("gsc-cnn-kwinners-gsc");
  const lines = linesOf([rowOf(winners, null)], terminal);
  assertMatch(lines[1]!, /dense +none /);
  const legend = lines.slice(3).join(" ");
  const words = ["exact", "partial", "reconstructed", ...PROFILE_NAMES];
  for (const word of words) assertStringIncludes(legend, word);
});

Deno.test("list rows are plain data for --json", () => {
  const row = rowOf(recipe, sampleResult());
  assertEquals(JSON.parse(JSON.stringify(row)), row);
  assertEquals(row.last, {
    outcome: "partial",
    profile: "quick",
    startedAt: "2026-01-31T12:00:00.000Z",
  });
});

Deno.test("compare says better, worse and within noise, and counts them", () => {
  const [comparison] = sampleResult().comparisons;
  const slower = { estimate: 3, low: 2.9, high: 3.1 };
  const rows = compareResults([sampleResult()], [
    sampleResult({ comparisons: [{ ...comparison!, ratio: slower }] }),
  ]);
  const [line, tally] = rowLines(rows, terminal);
  assertStringIncludes(line!, "5.2x");
  assertStringIncludes(line!, "3.0x");
  assertStringIncludes(line!, "-42.3 %");
  assert(line!.endsWith("worse"));
  assertEquals(tally, "1 worse");
});

Deno.test("doctor names what to change where the machine is poor", () => {
  const poor = machineFindings({
    ...machine,
    memory: { value: { totalBytes: 2e9, availableBytes: 1e9 }, reason: null },
    governor: { value: "powersave", reason: null },
    cpuLimit: { value: "150000 100000", reason: null },
  });
  const text = findingLines([...poor, diskFinding(1e9)], terminal).join("\n");
  assertStringIncludes(text, "cpupower frequency-set -g performance");
  assertStringIncludes(text, "the container may use 1.5 CPUs");
  assertStringIncludes(text, "memory: free up 3.0 GB");
  assertStringIncludes(text, "disk: free up 2.0 GB");
});

Deno.test("doctor finds nothing to change on a good machine", () => {
  const findings = [
    ...machineFindings(machine),
    diskFinding(1e12),
    noiseFinding({ floor: 0.01, stepNs: 100 }),
  ];
  assertEquals(findingLines(findings, terminal).at(-1), "nothing to change");
});

Deno.test("doctor degrades where it may not look", () => {
  const blind: Machine = {
    cpu: unknown,
    memory: unknown,
    kernel: unknown,
    governor: unknown,
    cpuLimit: unknown,
    memoryLimit: unknown,
  };
  assertStringIncludes(findingLines(machineFindings(blind), terminal)[0]!, "not known: not asked");
  assertEquals(diskFinding(null).state, "note");
});

Deno.test("doctor calls a noisy machine poor", () => {
  assertEquals(noiseFinding({ floor: 0.2, stepNs: 100 }).state, "poor");
  assertStringIncludes(noiseFinding({ floor: 0.2, stepNs: 100 }).found, "±20.0 %");
});
