/**
 * Charts: loss, metric and sparsity over training; the dense model first, then the pruning that starts from it.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { mean } from "../../core/mod.ts";
import type { TrainingPoint } from "../../results/mod.ts";
import { percent } from "../wording.ts";
import { evenTicks, linearAxis } from "./axis.ts";
import { framed, titleAbove } from "./frame.ts";
import { COLOURS, type Layout } from "./theme.ts";

/** What is drawn over time. */
export type Quantity = "loss" | "metric" | "sparsity";

/** A point of a curve. */
export interface CurvePoint {
  /** Steps since the dense training began. */
  readonly step: number;
  /** The quantity; metric and sparsity in per cent. */
  readonly value: number;
  /** Which half. */
  readonly stage: TrainingPoint["stage"];
  /** One line per curve. */
  readonly curve: string;
}

/** Steps of the dense training, after which the sparse one begins; 0 if there was none. */
export function denseSteps(log: readonly TrainingPoint[]): number {
  return log.reduce((most, { stage, step }) => stage === "dense" ? Math.max(most, step) : most, 0);
}

/** Points of the curves of one quantity. Sparsity is drawn once, since every seed has the same. */
export function curvePoints(log: readonly TrainingPoint[], quantity: Quantity): CurvePoint[] {
  const offset = denseSteps(log);
  const firstSeed = log[0]?.seed;
  return log.flatMap((point) => {
    const { seed, stage, step } = point;
    const value = quantity === "loss" ? point.loss : point[quantity];
    if (value === null || (quantity === "sparsity" && seed !== firstSeed)) return [];
    return [{
      step: stage === "dense" ? step : offset + step,
      value: quantity === "loss" ? value : 100 * value,
      stage,
      curve: quantity === "sparsity" ? "sparsity" : `${stage} ${seed}`,
    }];
  });
}

const TITLES = { loss: "training loss", sparsity: "zeros in pruned layers (%)" } as const;

/** Height of each panel in pixels. */
const HEIGHTS = { loss: 120, metric: 140, sparsity: 80 } as const;

/** Room for the labels of the vertical axis in pixels. */
const LEFT = 44;

/** What is drawn beside the curves. */
export interface TrainingOptions {
  /** Name of the metric, e.g. `accuracy`. */
  readonly metric?: string;
  /** Best that any model can reach, in per cent; drawn with the metric. */
  readonly ceiling?: number | null;
  /** Zeros that were planned, in per cent; drawn with the sparsity. */
  readonly schedule?: readonly { readonly step: number; readonly value: number }[];
}

/**
 * One quantity over the steps of both trainings.
 *
 * @param options What else is drawn.
 */
export function trainingSpec(
  log: readonly TrainingPoint[],
  quantity: Quantity,
  layout: Layout,
  { metric = "metric", ceiling = null, schedule = [] }: TrainingOptions = {},
): TopLevelSpec {
  const points = curvePoints(log, quantity);
  const title = quantity === "metric" ? `${metric} (%)` : TITLES[quantity];
  const width = layout.width - LEFT - 12;
  const scales = scalesOf(points, quantity, title, quantity === "metric" ? ceiling : null);
  const start = denseSteps(log);
  return framed({
    width,
    height: HEIGHTS[quantity],
    padding: { left: LEFT, right: 12, top: 28, bottom: 44 },
    layer: [
      ...start > 0 && points.some(({ stage }) => stage === "sparse")
        ? pruningStart(start, scales, isSparseFromStart(log) ? "with zeros" : "pruning starts")
        : [],
      ...quantity === "metric" && ceiling !== null ? [ceilingRule(ceiling, scales)] : [],
      ...quantity === "sparsity" ? [ramp(points, scales)] : [],
      ...(["dense", "sparse"] as const).flatMap((stage) => curve(points, stage, quantity, scales)),
      ...quantity === "sparsity" && schedule.length > 0 ? [scheduleLine(schedule, scales)] : [],
    ],
  });
}

interface Scales {
  readonly x: Readonly<Record<string, unknown>>;
  readonly y: Readonly<Record<string, unknown>>;
}

function scalesOf(
  points: readonly CurvePoint[],
  quantity: Quantity,
  title: string,
  ceiling: number | null,
): Scales {
  const steps = points.map(({ step }) => step);
  const domain = [0, Math.max(1, ...steps)] as const;
  const values = [...points.map(({ value }) => value), ...ceiling === null ? [] : [ceiling]];
  const axis = quantity === "sparsity"
    ? { domain: [0, 100], ticks: [0, 50, 100] }
    : linearAxis(values, {
      title,
      ...quantity === "loss"
        ? { reference: 0, limits: [0, Infinity] as const }
        : { limits: [0, 100] as const },
    });
  const common = { nice: false, zero: false };
  return {
    x: {
      type: "quantitative",
      scale: { domain, ...common },
      axis: { title: "optimiser steps", values: evenTicks(domain), grid: false },
    },
    y: {
      type: "quantitative",
      scale: { domain: axis.domain, ...common },
      axis: {
        ...titleAbove(title, LEFT),
        values: axis.ticks.filter((_, i, all) => all.length < 6 || i % 2 === 0),
      },
    },
  };
}

function pruningStart(step: number, scales: Scales, text: string): Record<string, unknown>[] {
  const data = { values: [{ step, text }] };
  const x = { field: "step", ...scales.x };
  const label = { type: "text", align: "left", baseline: "bottom", dx: 4, dy: -3, fontSize: 12 };
  return [
    {
      data,
      mark: { type: "rule", color: COLOURS.ink, strokeWidth: 1, aria: false },
      encoding: { x },
    },
    {
      data,
      mark: { ...label, color: COLOURS.muted, aria: false },
      encoding: { x, y: { value: 0 }, text: { field: "text" } },
    },
  ];
}

function ceilingRule(ceiling: number, { y }: Scales): Record<string, unknown> {
  const mark = {
    type: "rule",
    color: COLOURS.ink,
    strokeWidth: 1.4,
    strokeDash: [3, 2],
    aria: true,
  };
  return {
    data: {
      values: [{ ceiling, tip: `most that any model can reach: ${percent(ceiling / 100)}` }],
    },
    mark,
    encoding: { y: { field: "ceiling", ...y }, description: { field: "tip" } },
  };
}

function scheduleLine(
  values: NonNullable<TrainingOptions["schedule"]>,
  { x, y }: Scales,
): Record<string, unknown> {
  return {
    data: { values },
    mark: { type: "line", color: COLOURS.ink, strokeWidth: 1.4, strokeDash: [3, 2], aria: false },
    encoding: { x: { field: "step", ...x }, y: { field: "value", ...y } },
  };
}

function ramp(points: readonly CurvePoint[], { x, y }: Scales): Record<string, unknown> {
  return {
    data: { values: points },
    mark: { type: "area", color: COLOURS.wash, aria: false, interpolate: "step-after" },
    encoding: { x: { field: "step", ...x }, y: { field: "value", ...y } },
  };
}

function curve(
  points: readonly CurvePoint[],
  stage: CurvePoint["stage"],
  quantity: Quantity,
  { x, y }: Scales,
): Record<string, unknown>[] {
  const values = points.filter((point) => point.stage === stage)
    .map(({ step, value, curve }) => ({ step, value, curve }));
  if (values.length === 0) return [];
  const encoding = {
    x: { field: "step", ...x },
    y: { field: "value", ...y },
    detail: { field: "curve" },
  };
  const mark = {
    type: "line",
    color: COLOURS[stage],
    strokeWidth: quantity === "loss" ? 1.2 : 1.8,
    opacity: quantity === "loss" ? 0.75 : 0.9,
    aria: false,
    ...quantity === "sparsity" ? { interpolate: "step-after" } : {},
    ...quantity === "metric"
      ? {
        point: {
          color: COLOURS[stage],
          size: 22,
          opacity: 1,
          shape: stage === "dense" ? "square" : "circle",
        },
      }
      : {},
  };
  return [{ data: { values }, mark, encoding }];
}

/** Whether the sparse network had its zeros from the first step on, so that it did not grow into them. */
export function isSparseFromStart(log: readonly TrainingPoint[]): boolean {
  const sparse = log.filter(({ stage }) => stage === "sparse");
  const [first, last] = [sparse[0], sparse.at(-1)];
  if (first === undefined || last === undefined || last.sparsity === 0) return false;
  return sparse.length > 1 && first.sparsity > 0.99 * last.sparsity;
}

/** What the charts show, e.g. `On the way to 90.0 % zeros accuracy never falls below 93.1 %`. */
export function trainingTitle(log: readonly TrainingPoint[], metric: string): string {
  const sparse = log.filter(({ stage }) => stage === "sparse");
  const zeros = sparse.at(-1)?.sparsity;
  if (zeros === undefined) return "The dense model was trained, nothing was pruned";
  const metrics = sparse.flatMap(({ metric }) => metric === null ? [] : [metric]);
  if (metrics.length === 0) return `Pruning reaches ${percent(zeros)} zeros`;
  if (isSparseFromStart(log)) {
    return `With ${percent(zeros)} zeros from the first step ${metric} ends at ${
      percent(mean(lastMetrics(sparse)))
    }`;
  }
  return `On the way to ${percent(zeros)} zeros ${metric} never falls below ${
    percent(Math.min(...metrics))
  }`;
}

/** The last metric of every seed. */
function lastMetrics(sparse: readonly TrainingPoint[]): number[] {
  const evaluated = sparse.filter(({ metric }) => metric !== null);
  const bySeed = new Map(evaluated.map(({ seed, metric }) => [seed, metric!])); // the last one stays
  return [...bySeed.values()];
}
