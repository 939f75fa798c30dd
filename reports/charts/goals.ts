/**
 * Chart: ratios that are aimed at, and what was measured.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { type Comparison, skipsZeros } from "../../results/mod.ts";
import { byCell, shortCells } from "../cells.ts";
import { count, times, timesWithin } from "../wording.ts";
import { ratioAxis } from "./axis.ts";
import { dotPlotSpec, type DotRow } from "./dot_plot.ts";
import type { Layout, Tone } from "./theme.ts";

/** A comparison with a ratio to reach. */
export type Aimed = Comparison & { readonly goal: number };

/** Whether the goal is met for certain, missed for certain, or inside the interval. */
export type GoalStatus = "ok" | "failed" | "open";

/** Comparisons that have a goal, by pair of engines (those that skip zeros first), threads and cell. */
export function aimedAt(comparisons: readonly Comparison[]): Aimed[] {
  const aimed = comparisons.filter((one): one is Aimed => one.goal !== undefined);
  const sparseFirst = aimed.toSorted((a, b) =>
    Number(skipsZeros(b.subject)) - Number(skipsZeros(a.subject))
  );
  const pairs = [...new Set(sparseFirst.map(pairOf))];
  return aimed.toSorted((a, b) =>
    pairs.indexOf(pairOf(a)) - pairs.indexOf(pairOf(b)) || a.threads - b.threads ||
    byCell(a.cell, b.cell)
  );
}

function pairOf({ subject, baseline }: Comparison): string {
  return `${subject} / ${baseline}`;
}

/** How a measured ratio stands to its goal. */
export function goalStatus({ ratio: { low, high }, goal }: Aimed): GoalStatus {
  return low >= goal ? "ok" : high < goal ? "failed" : "open";
}

const SYMBOLS: Readonly<Record<GoalStatus, string>> = { ok: "✓", failed: "✕", open: "?" };

/** Rows of the chart, grouped by engines; amber where the interval spans the goal. */
export function goalRows(aimed: readonly Aimed[]): DotRow[] {
  const names = shortCells(aimed.map(({ cell }) => cell));
  return aimed.map((one) => {
    const { cell, threads, subject, ratio, ceiling, goal } = one;
    const status = goalStatus(one);
    const own: Tone = skipsZeros(subject) ? "sparse" : "dense";
    return {
      group: pairOf(one),
      label: names.get(cell)!,
      tone: status === "open" ? "doubt" : own,
      value: ratio.estimate,
      interval: [ratio.low, ratio.high],
      ceiling,
      roof: roofOf(one),
      goal,
      figure: `${times(ratio.estimate)} ${SYMBOLS[status]}`,
      tip: `${cell}, ${pairOf(one)}, ${count(threads, "thread")}: ${timesWithin(ratio)}, ` +
        `at least ${times(goal)} is aimed at`,
    };
  });
}

/** Most that the machine's peak and bandwidth allow skipping to be worth; `null` where it was not computed. */
export function roofOf({ subject, roofline }: Comparison): number | null {
  return roofline !== undefined && skipsZeros(subject) ? roofline.ceiling : null;
}

/** Measured ratios beside what is aimed at, on a logarithmic axis with a rule at 1x. */
export function goalSpec(aimed: readonly Aimed[], layout: Layout): TopLevelSpec {
  const rows = goalRows(aimed);
  const seen = rows.flatMap(({ value, interval, ceiling, roof, goal }) =>
    [value, ...interval ?? [], ceiling, roof, goal].filter((place) => typeof place === "number")
  );
  return dotPlotSpec(rows, ratioAxis(seen, "speed-up: time of the baseline / own time"), layout);
}

/** What the chart shows, e.g. `9 of 12 figures are reached, 2 missed, 1 undecided`. */
export function goalTitle(aimed: readonly Aimed[]): string {
  const told = (status: GoalStatus): number =>
    aimed.filter((one) => goalStatus(one) === status).length;
  const others = ([["failed", "missed"], ["open", "undecided"]] as const)
    .flatMap(([status, word]) => told(status) > 0 ? [`${told(status)} ${word}`] : []);
  const verb = told("ok") === 1 ? "is" : "are";
  return [`${told("ok")} of ${count(aimed.length, "figure")} ${verb} reached`, ...others].join(
    ", ",
  );
}
