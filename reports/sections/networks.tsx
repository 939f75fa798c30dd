// deno-lint-ignore-file jsx-key -- rendered once, to text: there is nothing to reconcile
/**
 * Section: several networks, each against every engine.
 *
 * @module
 */
import type { VNode } from "preact";
import {
  type Comparison,
  type Measurement,
  type NetworkGroup,
  readNetworkCell,
  type Result,
  summarise,
} from "../../results/mod.ts";
import { byCell } from "../cells.ts";
import { roofOf } from "../charts/goals.ts";
import { marksOf } from "../charts/marks.ts";
import {
  networkRows,
  networksSpec,
  networksTitle,
  networkTitle,
  spokenComparisons,
} from "../charts/networks.ts";
import { sortComparisons } from "../charts/speedup.ts";
import { draw } from "../drawing.ts";
import { Figure, Key, type Section, Table } from "../elements.tsx";
import {
  count,
  duration,
  percent,
  scientific,
  significant,
  times,
  timesWithin,
} from "../wording.ts";
import { MOST_ROWS } from "./speed.tsx";

/**
 * One chart for each tier and number of threads, and the tables of each network.
 *
 * @param groups All networks of the result.
 * @param tabled Those whose tables stand here and not elsewhere on the page.
 */
export async function networksSection(
  { comparisons }: Result,
  groups: readonly NetworkGroup[],
  tabled: readonly NetworkGroup[],
): Promise<Section> {
  const threads = [...new Set(comparisons.map((one) => one.threads))].sort((a, b) => a - b);
  const figures: VNode[] = [];
  for (const tier of ["native", "wasm"] as const) {
    for (const count of threads) {
      const spoken = spokenComparisons(groups, { tier, threads: count });
      if (spoken.length > 0) figures.push(await networksFigure(spoken));
    }
  }
  const body = (
    <>
      {figures}
      {tabled.length > 0 && <h3>Network by network</h3>}
      {tabled.map((group) => <NetworkTables group={group} />)}
    </>
  );
  return { id: "networks", title: "Whole networks", body };
}

async function networksFigure(comparisons: readonly Comparison[]): Promise<VNode> {
  const title = networksTitle(comparisons);
  const shown = comparisons.slice(0, MOST_ROWS);
  const drawing = await draw(
    (layout) => networksSpec(shown, layout),
    `${title}. Dot plot of ${count(shown.length, "speed-up")}; the tables have the figures.`,
  );
  return (
    <Figure title={title} drawings={[{ drawing }]}>
      <p>
        Each row is one network: right of 1x our engine is faster than ONNX Runtime of the same
        tier. The dense rows say how our own dense kernels stand; the sparse ones what zeros add. A
        mark beyond its ceiling has slower dense kernels of the baseline to thank for it.
      </p>
      {shown.length < comparisons.length && (
        <p>The first {shown.length} of {comparisons.length} are drawn.</p>
      )}
      <Key
        marks={marksOf(networkRows(shown))}
        words={{ ceiling: "most that skipped work gives" }}
      />
    </Figure>
  );
}

function NetworkTables({ group }: { readonly group: NetworkGroup }): VNode {
  const title = networkTitle(group);
  return (
    <details>
      <summary>
        {title}: {count(group.comparisons.length, "speed-up")},{" "}
        {count(group.measurements.length, "time")}
      </summary>
      <SpeedTable caption={`${title}: speed-ups`} comparisons={group.comparisons} />
      <TimeTable caption={`${title}: times`} measurements={group.measurements} />
    </details>
  );
}

function batchOf({ cell }: { readonly cell: string }): number | string {
  return readNetworkCell(cell)?.batch ?? cell;
}

function SpeedTable(
  { caption, comparisons }: {
    readonly caption: string;
    readonly comparisons: readonly Comparison[];
  },
): VNode {
  return (
    <Table
      caption={caption}
      columns={[
        { title: "engine / baseline" },
        { title: "batch", numeric: true },
        { title: "threads", numeric: true },
        { title: "speed-up", numeric: true },
        { title: "ceiling by work", numeric: true },
        { title: "roof", numeric: true },
        { title: "noise floor", numeric: true },
        { title: "verdict" },
      ]}
      rows={sortComparisons(comparisons).map((one) => [
        `${one.subject} / ${one.baseline}`,
        batchOf(one),
        one.threads,
        timesWithin(one.ratio),
        one.ceiling === null ? "–" : times(one.ceiling),
        roofOf(one) === null ? "–" : times(roofOf(one)!),
        one.noiseFloor === undefined ? "–" : `±${percent(one.noiseFloor)}`,
        one.verdict,
      ])}
    />
  );
}

function TimeTable(
  { caption, measurements }: {
    readonly caption: string;
    readonly measurements: readonly Measurement[];
  },
): VNode {
  const sorted = measurements.toSorted((a, b) => byCell(a.cell, b.cell) || a.threads - b.threads);
  return (
    <Table
      caption={caption}
      columns={[
        { title: "engine" },
        { title: "batch", numeric: true },
        { title: "threads", numeric: true },
        { title: "median", numeric: true },
        { title: "interval", numeric: true },
        { title: "items per second", numeric: true },
        { title: "GFLOP/s done", numeric: true },
        { title: "GFLOP/s dense-equivalent", numeric: true },
        { title: "largest error", numeric: true },
      ]}
      rows={sorted.map(timeRow)}
    />
  );
}

function timeRow(measurement: Measurement): (string | number)[] {
  const { engine, threads, flopsDone, flopsDense, maxError } = measurement;
  const batch = batchOf(measurement);
  const summary = summarise(measurement);
  const start = [engine, batch, threads];
  if (summary === null) return [...start, "not timed", "–", "–", "–", "–", "–"];
  const { median, low, high } = summary;
  // FLOP per nanosecond are GFLOP per second.
  const rate = (flops: number): string => flops > 0 ? significant(flops / median) : "–";
  return [
    ...start,
    duration(median),
    `${duration(low)} – ${duration(high)}`,
    typeof batch === "number" ? significant(batch * 1e9 / median) : "–",
    rate(flopsDone),
    rate(flopsDense),
    maxError === null ? "–" : scientific(maxError),
  ];
}
