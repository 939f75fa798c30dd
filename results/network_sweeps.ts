/**
 * Sweeps: what one network does with more and more items at a time, or with longer and longer ones.
 *
 * @module
 */
import { type NetworkCell, readNetworkCell } from "./network_cell.ts";
import type { Comparison, Measurement, Result } from "./result.ts";
import { summarise, type Summary } from "./summary.ts";

/** What differs from cell to cell of a sweep. */
export type SweepAxis = "batch" | "sequence";

/** An engine's time at a place of the axis. */
export interface SweptTime {
  /** Items per run, or tokens of an item. */
  readonly at: number;
  /** The measurement. */
  readonly measurement: Measurement;
  /** Its times. */
  readonly summary: Summary;
}

/** A comparison at a place of the axis. */
export interface SweptRatio {
  /** Items per run, or tokens of an item. */
  readonly at: number;
  /** The comparison. */
  readonly comparison: Comparison;
}

/** One network on some threads along an axis. */
export interface NetworkSweep {
  /** What differs. */
  readonly axis: SweepAxis;
  /** The last cell, taken apart. */
  readonly network: NetworkCell;
  /** Ids of its cells. */
  readonly cells: readonly string[];
  /** Threads of every engine. */
  readonly threads: number;
  /** Places, ascending. */
  readonly places: readonly number[];
  /** Times by engine, ascending along the axis. */
  readonly times: ReadonlyMap<string, readonly SweptTime[]>;
  /** Comparisons by pair of engines, ascending along the axis. */
  readonly ratios: readonly (readonly SweptRatio[])[];
}

/**
 * Every sweep of a result along an axis, in the order of its measurements.
 *
 * @param least Places that make a sweep.
 */
export function networkSweeps(
  { measurements, comparisons }: Pick<Result, "measurements" | "comparisons">,
  axis: SweepAxis,
  least: number,
): NetworkSweep[] {
  const timed = measurements.flatMap((measurement) => {
    const [network, summary] = [readNetworkCell(measurement.cell), summarise(measurement)];
    const at = network?.[axis] ?? null;
    if (network === null || summary === null || at === null) return [];
    return [{ network, at, measurement, summary }];
  });
  const groups = Map.groupBy(timed, ({ measurement }) => keyOf(measurement, axis));
  return [...groups].flatMap(([key, all]): NetworkSweep[] => {
    const sorted = all.toSorted((a, b) => a.at - b.at);
    const places = [...new Set(sorted.map(({ at }) => at))];
    if (places.length < least) return [];
    const { network, measurement: { threads } } = sorted.at(-1)!;
    const cells = [...new Set(sorted.map(({ measurement }) => measurement.cell))];
    const times = Map.groupBy(sorted, (one) => one.measurement.engine);
    const own = comparisons.filter((comparison) => keyOf(comparison, axis) === key);
    return [{ axis, network, cells, threads, places, times, ratios: ratiosOf(own, axis) }];
  });
}

/** What cells of a sweep have in common. */
function keyOf({ cell, threads }: Pick<Comparison, "cell" | "threads">, axis: SweepAxis): string {
  return `${cell.replace(axis === "batch" ? / batch=\d+/ : / seq=\d+/, "")} ${threads}`;
}

function ratiosOf(comparisons: readonly Comparison[], axis: SweepAxis): SweptRatio[][] {
  const placed = comparisons.flatMap((comparison) => {
    const at = readNetworkCell(comparison.cell)?.[axis] ?? null;
    return at === null ? [] : [{ at, comparison }];
  }).sort((a, b) => a.at - b.at);
  const pairs = Map.groupBy(
    placed,
    ({ comparison: { subject, baseline } }) => `${subject} ${baseline}`,
  );
  return [...pairs.values()];
}

/** Items a second, with the interval of the median; `null` if the cell is not of a network. */
export function itemsPerSecond(
  { measurement: { cell }, summary: { median, low, high } }: Pick<
    SweptTime,
    "measurement" | "summary"
  >,
): { readonly estimate: number; readonly low: number; readonly high: number } | null {
  const network = readNetworkCell(cell);
  if (network === null) return null;
  const rate = (ns: number): number => network.batch * 1e9 / ns;
  return { estimate: rate(median), low: rate(high), high: rate(low) };
}
