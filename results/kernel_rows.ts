/**
 * What a result tells of our own kernels on layers: a row for each, with its roof and what preparing it cost.
 *
 * @module
 */
import { median } from "../core/mod.ts";
import { paybackRuns } from "./payback.ts";
import type { KernelFacts, LayerFacts, Measurement, Result } from "./result.ts";
import { type Roofline, rooflineOf } from "./roofline.ts";
import { summarise } from "./summary.ts";

/** One of our kernels on one layer. */
export interface KernelRow {
  /** Its times. */
  readonly measurement: Measurement;
  /** The layer. */
  readonly layer: LayerFacts;
  /** What it cost and moved. */
  readonly facts: KernelFacts;
  /** Where it stands under its roof. */
  readonly roof: Roofline;
  /** Median nanoseconds of packing. */
  readonly packNs: number;
  /** Median nanoseconds of emitting. */
  readonly emitNs: number;
  /**
   * The fastest dense engine of the cell, and the runs after which preparing is paid back against it; `null` runs if it
   * never is; `null` for a dense kernel, or if no dense engine was timed.
   */
  readonly payback: { readonly baseline: string; readonly runs: number | null } | null;
}

/** Every kernel that was timed, in the order of the measurements. */
export function kernelRows(result: Pick<Result, "measurements" | "peaks">): KernelRow[] {
  return result.measurements.flatMap((measurement): KernelRow[] => {
    const { layer, facts } = measurement;
    const roof = rooflineOf(measurement, result.peaks);
    if (!layer || !facts || !roof) return [];
    const payback = paybackOf(measurement, result.measurements);
    const [packNs, emitNs] = [median(facts.packNs), median(facts.emitNs)];
    return [{ measurement, layer, facts, roof, packNs, emitNs, payback }];
  });
}

function paybackOf(
  subject: Measurement,
  all: readonly Measurement[],
): KernelRow["payback"] {
  if (subject.engine.endsWith("-dense")) return null;
  const [fastest] = all
    .filter(({ cell, threads, engine, facts }) =>
      cell === subject.cell && threads === subject.threads &&
      (!facts || engine.endsWith("-dense"))
    )
    .flatMap((measurement) => {
      const summary = summarise(measurement);
      return summary ? [{ measurement, ns: summary.median }] : [];
    })
    .sort((a, b) => a.ns - b.ns);
  if (fastest === undefined) return null;
  const { measurement } = fastest;
  return { baseline: measurement.engine, runs: paybackRuns(subject, measurement) };
}
