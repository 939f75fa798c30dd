/**
 * Section: who is faster, by how much, and how long everything takes.
 *
 * @module
 */
import type { VNode } from "preact";
import type { Comparison, Result } from "../../results/mod.ts";
import { sharedWords, shortCells } from "../cells.ts";
import { latencyRows, latencySpec, latencyTitle, type Timed, timedOf } from "../charts/latency.ts";
import { roofOf } from "../charts/goals.ts";
import { marksOf } from "../charts/marks.ts";
import { sortComparisons, speedupRows, speedupSpec, speedupTitle } from "../charts/speedup.ts";
import { draw } from "../drawing.ts";
import { Figure, FoldedTable, Key, type Section, Table } from "../elements.tsx";
import {
  count,
  duration,
  percent,
  scientific,
  significant,
  times,
  timesWithin,
  timeUnit,
} from "../wording.ts";

/** Rows that a chart shows at most; the table has them all. */
export const MOST_ROWS = 72;

/** Speed-ups, one chart for each number of threads; `null` if nothing was compared. */
export async function speedSection(
  { comparisons, measurements }: Result,
  headline: Comparison | null,
): Promise<Section | null> {
  if (comparisons.length === 0) return null;
  const byThreads = groupByThreads(comparisons, ({ threads }) => threads);
  const checked = measurements.some(({ maxError }) => maxError !== null);
  const figures: VNode[] = [];
  for (const [threads, rows] of byThreads) {
    const own = headline?.threads === threads ? headline : null;
    figures.push(await speedFigure(rows, own, checked));
  }
  return { id: "speed", title: "Speed", body: <>{figures}</> };
}

async function speedFigure(
  comparisons: readonly Comparison[],
  headline: Comparison | null,
  checked: boolean,
): Promise<VNode> {
  const sorted = sortComparisons(comparisons);
  const shown = sorted.slice(0, MOST_ROWS);
  const shared = sharedWords(sorted.map(({ cell }) => cell));
  const threads = count(sorted[0]!.threads, "thread");
  const title = `${speedupTitle(sorted, headline)}, ${threads}`;
  const drawing = await draw(
    (layout) => speedupSpec(shown, layout),
    `${title}. Dot plot of ${
      count(shown.length, "speed-up")
    } with intervals; the table has the figures.`,
  );
  return (
    <Figure title={title} drawings={[{ drawing }]} table={comparisonTable(sorted)}>
      <p>
        Each row is one engine against another: right of 1x the first is faster.
        {checked && " Each was checked against the reference before it was timed."}
      </p>
      {shared !== "" && (
        <p>
          All rows: <code>{shared}</code>
        </p>
      )}
      {shown.length < sorted.length && <p>The first {shown.length} of {sorted.length} are drawn.
      </p>}
      <Key marks={marksOf(speedupRows(shown))} />
    </Figure>
  );
}

function comparisonTable(comparisons: readonly Comparison[]): VNode {
  const names = shortCells(comparisons.map(({ cell }) => cell));
  return (
    <FoldedTable
      caption={`${count(comparisons.length, "speed-up")} with 95 % intervals, ${
        count(comparisons[0]!.threads, "thread")
      }`}
      columns={[
        { title: "engine" },
        { title: "baseline" },
        { title: "cell" },
        { title: "speed-up", numeric: true },
        { title: "ceiling", numeric: true },
        { title: "roof", numeric: true },
        { title: "noise floor", numeric: true },
        { title: "rounds", numeric: true },
        { title: "verdict" },
      ]}
      rows={comparisons.map((comparison) => [
        comparison.subject,
        comparison.baseline,
        names.get(comparison.cell),
        timesWithin(comparison.ratio),
        comparison.ceiling === null ? "–" : times(comparison.ceiling),
        roofOf(comparison) === null ? "–" : times(roofOf(comparison)!),
        comparison.noiseFloor === undefined ? "–" : `±${percent(comparison.noiseFloor)}`,
        comparison.rounds ?? "–",
        comparison.verdict,
      ])}
    />
  );
}

/** Times, one chart for each number of threads; `null` if nothing was measured. */
export async function latencySection({ measurements }: Result): Promise<Section | null> {
  if (measurements.length === 0) return null;
  const figures: VNode[] = [];
  const timed = timedOf(measurements);
  for (const rows of groupByThreads(timed, ({ measurement }) => measurement.threads).values()) {
    figures.push(await latencyFigure(rows));
  }
  const body = (
    <>
      {figures}
      {untimedTable(measurements)}
    </>
  );
  return { id: "latency", title: "Time per run", body };
}

async function latencyFigure(timed: readonly Timed[]): Promise<VNode> {
  const shown = timed.slice(0, MOST_ROWS);
  const threads = count(timed[0]!.measurement.threads, "thread");
  const title = `${latencyTitle(timed)}, ${threads}`;
  const drawing = await draw(
    (layout) => latencySpec(shown, layout),
    `${title}. Dot plot of ${
      count(shown.length, "time")
    } with intervals; the table has the figures.`,
  );
  return (
    <Figure title={title} drawings={[{ drawing }]} table={timeTable(timed)}>
      <p>
        Median of all runs. The interval is that of the median; where it is narrower than its mark,
        only the mark is seen.
      </p>
      {shown.length < timed.length && <p>The first {shown.length} of {timed.length} are drawn.</p>}
      <Key marks={marksOf(latencyRows(shown, timeUnit(1)))} />
    </Figure>
  );
}

function timeTable(timed: readonly Timed[]): VNode {
  const names = shortCells(timed.map(({ measurement }) => measurement.cell));
  return (
    <FoldedTable
      caption={`${count(timed.length, "time")} with 95 % intervals of the median, ${
        count(timed[0]!.measurement.threads, "thread")
      }`}
      columns={[
        { title: "engine" },
        { title: "cell" },
        { title: "median", numeric: true },
        { title: "interval", numeric: true },
        { title: "runs", numeric: true },
        { title: "GFLOP/s done", numeric: true },
        { title: "GFLOP/s dense-equivalent", numeric: true },
        { title: "largest error", numeric: true },
        { title: "main kernel" },
      ]}
      rows={timed.map(({ measurement, summary: { median, low, high, n } }) => [
        measurement.engine,
        names.get(measurement.cell),
        duration(median),
        `${duration(low)} – ${duration(high)}`,
        n,
        // FLOP per nanosecond are GFLOP per second.
        rateOf(measurement.flopsDone / median),
        rateOf(measurement.flopsDense / median),
        measurement.maxError === null ? "–" : scientific(measurement.maxError),
        measurement.kernel ?? "–",
      ])}
    />
  );
}

function rateOf(gflops: number): string {
  return gflops > 0 ? significant(gflops) : "–";
}

/** Engines without times; `null` if all have some. */
export function untimedSection({ measurements }: Result): Section | null {
  const table = untimedTable(measurements);
  return table && { id: "untimed", title: "Not timed", body: table };
}

/** Engines without times, and why. */
function untimedTable(measurements: Result["measurements"]): VNode | null {
  const skipped = measurements.filter(({ samplesNs }) => samplesNs.length === 0);
  if (skipped.length === 0) return null;
  return (
    <Table
      caption="Engines without times"
      columns={[{ title: "engine" }, { title: "cell" }, { title: "threads", numeric: true }, {
        title: "reason",
      }]}
      rows={skipped.map(({ engine, cell, threads, skipped }) => [
        engine,
        cell,
        threads,
        skipped ?? "no samples",
      ])}
    />
  );
}

/** Groups in ascending order of threads. */
function groupByThreads<T>(
  rows: readonly T[],
  threadsOf: (row: T) => number,
): ReadonlyMap<number, readonly T[]> {
  const groups = Map.groupBy(rows, threadsOf);
  return new Map([...groups].sort(([a], [b]) => a - b));
}
