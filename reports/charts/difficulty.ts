/**
 * Chart: what sparsity costs easy and hard examples.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { type Interval, mean } from "../../core/mod.ts";
import type { ChangedExamples, Difficulty } from "../../results/mod.ts";
import { isBounded, seedInterval } from "../seed_interval.ts";
import { count, percent, points, pointsWithin } from "../wording.ts";
import { linearAxis } from "./axis.ts";
import { dotPlotSpec, type DotRow } from "./dot_plot.ts";
import type { Layout } from "./theme.ts";

/** Which dense networks of other seeds are right about an example. */
const BUCKETS: Readonly<Record<Difficulty["bucket"], string>> = {
  all: "all are right",
  most: "half or more are right",
  few: "fewer than half are right",
  none: "none is right",
};

/** Examples of one difficulty and what sparsity costs them. */
export interface DifficultyGap {
  /** Their difficulty in words. */
  readonly label: string;
  /** Mean number of them over seeds. */
  readonly count: number;
  /** Accuracy of the dense networks, mean over seeds. */
  readonly dense: number;
  /** Accuracy of the sparse networks, mean over seeds. */
  readonly sparse: number;
  /** Sparse minus dense of each seed. */
  readonly gaps: readonly number[];
  /** Their mean; ends are not finite for a single seed. */
  readonly gap: Interval;
}

/** Gaps of every difficulty that examples have, the easiest first. */
export function difficultyGaps(difficulties: readonly Difficulty[]): DifficultyGap[] {
  return difficulties.flatMap(({ bucket, seeds }) => {
    const gaps = seeds.map(({ dense, sparse }) => sparse - dense);
    const gap = seedInterval(gaps);
    return gap === null ? [] : [{
      label: BUCKETS[bucket],
      count: Math.round(mean(seeds.map(({ count }) => count))),
      dense: mean(seeds.map(({ dense }) => dense)),
      sparse: mean(seeds.map(({ sparse }) => sparse)),
      gaps,
      gap,
    }];
  });
}

/** Rows of the chart, in percentage points. */
export function difficultyRows(gaps: readonly DifficultyGap[]): DotRow[] {
  return gaps.map(({ label, count: examples, dense, sparse, gaps, gap }) => {
    const bounded = isBounded(gap);
    return {
      group: "of the other dense networks",
      label: `${label} (${count(examples, "example")})`,
      tone: "sparse",
      value: 100 * gap.estimate,
      interval: bounded ? [100 * gap.low, 100 * gap.high] : null,
      seeds: gaps.map((one) => 100 * one),
      figure: points(gap.estimate, 1),
      tip: `${label}: dense ${percent(dense)}, sparse ${percent(sparse)}, ${
        bounded ? pointsWithin(gap) : points(gap.estimate)
      } points`,
    };
  });
}

/** Accuracy of sparse less that of dense networks by how hard examples are. */
export function difficultySpec(gaps: readonly DifficultyGap[], layout: Layout): TopLevelSpec {
  const rows = difficultyRows(gaps);
  const seen = rows.flatMap(({ value, interval, seeds }) => [value!, ...interval ?? [], ...seeds!]);
  const title = "sparse − dense (percentage points)";
  return dotPlotSpec(rows, linearAxis(seen, { title, reference: 0 }), layout);
}

/** What is seen: whether hard examples are given up before easy ones. */
export function difficultyTitle(gaps: readonly DifficultyGap[]): string {
  const [easy, ...harder] = gaps;
  const hard = harder.filter(({ gap }) => isBounded(gap))
    .toSorted((a, b) => a.gap.estimate - b.gap.estimate)[0];
  if (easy === undefined || hard === undefined || !isBounded(easy.gap)) {
    return "too few networks were trained to tell hard examples from easy ones";
  }
  if (hard.gap.high < easy.gap.low) {
    return `hard examples pay most, ${
      points(hard.gap.estimate, 1)
    } points where of the other dense networks ${hard.label}`;
  }
  return easy.gap.high < hard.gap.low
    ? "easy examples pay more than hard ones"
    : "hard examples do not clearly pay more than easy ones";
}

/** How many examples change sides, beside what chance gives. */
export function changedWords({ forgotten, gained, byChance }: ChangedExamples): string {
  const sides =
    `${
      count(forgotten.length, "example")
    } that most dense networks know are lost on most sparse ones, ` +
    `${gained.length} the other way round`;
  const chance =
    `if networks were called dense or sparse by lot, ${
      byChance.mean.toFixed(1)
    } would be lost on average, ` +
    `at most ${byChance.most} in 95 of 100 draws`;
  return `${sides}; ${chance}`;
}
