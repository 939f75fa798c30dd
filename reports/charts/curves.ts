/**
 * Lines with their intervals as bands, each named at its right end: a filled mark is measured, a band the 95 % interval, a
 * dashed line a ceiling.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import type { Axis } from "./axis.ts";
import { endLabels } from "./end_labels.ts";
import { framed, titleAbove } from "./frame.ts";
import { COLOURS, type Layout, SHAPES, type Tone } from "./theme.ts";

/** A figure on a line, in the units of the axes. */
export interface CurvePoint {
  /** Where it stands. */
  readonly x: number;
  /** The figure. */
  readonly y: number;
  /** Ends of its 95 % interval. */
  readonly interval: readonly [number, number];
  /** The figure of each seed. */
  readonly seeds?: readonly number[];
  /** Whether the measurement leaves it open. */
  readonly doubt?: boolean;
  /** All of it in words, shown when pointed at. */
  readonly tip: string;
}

/** One line. */
export interface Curve {
  /** Its name: one line of text, or two. */
  readonly label: string | readonly string[];
  /** Who it belongs to. */
  readonly tone: Tone & ("sparse" | "dense");
  /** From left to right; one at least. */
  readonly points: readonly CurvePoint[];
  /** Whether it stands back behind another of its tone. */
  readonly faint?: boolean;
}

/** A chart of lines. */
export interface CurveChart {
  /** From left to right. */
  readonly x: Axis;
  /** Upwards. */
  readonly y: Axis;
  /** Ours are drawn on top of the others. */
  readonly curves: readonly Curve[];
  /** Most that the lines can reach, from left to right. */
  readonly ceilings?: readonly (readonly { readonly x: number; readonly y: number }[])[];
}

/** Room for the labels of the vertical axis, in pixels. */
const LEFT = 48;

/** Room for the names of lines, in pixels, and the size of their letters. */
const NAMES = { wide: [176, 12], narrow: [132, 11], small: [132, 11] } as const;

const HEIGHTS = { wide: 300, narrow: 260, small: 230 } as const;

type Encoding = Readonly<Record<string, unknown>>;

/** The chart. */
export function curvesSpec(
  { x, y, curves, ceilings = [] }: CurveChart,
  layout: Layout,
): TopLevelSpec {
  const [names, fontSize] = NAMES[layout.name];
  const [width, height] = [layout.width - LEFT - names, HEIGHTS[layout.name]];
  const sorted = curves.toSorted((a, b) =>
    Number(a.tone === "sparse") - Number(b.tone === "sparse")
  );
  const end = Math.max(...curves.map(({ points }) => points.at(-1)!.x));
  const isWhole = ({ points }: Curve): boolean => points.at(-1)!.x === end;
  const labels = sorted.filter(isWhole).map(({ label, tone, points }) => ({
    text: label,
    tone,
    y: height * (1 - placeOf(points.at(-1)!.y, y)),
  }));
  return framed({
    width,
    height,
    padding: { left: LEFT, right: names, top: 30, bottom: 44 },
    layer: [
      ...y.reference === null ? [] : [rule(y.reference, y)],
      ...ceilings.map((points) => ceiling(points, x, y)),
      ...sorted.flatMap((curve) => lineLayers(curve, x, y)),
      ...sorted.filter((curve) => !isWhole(curve)).map((curve) => ownLabel(curve, x, y, fontSize)),
      endLabels(labels, { width, height }, fontSize),
    ],
  });
}

/** Where a value stands between the ends of an axis, 0 to 1. */
function placeOf(value: number, { scale, domain: [low, high] }: Axis): number {
  if (scale === "linear") return (value - low) / (high - low);
  return Math.log(value / low) / Math.log(high / low);
}

function scaleOf({ scale, domain }: Axis): Encoding {
  // A logarithmic scale has no zero to leave out.
  return { type: scale, domain, nice: false, ...scale === "linear" && { zero: false } };
}

function across(axis: Axis): Encoding {
  return {
    field: "x",
    type: "quantitative",
    scale: scaleOf(axis),
    axis: {
      title: axis.title,
      values: axis.ticks,
      grid: false,
      ...axis.labels === undefined ? { format: ",~r" } : { labelExpr: labelsOf(axis) },
    },
  };
}

/** Vega names places, not ticks: the label of the tick that is next to a place. */
function labelsOf({ ticks, labels = [] }: Axis): string {
  return ticks.map((tick, i) =>
    `abs(datum.value - ${tick}) < 1e-9 ? ${JSON.stringify(labels[i] ?? "")} : `
  ).join("") + "''";
}

function up(field: string, axis: Axis): Encoding {
  return {
    field,
    type: "quantitative",
    scale: scaleOf(axis),
    axis: {
      ...titleAbove(axis.title, LEFT, 10),
      values: axis.ticks,
      labelExpr: "(datum.value < 10000 ? format(datum.value, ',~r') " +
        `: format(datum.value / 1000, ',~r') + 'k') + '${axis.suffix}'`,
    },
  };
}

/** Where nothing differs. */
function rule(at: number, y: Axis): Encoding {
  return {
    data: { values: [{ at }] },
    mark: { type: "rule", aria: false, color: COLOURS.ink, strokeWidth: 1 },
    encoding: { y: up("at", y) },
  };
}

function ceiling(
  points: readonly { readonly x: number; readonly y: number }[],
  x: Axis,
  y: Axis,
): Encoding {
  return {
    data: { values: points },
    mark: { type: "line", aria: false, color: COLOURS.ink, strokeWidth: 1.4, strokeDash: [3, 2] },
    encoding: { x: across(x), y: up("y", y) },
  };
}

/** The name of a line that ends before the others, beside its last point. */
function ownLabel({ label, tone, points }: Curve, x: Axis, y: Axis, fontSize: number): Encoding {
  const values = [{ ...points.at(-1)!, label }];
  const color = tone === "sparse" ? COLOURS.sparse : COLOURS.muted;
  return {
    data: { values },
    mark: { type: "text", aria: false, align: "left", dx: 8, lineHeight: 13, fontSize, color },
    encoding: { x: across(x), y: up("y", y), text: { field: "label" } },
  };
}

function lineLayers({ tone, points, faint = false }: Curve, x: Axis, y: Axis): Encoding[] {
  const values = points.map((point) => ({
    x: point.x,
    y: point.y,
    low: point.interval[0],
    high: point.interval[1],
    tip: point.tip,
    tone: point.doubt ? "doubt" : tone,
  }));
  const colour = COLOURS[tone];
  const band = {
    data: { values },
    mark: { type: "area", aria: false, color: colour, opacity: faint ? 0.1 : 0.22 },
    encoding: { x: across(x), y: up("low", y), y2: { field: "high" } },
  };
  const line = {
    data: { values },
    mark: {
      type: "line",
      aria: false,
      color: colour,
      strokeWidth: tone === "sparse" && !faint ? 2 : 1.2,
    },
    encoding: { x: across(x), y: up("y", y) },
  };
  const marks = (["sparse", "dense", "doubt"] as const).flatMap((kind) => {
    const own = values.filter((value) => value.tone === kind);
    return own.length === 0 ? [] : [marksOf(kind, own, x, y)];
  });
  const seeds = points.flatMap(({ x, seeds = [] }) => seeds.map((y) => ({ x, y })));
  const dots = {
    data: { values: seeds },
    mark: { type: "point", filled: true, size: 9, opacity: 0.6, color: colour, aria: false },
    encoding: { x: across(x), y: up("y", y) },
  };
  return [
    ...values.length > 1 ? [band, line] : [],
    ...seeds.length > 0 ? [dots] : [],
    ...marks,
  ];
}

function marksOf(tone: Tone, values: readonly Encoding[], x: Axis, y: Axis): Encoding {
  return {
    data: { values },
    mark: {
      type: "point",
      filled: true,
      opacity: 1,
      size: 34,
      shape: SHAPES[tone],
      color: COLOURS[tone],
      aria: true,
    },
    encoding: { x: across(x), y: up("y", y), description: { field: "tip", type: "nominal" } },
  };
}
