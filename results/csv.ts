/**
 * Results as CSV (RFC 4180), for spreadsheets and other programs.
 *
 * @module
 */
import { stringify } from "@std/csv";
import { quantile } from "../core/mod.ts";
import type { Measurement, Result } from "./result.ts";
import { summarise } from "./summary.ts";

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
  "verdict",
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
  // Interpolation leaves digits such as 3849.9999999999995.
  const rounded = Object.entries(row).map(([column, x]) => [column, Number(x.toPrecision(12))]);
  return Object.fromEntries(rounded);
}
