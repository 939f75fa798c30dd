/**
 * Results as CSV (RFC 4180), for spreadsheets and other programs.
 *
 * @module
 */
import { stringify } from "@std/csv";
import { quantile } from "../core/mod.ts";
import { kernelRows } from "./kernel_rows.ts";
import type { LayerFacts, Measurement, Result } from "./result.ts";
import { summarise } from "./summary.ts";
import { theoreticalSpeedup } from "./theoretical.ts";

type Row = Readonly<Record<string, string | number | null>>;

const ORIGIN = ["suite", "recipe", "profile", "startedAt"] as const;

const COMPARISON = [
  "cell",
  "subject",
  "baseline",
  "threads",
  "ratio",
  "ratioLow",
  "ratioHigh",
  "ceiling",
  "noiseFloor",
  "rounds",
  "goal",
  "verdict",
] as const;

const LAYER = [
  "op",
  "dtype",
  "pattern",
  "sparsity",
  "activationSparsity",
  "rows",
  "cols",
  "lanes",
  "layers",
] as const;

const KERNEL = [
  "cell",
  "engine",
  "kernel",
  "family",
  "target",
  "threads",
  ...LAYER,
  "medianNs",
  "rateDone",
  "rateDense",
  "bytes",
  "intensity",
  "peak",
  "ofPeak",
  "bandwidth",
  "ofBandwidth",
  "bound",
  "ofBound",
  "limit",
  "packNs",
  "emitNs",
  "codeBytes",
  "paybackRuns",
  "paybackBaseline",
] as const;

const GRID = [
  ...LAYER,
  "subject",
  "baseline",
  "threads",
  "speedup",
  "speedupLow",
  "speedupHigh",
  "theoretical",
] as const;

const MEASUREMENT = [
  "cell",
  "engine",
  "kernel",
  "threads",
  "samples",
  "medianNs",
  "medianLowNs",
  "medianHighNs",
  "minNs",
  "p25Ns",
  "p75Ns",
  "p95Ns",
  "maxNs",
  "flopsDone",
  "flopsDense",
  "gflopsDone",
  "gflopsDense",
  "maxError",
  "skipped",
] as const;

/** One line for each comparison of the results, in their order; empty fields where nothing is known. */
export function comparisonsCsv(results: readonly Result[]): string {
  const rows = results.flatMap((result) =>
    result.comparisons.map((comparison): Row => ({
      ...originOf(result),
      cell: comparison.cell,
      subject: comparison.subject,
      baseline: comparison.baseline,
      threads: comparison.threads,
      ratio: comparison.ratio.estimate,
      ratioLow: comparison.ratio.low,
      ratioHigh: comparison.ratio.high,
      ceiling: comparison.ceiling,
      noiseFloor: comparison.noiseFloor ?? null,
      rounds: comparison.rounds ?? null,
      goal: comparison.goal ?? null,
      verdict: comparison.verdict,
    }))
  );
  return stringify(rows, { columns: [...ORIGIN, ...COMPARISON] });
}

/** One line for each measurement of the results, with quantiles of its samples and both FLOP rates. */
export function measurementsCsv(results: readonly Result[]): string {
  const rows = results.flatMap((result) =>
    result.measurements.map((measurement): Row => ({
      ...originOf(result),
      ...timesOf(measurement),
      cell: measurement.cell,
      engine: measurement.engine,
      kernel: measurement.kernel,
      threads: measurement.threads,
      samples: measurement.samplesNs.length,
      flopsDone: measurement.flopsDone,
      flopsDense: measurement.flopsDense,
      maxError: measurement.maxError,
      skipped: measurement.skipped,
    }))
  );
  return stringify(rows, { columns: [...ORIGIN, ...MEASUREMENT] });
}

/** One line for each of our kernels that was timed on a layer: rates, roof, costs. Rates are GFLOP/s or GOP/s. */
export function kernelsCsv(results: readonly Result[]): string {
  const rows = results.flatMap((result) =>
    kernelRows(result).map(({ measurement, layer, facts, roof, packNs, emitNs, payback }): Row => ({
      ...originOf(result),
      cell: measurement.cell,
      engine: measurement.engine,
      kernel: measurement.kernel,
      family: facts.family,
      target: facts.target,
      threads: measurement.threads,
      ...layerOf(layer),
      ...rounded({ ...roof }),
      limit: roof.limit,
      packNs,
      emitNs,
      codeBytes: facts.codeBytes,
      paybackRuns: payback?.runs ?? null,
      paybackBaseline: payback?.baseline ?? null,
    }))
  );
  return stringify(rows, { columns: [...ORIGIN, ...KERNEL] });
}

/** One line for each comparison of layers, with the speed-up that skipping all zeros promises. */
export function gridCsv(results: readonly Result[]): string {
  const rows = results.flatMap((result) => {
    const layers = new Map(result.measurements.map(({ cell, layer }) => [cell, layer]));
    return result.comparisons.flatMap(({ cell, subject, baseline, threads, ratio }): Row[] => {
      const layer = layers.get(cell);
      if (layer === undefined) return [];
      const speedup = { speedup: ratio.estimate, speedupLow: ratio.low, speedupHigh: ratio.high };
      const names = { ...originOf(result), ...layerOf(layer), subject, baseline, threads };
      return [{ ...names, ...rounded({ ...speedup, theoretical: theoreticalSpeedup(layer) }) }];
    });
  });
  return stringify(rows, { columns: [...ORIGIN, ...GRID] });
}

function layerOf(layer: LayerFacts): Row {
  return Object.fromEntries(LAYER.map((name) => [name, layer[name]]));
}

function originOf({ suite, recipe, profile, startedAt }: Result): Row {
  return { suite, recipe, profile, startedAt };
}

function timesOf(measurement: Measurement): Row {
  const summary = summarise(measurement);
  if (summary === null) return {};
  const { samplesNs, flopsDone, flopsDense } = measurement;
  const row = {
    medianNs: summary.median,
    medianLowNs: summary.low,
    medianHighNs: summary.high,
    minNs: quantile(samplesNs, 0),
    p25Ns: quantile(samplesNs, 0.25),
    p75Ns: quantile(samplesNs, 0.75),
    p95Ns: quantile(samplesNs, 0.95),
    maxNs: quantile(samplesNs, 1),
    // FLOP per nanosecond are GFLOP per second.
    gflopsDone: flopsDone / summary.median,
    gflopsDense: flopsDense / summary.median,
  };
  return rounded(row);
}

/** Interpolation leaves digits such as 3849.9999999999995. */
function rounded(row: Readonly<Record<string, unknown>>): Row {
  const numbers = Object.entries(row).flatMap(([column, x]) =>
    typeof x === "number" ? [[column, Number(x.toPrecision(12))] as const] : []
  );
  return Object.fromEntries(numbers);
}
