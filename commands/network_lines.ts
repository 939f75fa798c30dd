/**
 * What a result tells of whole networks, as lines for a terminal: a table of times and throughput, and the figures aimed at.
 *
 * @module
 */
import {
  hasNetworks,
  itemsPerSecond,
  type Measurement,
  type Result,
  summarise,
} from "../results/mod.ts";

/** A block for each cell with a line for each engine that was timed; nothing where no networks were. */
export function networkLines(result: Pick<Result, "measurements">): string[] {
  if (!hasNetworks(result)) return [];
  const timed = result.measurements.filter(({ samplesNs }) => samplesNs.length > 0);
  const width = Math.max(0, ...timed.map(({ engine }) => engine.length));
  const cells = Map.groupBy(
    timed,
    ({ cell, threads }) => `${cell}, ${threads === 1 ? "1 thread" : `${threads} threads`}`,
  );
  return [
    "",
    "time of a run, items per second, memory of weights and activations",
    ...[...cells].flatMap(([heading, rows]) => [
      heading,
      ...rows.map((row) => `  ${row.engine.padEnd(width)}  ${figuresOf(row)}`),
    ]),
  ];
}

function figuresOf(measurement: Measurement): string {
  const summary = summarise(measurement)!; // it has samples
  const rate = itemsPerSecond({ measurement, summary });
  const time = `${significant(summary.median / 1e6)} ms`;
  const items = rate === null ? "" : significant(rate.estimate);
  return `${time.padStart(10)}  ${items.padEnd(8)}  ${memoryOf(measurement)}`.trimEnd();
}

/** What our own engines hold. */
function memoryOf({ memory }: Measurement): string {
  if (memory === undefined) return "";
  const megabytes = (bytes: number): string => significant(bytes / 1e6);
  return `${megabytes(memory.weightBytes)} + ${megabytes(memory.activationBytes)} MB`;
}

/** How many of the ratios aimed at are reached, and which are not. */
export function goalLines({ comparisons }: Pick<Result, "comparisons">): string[] {
  const aimed = comparisons.filter(({ goal }) => goal !== undefined);
  if (aimed.length === 0) return [];
  const missed = aimed.filter(({ ratio, goal }) => ratio.estimate < goal!);
  return [
    `figures aimed at: ${aimed.length - missed.length} of ${aimed.length} reached`,
    ...missed.map(({ cell, subject, baseline, ratio, goal, threads }) =>
      `  missed: ${cell}, ${subject} over ${baseline}, ${
        threads === 1 ? "1 thread" : `${threads} threads`
      }: ${ratio.estimate.toFixed(2)}x of ${goal}x`
    ),
  ];
}

/** Three digits, without exponent. */
function significant(value: number): string {
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 6));
}
