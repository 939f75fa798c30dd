/**
 * Charts over the size of the batch: time, throughput and speed-up of each engine on one network.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import {
  type BatchSweep,
  isOneTier,
  itemsPerSecond,
  type RatioAtBatch,
  skipsZeros,
  type TimeAtBatch,
} from "../../results/mod.ts";
import { duration, significant, times, timesWithin, timeUnit } from "../wording.ts";
import { doublingAxis, logAxis, ratioAxis } from "./axis.ts";
import { type Curve, curvesSpec } from "./curves.ts";
import type { Layout } from "./theme.ts";

/** How many items are run at a time. */
const BATCH = "items per run (batch)";

/** Time of a run of each engine, on logarithmic axes. */
export function batchTimeSpec(sweep: BatchSweep, layout: Layout): TopLevelSpec {
  const all = [...sweep.times.values()].flat();
  const medians = all.map(({ summary }) => summary.median).sort((a, b) => a - b);
  const unit = timeUnit(medians[medians.length >> 1] ?? 1e6);
  const curves = curvesOf(sweep, ({ batch, measurement, summary: { median, low, high } }) => ({
    x: batch,
    y: median / unit.ns,
    interval: [low / unit.ns, high / unit.ns],
    tip: `${measurement.engine}, batch ${batch}: ${duration(median)} [${duration(low)}, ${
      duration(high)
    }]`,
  }));
  const seen = curves.flatMap(({ points }) =>
    points.flatMap(({ y, interval }) => [y, ...interval])
  );
  const y = logAxis(seen, `time per run (${unit.symbol})`);
  return curvesSpec({ x: doublingAxis(sweep.batches, BATCH), y, curves }, layout);
}

/** Items a second of each engine, on logarithmic axes. */
export function batchRateSpec(sweep: BatchSweep, layout: Layout): TopLevelSpec {
  const curves = curvesOf(sweep, (time) => {
    const { estimate, low, high } = itemsPerSecond(time);
    const { batch, measurement: { engine } } = time;
    const tip = `${engine}, batch ${batch}: ${significant(estimate)} [${significant(low)}, ${
      significant(high)
    }] items per second`;
    return { x: batch, y: estimate, interval: [low, high], tip };
  });
  const seen = curves.flatMap(({ points }) =>
    points.flatMap(({ y, interval }) => [y, ...interval])
  );
  const y = logAxis(seen, "items per second");
  return curvesSpec({ x: doublingAxis(sweep.batches, BATCH), y, curves }, layout);
}

function curvesOf(
  { times: byEngine }: BatchSweep,
  pointOf: (time: TimeAtBatch) => Curve["points"][number],
): Curve[] {
  return [...byEngine].map(([engine, times]) => ({
    label: engine,
    tone: skipsZeros(engine) ? "sparse" : "dense",
    points: times.map(pointOf),
  }));
}

/** The comparisons that are drawn: with ONNX Runtime of the same tier. */
export function drawnRatios({ ratios }: BatchSweep): (readonly RatioAtBatch[])[] {
  return ratios.filter(([first]) =>
    first!.comparison.baseline.startsWith("onnxruntime") && isOneTier(first!.comparison)
  );
}

/** Speed-up over ONNX Runtime of the same tier with a rule at 1x, and most that skipping zeros can give. */
export function batchSpeedupSpec(sweep: BatchSweep, layout: Layout): TopLevelSpec {
  const drawn = drawnRatios(sweep);
  const curves = drawn.map((ratios): Curve => {
    const { subject, baseline } = ratios[0]!.comparison;
    return {
      label: [subject, `/ ${baseline}`],
      tone: skipsZeros(subject) ? "sparse" : "dense",
      points: ratios.map(speedupPoint),
    };
  });
  const ceilings = ceilingsOf(drawn.flat());
  const seen = [
    ...curves.flatMap(({ points }) => points.flatMap(({ y, interval }) => [y, ...interval])),
    ...ceilings.map(({ y }) => y),
  ];
  const y = ratioAxis(seen, "speed-up");
  const x = doublingAxis(sweep.batches, BATCH);
  return curvesSpec({ x, y, curves, ceilings: ceilings.length > 1 ? [ceilings] : [] }, layout);
}

/** A speed-up as a point over the batch. */
export function speedupPoint({ batch, comparison }: RatioAtBatch): Curve["points"][number] {
  const { subject, baseline, ratio, ceiling, verdict } = comparison;
  const most = ceiling === null ? "" : `, ceiling ${times(ceiling)}`;
  return {
    x: batch,
    y: ratio.estimate,
    interval: [ratio.low, ratio.high],
    doubt: verdict === "inconclusive",
    tip: `${subject} / ${baseline}, batch ${batch}: ${timesWithin(ratio)}${most}, ${verdict}`,
  };
}

/** The ceiling over the batch: that of the engine that skips most. */
export function ceilingsOf(ratios: readonly RatioAtBatch[]): { x: number; y: number }[] {
  const known = ratios.flatMap(({ batch, comparison: { ceiling } }) =>
    ceiling === null ? [] : [{ x: batch, y: ceiling }]
  );
  const byBatch = Map.groupBy(known, ({ x }) => x);
  return [...byBatch].map(([x, all]) => ({ x, y: Math.max(...all.map(({ y }) => y)) }))
    .sort((a, b) => a.x - b.x);
}

/** What the charts show, e.g. `3.6x to 4.1x over onnxruntime-node, most at batch 8`. */
export function batchTitle(sweep: BatchSweep): string {
  const [best] = drawnRatios(sweep).filter(([first]) => skipsZeros(first!.comparison.subject));
  if (best === undefined) return "Nobody skips zeros here";
  const { subject, baseline } = best[0]!.comparison;
  const sorted = best.toSorted((a, b) => a.comparison.ratio.estimate - b.comparison.ratio.estimate);
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  const [low, high] = [least, most].map(({ comparison }) => times(comparison.ratio.estimate));
  const range = low === high ? `${low}` : `${low} to ${high}`;
  return `${subject} runs ${range} as fast as ${baseline}, most at batch ${most.batch}`;
}
