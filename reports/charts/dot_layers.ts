/**
 * Layers of the dot plot, one for each mark. A layer that no row needs is `null`.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import type { Axis } from "./axis.ts";
import type { DotRow } from "./dot_plot.ts";
import { COLOURS, SHAPES, type Tone } from "./theme.ts";

/** A layer of a chart. */
export type LayerSpec = Extract<TopLevelSpec, { layer: unknown }>["layer"][number];
type Values = readonly Readonly<Record<string, string | number>>[];

/** Room for the figures at the right end, in pixels. */
export const FIGURES = 64;

/** Where rows and their parts are, in pixels. */
export interface Geometry {
  /** Height of a row. */
  readonly step: number;
  /** Distance of marks from the middle of their row. */
  readonly shift: number;
  /** Left end of labels. */
  readonly labelX: number;
  /** Distance of labels from the middle of their row. */
  readonly labelShift: number;
  /** Width between the first and last place of the axis. */
  readonly plot: number;
  /** Left of the plot. */
  readonly left: number;
}

/** A line of the chart: a row or a heading. */
export interface Placed {
  /** The row; `null` for a heading. */
  readonly row: DotRow | null;
  /** Words of a heading. */
  readonly heading: string;
  /** Which line, from 0 at the top. */
  readonly place: number;
}

/** How figures become places. */
export interface Scales {
  /** From left to right. */
  readonly axis: Axis;
  /** Lines from top to bottom. */
  readonly places: readonly number[];
  /** In pixels. */
  readonly geometry: Geometry;
}

/** All layers, those at the bottom first. */
export function dotLayers(lines: readonly Placed[], scales: Scales): LayerSpec[] {
  const figures = lines.flatMap(({ row, place }) => row === null ? [] : [{ row, place }]);
  return [
    bands(figures, scales),
    reference(scales),
    stems(figures, scales),
    strokes("ceiling", figures, scales),
    strokes("roof", figures, scales),
    strokes("goal", figures, scales),
    whiskers(figures, scales),
    seeds(figures, scales),
    ...(["dense", "sparse", "doubt"] as const).map((tone) => marks(tone, figures, scales)),
    published(figures, scales),
    ...words(lines, figures, scales),
  ].filter((layer) => layer !== null);
}

type Figured = readonly { readonly row: DotRow; readonly place: number }[];

function x(field: string, { axis }: Scales): Record<string, unknown> {
  return {
    field,
    type: "quantitative",
    // With both ends given, zero is in sight only if it is between them.
    scale: { type: axis.scale, domain: axis.domain, nice: false },
    axis: {
      title: axis.title,
      values: axis.ticks,
      labelExpr: `replace('' + datum.value, '-', '−') + '${axis.suffix}'`,
    },
  };
}

function y({ places }: Scales, band?: number): Record<string, unknown> {
  const position = band === undefined ? {} : { bandPosition: band };
  return { field: "place", type: "ordinal", axis: null, scale: { domain: places }, ...position };
}

/** A layer with data of its own, or `null` without any: an empty layer would only add empty groups. */
function layer(
  values: Values,
  mark: Record<string, unknown>,
  encoding: Record<string, unknown>,
): LayerSpec | null {
  if (values.length === 0) return null;
  // Checked against Vega-Lite's own JSON Schema in the tests; its type is too deep for parts put together.
  return { data: { values }, mark: { aria: false, ...mark }, encoding } as unknown as LayerSpec;
}

/** With words to show when pointed at. */
const TIP = { description: { field: "tip" } };

function bands(figures: Figured, scales: Scales): LayerSpec | null {
  const values = figures.flatMap(({ row: { band }, place }) =>
    band ? [{ place, low: band[0], high: band[1] }] : []
  );
  const encoding = { x: x("low", scales), x2: { field: "high" }, y: y(scales) };
  return layer(values, { type: "rect", color: COLOURS.band }, encoding);
}

/** A rule through all rows where nothing differs. */
function reference(scales: Scales): LayerSpec | null {
  const { axis } = scales;
  if (axis.reference === null) return null;
  const values = [{ at: axis.reference }];
  return layer(values, { type: "rule", color: COLOURS.ink, strokeWidth: 1 }, {
    x: x("at", scales),
  });
}

/** A thin line from the reference to the figure. */
function stems(figures: Figured, scales: Scales): LayerSpec | null {
  const { axis: { reference }, geometry } = scales;
  if (reference === null) return null;
  const values = figures.flatMap(({ row: { value, tone }, place }) =>
    value === null ? [] : [{ place, from: reference, value, tone }]
  );
  const encoding = {
    x: x("from", scales),
    x2: { field: "value" },
    y: y(scales),
    color: toneColour(),
  };
  return layer(values, {
    type: "rule",
    strokeWidth: 1.5,
    opacity: 0.45,
    yOffset: geometry.shift,
  }, encoding);
}

function toneColour(): Record<string, unknown> {
  const domain: Tone[] = ["sparse", "dense", "doubt"];
  const range = domain.map((tone) => COLOURS[tone]);
  return { field: "tone", type: "nominal", scale: { domain, range }, legend: null };
}

/** Strokes across a row: dashed, dotted, or thick and solid. */
const STROKES = {
  ceiling: { strokeWidth: 1.4, strokeDash: [3, 2] },
  roof: { strokeWidth: 1.6, strokeDash: [1.2, 2.4] },
  goal: { strokeWidth: 3 },
} as const;

function strokes(kind: keyof typeof STROKES, figures: Figured, scales: Scales): LayerSpec | null {
  const values = figures.flatMap(({ row, place }) => {
    const at = row[kind];
    return typeof at === "number" ? [{ place, at }] : [];
  });
  const mark = { type: "rule", color: COLOURS.ink, ...STROKES[kind] };
  // What is aimed at is shorter, so that it is seen where it lies on a ceiling.
  const inset = kind === "goal" ? 0.16 : 0;
  const encoding = {
    x: x("at", scales),
    y: y(scales, (scales.geometry.shift > 0 ? 0.46 : 0.06) + inset),
    y2: { field: "place", bandPosition: 0.94 - inset },
  };
  return layer(values, mark, encoding);
}

function whiskers(figures: Figured, scales: Scales): LayerSpec | null {
  const values = figures.flatMap(({ row: { interval, tone }, place }) =>
    interval ? [{ place, low: interval[0], high: interval[1], tone }] : []
  );
  const encoding = {
    x: x("low", scales),
    x2: { field: "high" },
    y: y(scales),
    color: toneColour(),
  };
  const { shift } = scales.geometry;
  return layer(
    values,
    { type: "rule", strokeWidth: 2.5, strokeCap: "round", yOffset: shift },
    encoding,
  );
}

function seeds(figures: Figured, scales: Scales): LayerSpec | null {
  const values = figures.flatMap(({ row: { seeds = [], tone }, place }) =>
    seeds.map((seed) => ({ place, seed, tone }))
  );
  const encoding = { x: x("seed", scales), y: y(scales), color: toneColour() };
  const { shift } = scales.geometry;
  const mark = { type: "point", shape: "circle", filled: true, size: 22, opacity: 0.6 };
  return layer(values, { ...mark, yOffset: shift - 6 }, encoding);
}

function marks(tone: Tone, figures: Figured, scales: Scales): LayerSpec | null {
  const values = figures.flatMap(({ row, place }) =>
    row.value === null || row.tone !== tone ? [] : [{ place, value: row.value, tip: row.tip }]
  );
  const mark = {
    type: "point",
    shape: SHAPES[tone],
    filled: true,
    size: 80,
    opacity: 1,
    color: COLOURS[tone],
    stroke: COLOURS.paper,
    strokeWidth: 1,
    yOffset: scales.geometry.shift,
    aria: true,
  };
  return layer(values, mark, { x: x("value", scales), y: y(scales), ...TIP });
}

function published(figures: Figured, scales: Scales): LayerSpec | null {
  const values = figures.flatMap(({ row: { published = [], tip }, place }) =>
    published.map((value) => ({ place, value, tip }))
  );
  const mark = {
    type: "point",
    shape: "diamond",
    filled: false,
    size: 110,
    opacity: 1,
    color: COLOURS.ink,
    strokeWidth: 1.8,
    yOffset: scales.geometry.shift,
    aria: true,
  };
  return layer(values, mark, { x: x("value", scales), y: y(scales), ...TIP });
}

/** Characters of a label or heading; about what the room for labels holds. */
const MOST_CHARACTERS = 46;

function short(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}

/** Headings, labels and figures. */
function words(
  lines: readonly Placed[],
  figures: Figured,
  scales: Scales,
): (LayerSpec | null)[] {
  const { labelX, labelShift, plot, shift } = scales.geometry;
  const headings = lines.filter(({ row }) => row === null)
    .map(({ place, heading }) => ({ place, text: short(heading) }));
  const labels = figures.map(({ row, place }) => ({ place, text: short(row.label) }));
  const values = figures.filter(({ row }) => row.figure !== "")
    .map(({ row, place }) => ({ place, text: row.figure }));
  const at = (px: number): Record<string, unknown> => ({
    x: { value: px },
    y: y(scales),
    text: { field: "text" },
  });
  const text = { type: "text", baseline: "middle", fontSize: 12.5, color: COLOURS.ink };
  const left = { ...text, align: "left" };
  return [
    layer(headings, { ...left, fontWeight: 600, yOffset: 2 }, at(labelX)),
    layer(labels, { ...left, yOffset: labelShift }, at(labelX)),
    layer(
      values,
      { ...text, align: "right", fontWeight: 600, yOffset: shift },
      at(plot + FIGURES),
    ),
  ];
}
