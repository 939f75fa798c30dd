/**
 * Sweeps over the size of the batch: what one network does with more and more items at a time.
 *
 * @module
 */
import { type NetworkCell, readNetworkCell, withoutBatch } from "./network_cell.ts";
import type { Comparison, Measurement, Result } from "./result.ts";
import { summarise, type Summary } from "./summary.ts";

/** An engine's time at a size of the batch. */
export interface TimeAtBatch {
  /** Items per run. */
  readonly batch: number;
  /** The measurement. */
  readonly measurement: Measurement;
  /** Its times. */
  readonly summary: Summary;
}

/** A comparison at a size of the batch. */
export interface RatioAtBatch {
  /** Items per run. */
  readonly batch: number;
  /** The comparison. */
  readonly comparison: Comparison;
}

/** One network on some threads, over the size of the batch. */
export interface BatchSweep {
  /** Cells without the batch, e.g. `bert-mini f32 4x1 0.9 seq=128`. */
  readonly cells: string;
  /** The cell of the largest batch, taken apart. */
  readonly network: NetworkCell;
  /** Threads of every engine. */
  readonly threads: number;
  /** Sizes of the batch, ascending. */
  readonly batches: readonly number[];
  /** Times by engine, ascending in the batch. */
  readonly times: ReadonlyMap<string, readonly TimeAtBatch[]>;
  /** Comparisons by pair of engines, ascending in the batch. */
  readonly ratios: readonly (readonly RatioAtBatch[])[];
}

/**
 * Every sweep of a result, in the order of its measurements.
 *
 * @param least Sizes of the batch that make a sweep.
 */
export function batchSweeps(
  { measurements, comparisons }: Pick<Result, "measurements" | "comparisons">,
  least = 2,
): BatchSweep[] {
  const timed = measurements.flatMap((measurement) => {
    const [network, summary] = [readNetworkCell(measurement.cell), summarise(measurement)];
    return network && summary ? [{ network, batch: network.batch, measurement, summary }] : [];
  });
  const groups = Map.groupBy(timed, ({ measurement }) => keyOf(measurement));
  return [...groups].flatMap(([key, all]): BatchSweep[] => {
    const sorted = all.toSorted((a, b) => a.batch - b.batch);
    const batches = [...new Set(sorted.map(({ batch }) => batch))];
    if (batches.length < least) return [];
    const { network, measurement } = sorted.at(-1)!;
    return [{
      cells: withoutBatch(measurement.cell),
      network,
      threads: measurement.threads,
      batches,
      times: Map.groupBy(sorted, (one) => one.measurement.engine),
      ratios: ratiosOf(comparisons.filter((comparison) => keyOf(comparison) === key)),
    }];
  });
}

function keyOf({ cell, threads }: Pick<Comparison, "cell" | "threads">): string {
  return `${withoutBatch(cell)} ${threads}`;
}

function ratiosOf(comparisons: readonly Comparison[]): RatioAtBatch[][] {
  const placed = comparisons.flatMap((comparison) => {
    const network = readNetworkCell(comparison.cell);
    return network ? [{ batch: network.batch, comparison }] : [];
  }).sort((a, b) => a.batch - b.batch);
  const pairs = Map.groupBy(
    placed,
    ({ comparison: { subject, baseline } }) => `${subject} ${baseline}`,
  );
  return [...pairs.values()];
}

/** Items a second, with the interval of the median. */
export function itemsPerSecond(
  { batch, summary: { median, low, high } }: Pick<TimeAtBatch, "batch" | "summary">,
): { readonly estimate: number; readonly low: number; readonly high: number } {
  const rate = (ns: number): number => batch * 1e9 / ns;
  return { estimate: rate(median), low: rate(high), high: rate(low) };
}
