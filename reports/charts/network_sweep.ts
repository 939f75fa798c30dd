/**
 * Charts along a sweep: time, throughput and speed-up of each engine on one network, over the batch or the length of sequences.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import {
  isOneTier,
  itemsPerSecond,
  type NetworkSweep,
  skipsZeros,
  type SweepAxis,
  type SweptRatio,
  type SweptTime,
} from "../../results/mod.ts";
import { duration, significant, times, timesWithin, timeUnit } from "../wording.ts";
import { type Axis, doublingAxis, logAxis, ratioAxis } from "./axis.ts";
import { type Curve, curvesSpec } from "./curves.ts";
import type { Layout } from "./theme.ts";

/** What the axes are called, and a place on them. */
export const AXES: Readonly<Record<SweepAxis, { readonly title: string; readonly place: string }>> =
  {
    batch: { title: "items per run (batch)", place: "batch" },
    sequence: { title: "tokens per item", place: "length" },
  };

/** The horizontal axis of a sweep. */
export function sweepAxis({ axis, places }: NetworkSweep): Axis {
  return doublingAxis(places, AXES[axis].title);
}

/** Time of a run of each engine, on logarithmic axes. */
export function sweepTimeSpec(sweep: NetworkSweep, layout: Layout): TopLevelSpec {
  const all = [...sweep.times.values()].flat();
  const medians = all.map(({ summary }) => summary.median).sort((a, b) => a - b);
  const unit = timeUnit(medians[medians.length >> 1] ?? 1e6);
  const { place } = AXES[sweep.axis];
  const curves = curvesOf(sweep, ({ at, measurement, summary: { median, low, high } }) => ({
    x: at,
    y: median / unit.ns,
    interval: [low / unit.ns, high / unit.ns],
    tip: `${measurement.engine}, ${place} ${at}: ${duration(median)} [${duration(low)}, ${
      duration(high)
    }]`,
  }));
  const y = logAxis(seenOf(curves), `time per run (${unit.symbol})`);
  return curvesSpec({ x: sweepAxis(sweep), y, curves }, layout);
}

/** Items a second of each engine, on logarithmic axes. */
export function sweepRateSpec(sweep: NetworkSweep, layout: Layout): TopLevelSpec {
  const { place } = AXES[sweep.axis];
  const curves = curvesOf(sweep, (time) => {
    const { estimate, low, high } = itemsPerSecond(time)!; // its cell is a network's
    const tip = `${time.measurement.engine}, ${place} ${time.at}: ${significant(estimate)} [${
      significant(low)
    }, ${significant(high)}] items per second`;
    return { x: time.at, y: estimate, interval: [low, high], tip };
  });
  const y = logAxis(seenOf(curves), "items per second");
  return curvesSpec({ x: sweepAxis(sweep), y, curves }, layout);
}

function curvesOf(
  { times: byEngine }: NetworkSweep,
  pointOf: (time: SweptTime) => Curve["points"][number],
): Curve[] {
  return [...byEngine].map(([engine, times]) => ({
    label: engine,
    tone: skipsZeros(engine) ? "sparse" : "dense",
    points: times.map(pointOf),
  }));
}

/** All places that an axis has to have room for. */
export function seenOf(curves: readonly Curve[]): number[] {
  return curves.flatMap(({ points }) => points.flatMap(({ y, interval }) => [y, ...interval]));
}

/** The comparisons that are drawn: with ONNX Runtime of the same tier. */
export function drawnRatios({ ratios }: NetworkSweep): (readonly SweptRatio[])[] {
  return ratios.filter(([first]) =>
    first!.comparison.baseline.startsWith("onnxruntime") && isOneTier(first!.comparison)
  );
}

/** Speed-up over ONNX Runtime of the same tier with a rule at 1x, and most that skipping zeros can give. */
export function sweepSpeedupSpec(sweep: NetworkSweep, layout: Layout): TopLevelSpec {
  const drawn = drawnRatios(sweep);
  const curves = drawn.map((ratios): Curve => {
    const { subject, baseline } = ratios[0]!.comparison;
    return {
      label: [subject, `/ ${baseline}`],
      tone: skipsZeros(subject) ? "sparse" : "dense",
      points: ratios.map((ratio) => speedupPoint(ratio, sweep.axis)),
    };
  });
  const ceilings = ceilingsOf(drawn.flat());
  const y = ratioAxis([...seenOf(curves), ...ceilings.map(({ y }) => y)], "speed-up");
  const lines = ceilings.length > 1 ? [ceilings] : [];
  return curvesSpec({ x: sweepAxis(sweep), y, curves, ceilings: lines }, layout);
}

/** A speed-up as a point along an axis. */
export function speedupPoint(
  { at, comparison }: SweptRatio,
  axis: SweepAxis,
): Curve["points"][number] {
  const { subject, baseline, ratio, ceiling, verdict } = comparison;
  const most = ceiling === null ? "" : `, ceiling ${times(ceiling)}`;
  return {
    x: at,
    y: ratio.estimate,
    interval: [ratio.low, ratio.high],
    doubt: verdict === "inconclusive",
    tip: `${subject} / ${baseline}, ${AXES[axis].place} ${at}: ${
      timesWithin(ratio)
    }${most}, ${verdict}`,
  };
}

/** The ceiling along the axis: that of the engine that skips most. */
export function ceilingsOf(ratios: readonly SweptRatio[]): { x: number; y: number }[] {
  const known = ratios.flatMap(({ at, comparison: { ceiling } }) =>
    ceiling === null ? [] : [{ x: at, y: ceiling }]
  );
  const byPlace = Map.groupBy(known, ({ x }) => x);
  return [...byPlace].map(([x, all]) => ({ x, y: Math.max(...all.map(({ y }) => y)) }))
    .sort((a, b) => a.x - b.x);
}

/** What the charts show, e.g. `skipzero-native runs 3.6x to 4.1x as fast as onnxruntime-node, most at batch 8`. */
export function sweepTitle(sweep: NetworkSweep): string {
  const [own] = drawnRatios(sweep).filter(([first]) => skipsZeros(first!.comparison.subject));
  if (own === undefined) return "no engine that skips zeros was compared";
  const { subject, baseline } = own[0]!.comparison;
  const sorted = own.toSorted((a, b) => a.comparison.ratio.estimate - b.comparison.ratio.estimate);
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  const [low, high] = [least, most].map(({ comparison }) => times(comparison.ratio.estimate));
  const range = low === high ? `${low}` : `${low} to ${high}`;
  const { place } = AXES[sweep.axis];
  return `${subject} runs ${range} as fast as ${baseline}, most at ${place} ${most.at}`;
}
