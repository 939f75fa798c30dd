import { assertEquals } from "@std/assert";
import { parse } from "@std/csv";
import { comparisonsCsv, gridCsv, kernelsCsv, measurementsCsv } from "./csv.ts";
import { sampleComparison, sampleKernelMeasurement, samplePeaks, sampleResult } from "./sample.ts";

Deno.test("comparisonsCsv() has one line for each comparison of each result", () => {
  const other = sampleResult({ recipe: null, profile: null, comparisons: [] });
  const twice = sampleResult({
    comparisons: [
      sampleComparison(),
      sampleComparison({ subject: 'odd, "quoted"', ceiling: null }),
    ],
  });
  const rows = parse(comparisonsCsv([other, twice]), { skipFirstRow: true });
  assertEquals(rows.length, 2);
  assertEquals(rows[0], {
    suite: "models",
    recipe: "bert-mini-4x1-sst2",
    profile: "quick",
    startedAt: "2026-01-31T12:00:00Z",
    cell: "bert-mini f32 4x1 0.9 batch=32 seq=128",
    subject: "skipzero-native",
    baseline: "onnxruntime-node",
    threads: "1",
    ratio: "5",
    ratioLow: "4.9",
    ratioHigh: "5.1",
    ceiling: "5.9",
    noiseFloor: "0.01",
    rounds: "12",
    goal: "",
    verdict: "faster",
  });
  assertEquals([rows[1]!.subject, rows[1]!.ceiling], ['odd, "quoted"', ""]);
});

Deno.test("measurementsCsv() gives quantiles and both FLOP rates", () => {
  const [row] = parse(measurementsCsv([sampleResult()]), { skipFirstRow: true });
  const { samples, medianNs, minNs, p25Ns, p75Ns, p95Ns, maxNs, gflopsDone, gflopsDense } = row!;
  assertEquals([samples, medianNs, minNs, p25Ns, p75Ns, p95Ns, maxNs], [
    "4",
    "2500",
    "1000",
    "1750",
    "3250",
    "3850",
    "4000",
  ]);
  assertEquals([gflopsDone, gflopsDense], ["2", "20"]);
});

Deno.test("measurementsCsv() keeps skipped engines as rows with their reason", () => {
  const [timed] = sampleResult().measurements;
  const skipped = { ...timed!, samplesNs: [], maxError: null, skipped: "CPU lacks avx512f" };
  const [row] = parse(measurementsCsv([sampleResult({ measurements: [skipped] })]), {
    skipFirstRow: true,
  });
  assertEquals([row!.samples, row!.medianNs, row!.gflopsDone, row!.skipped], [
    "0",
    "",
    "",
    "CPU lacks avx512f",
  ]);
});

Deno.test("CSV of nothing still has its header", () => {
  assertEquals(comparisonsCsv([]).startsWith("suite,recipe,profile,startedAt,cell,subject"), true);
  assertEquals(measurementsCsv([]).trim().split("\n").length, 1);
});

Deno.test("kernelsCsv() tells rates, roof, costs and after how many runs they are paid back", () => {
  const sparse = sampleKernelMeasurement();
  const { facts: _, ...dense } = sampleKernelMeasurement({
    engine: "onnxruntime-node",
    samplesNs: [44_000, 44_000, 44_000],
  });
  const result = sampleResult({ measurements: [sparse, dense], peaks: [samplePeaks()] });
  const rows = parse(kernelsCsv([result]), { skipFirstRow: true });
  assertEquals(rows.length, 1);
  const { family, rateDone, rateDense, intensity, peak, limit, paybackRuns, paybackBaseline } =
    rows[0]!;
  assertEquals([family, rateDone, rateDense, intensity, peak, limit], [
    "panel",
    "105",
    "1050",
    "2.625",
    "200",
    "neither",
  ]);
  assertEquals([paybackRuns, paybackBaseline], ["5", "onnxruntime-node"]);
});

Deno.test("gridCsv() puts the theoretical speed-up beside the measured one", () => {
  const measurement = sampleKernelMeasurement();
  const layer = { ...measurement.layer!, sparsity: 0.75, activationSparsity: 0.5 };
  const result = sampleResult({
    measurements: [{ ...measurement, layer }],
    comparisons: [sampleComparison({ cell: measurement.cell }), sampleComparison()],
  });
  const rows = parse(gridCsv([result]), { skipFirstRow: true });
  assertEquals(rows.length, 1);
  const { pattern, activationSparsity, speedup, theoretical } = rows[0]!;
  assertEquals([pattern, activationSparsity, speedup, theoretical], ["4x1", "0.5", "5", "8"]);
});
