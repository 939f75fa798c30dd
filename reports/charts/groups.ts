/**
 * Chart: what sparsity costs each sub-population, so that sacrificed corner cases show.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { type Interval, mean } from "../../core/mod.ts";
import type { GroupFigures } from "../../results/mod.ts";
import { gapsOf, isBounded, seedInterval } from "../seed_interval.ts";
import { count, points, pointsWithin } from "../wording.ts";
import { linearAxis } from "./axis.ts";
import { dotPlotSpec, type DotRow } from "./dot_plot.ts";
import type { Layout } from "./theme.ts";

/** A sub-population and its mean gap over seeds. */
export interface GroupGap {
  /** The sub-population. */
  readonly group: GroupFigures;
  /** Sparse minus dense, as a fraction; ends are NaN for a single seed. */
  readonly gap: Interval;
}

/** Sub-populations that were measured, in their order. */
export function groupGaps(groups: readonly GroupFigures[]): GroupGap[] {
  return groups.flatMap((group) => {
    const gap = seedInterval(gapsOf(group));
    return gap === null ? [] : [{ group, gap }];
  });
}

/** Rows of the chart, in percentage points. */
export function groupRows(gaps: readonly GroupGap[]): DotRow[] {
  return gaps.map(({ group, gap }) => {
    const bounded = isBounded(gap);
    const words = bounded ? pointsWithin(gap) : points(gap.estimate);
    return {
      group: `by ${group.by}`,
      label: `${group.bucket} (${count(group.count, "example")})`,
      tone: "sparse",
      value: 100 * gap.estimate,
      interval: bounded ? [100 * gap.low, 100 * gap.high] : null,
      seeds: gapsOf(group).map((one) => 100 * one),
      figure: points(gap.estimate),
      tip: `${group.by} ${group.bucket}, ${count(group.count, "example")}: ${words} points`,
    };
  });
}

/** The gap between sparse and dense in each sub-population. */
export function groupSpec(gaps: readonly GroupGap[], layout: Layout): TopLevelSpec {
  const rows = groupRows(gaps);
  const seen = rows.flatMap(({ value, interval, seeds }) => [value!, ...interval ?? [], ...seeds!]);
  const title = "sparse − dense (percentage points)";
  return dotPlotSpec(rows, linearAxis(seen, { title, reference: 0 }), layout);
}

/** What the chart shows: the part that clearly loses more than the others, or that none does. */
export function groupTitle(gaps: readonly GroupGap[]): string {
  const overall = mean(gaps.map(({ gap }) => gap.estimate));
  const [worst] = gaps.filter(({ gap }) => isBounded(gap) && gap.high < overall)
    .sort((a, b) => a.gap.estimate - b.gap.estimate);
  if (worst === undefined) return "No part of the examples clearly loses more than the others";
  const { group, gap } = worst;
  return `Sparsity costs most in ${group.by} “${group.bucket}”: ${points(gap.estimate)} points`;
}
