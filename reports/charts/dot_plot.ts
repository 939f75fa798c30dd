/**
 * The dot plot: one row a figure, its interval as a whisker. Every chart of figures is one, so that a mark means the same
 * on every page: a filled mark is measured, a small dot one seed, a hollow diamond published, a whisker the 95 %
 * interval, a dashed line a ceiling, a band the noise floor.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import type { Axis } from "./axis.ts";
import { COLOURS, type Layout, SHAPES, type Tone } from "./theme.ts";

/** One row, in the units of the axis. */
export interface DotRow {
  /** Rows in a row with the same group stand under one heading; `""` for none. */
  readonly group: string;
  /** What it is, e.g. the name of an engine. */
  readonly label: string;
  /** Who it belongs to. */
  readonly tone: Tone;
  /** The figure; `null` if there is only what stands beside it. */
  readonly value: number | null;
  /** Ends of its 95 % interval; `null` if not known. */
  readonly interval: readonly [number, number] | null;
  /** The figure of each seed. */
  readonly seeds?: readonly number[];
  /** Published figures. */
  readonly published?: readonly number[];
  /** Most it can be. */
  readonly ceiling?: number | null;
  /** What noise alone gives. */
  readonly band?: readonly [number, number] | null;
  /** The figure in words, written at the right end of the row. */
  readonly figure: string;
  /** All of it in words, shown when pointed at. */
  readonly tip: string;
}

type LayerSpec = Extract<TopLevelSpec, { layer: unknown }>["layer"][number];
type Values = readonly Readonly<Record<string, string | number>>[];

/** Room for row labels in the wide layout, in pixels. */
const LABELS = 274;

/** Room for the figures at the right end. */
const FIGURES = 64;

/** Where rows and their parts are, in pixels. */
interface Geometry {
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

function geometryOf({ width, labels }: Layout): Geometry {
  if (labels === "beside") {
    const plot = width - LABELS - FIGURES - 8;
    return { step: 22, shift: 0, labelX: -LABELS, labelShift: 0, plot, left: LABELS };
  }
  const plot = width - FIGURES - 16;
  return { step: 38, shift: 7, labelX: -8, labelShift: -9, plot, left: 8 };
}

/** Bars, dots and words of all rows, headings among them. */
interface Placed {
  readonly row: DotRow | null;
  readonly heading: string;
  readonly place: number;
}

function place(rows: readonly DotRow[]): Placed[] {
  const placed: Placed[] = [];
  let group = "";
  for (const row of rows) {
    if (row.group !== group && row.group !== "") {
      placed.push({ row: null, heading: row.group, place: placed.length });
    }
    group = row.group;
    placed.push({ row, heading: "", place: placed.length });
  }
  return placed;
}

/** The chart of the rows, in their order from the top. */
export function dotPlotSpec(rows: readonly DotRow[], axis: Axis, layout: Layout): TopLevelSpec {
  const geometry = geometryOf(layout);
  const placed = place(rows);
  const scales = { axis, places: placed.map((one) => one.place), geometry };
  const figures = placed.flatMap(({ row, place }) => row === null ? [] : [{ row, place }]);
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width: geometry.plot,
    height: geometry.step * placed.length,
    autosize: { type: "none" },
    padding: {
      left: geometry.left,
      right: layout.width - geometry.left - geometry.plot,
      top: 4,
      bottom: 46,
    },
    layer: [
      bands(figures, scales),
      reference(scales),
      stems(figures, scales),
      ceilings(figures, scales),
      whiskers(figures, scales),
      seeds(figures, scales),
      ...(["dense", "sparse", "doubt"] as const).map((tone) => marks(tone, figures, scales)),
      published(figures, scales),
      ...words(placed, scales),
    ].filter((layer) => layer !== null),
    config: CONFIG,
  };
}

interface Scales {
  readonly axis: Axis;
  readonly places: readonly number[];
  readonly geometry: Geometry;
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

function ceilings(figures: Figured, scales: Scales): LayerSpec | null {
  const values = figures.flatMap(({ row: { ceiling }, place }) =>
    typeof ceiling === "number" ? [{ place, ceiling }] : []
  );
  const mark = { type: "rule", color: COLOURS.ink, strokeWidth: 1.4, strokeDash: [3, 2] };
  const encoding = {
    x: x("ceiling", scales),
    y: y(scales, scales.geometry.shift > 0 ? 0.46 : 0.06),
    y2: { field: "place", bandPosition: 0.94 },
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

/** Headings, labels and figures. */
function words(placed: readonly Placed[], scales: Scales): (LayerSpec | null)[] {
  const { labelX, labelShift, plot, shift } = scales.geometry;
  const headings = placed.filter(({ row }) => row === null)
    .map(({ place, heading }) => ({ place, text: heading }));
  const rows = placed.flatMap(({ row, place }) => row === null ? [] : [{ row, place }]);
  const at = (px: number): Record<string, unknown> => ({
    x: { value: px },
    y: y(scales),
    text: { field: "text" },
  });
  const text = { type: "text", baseline: "middle", fontSize: 12.5 };
  return [
    layer(
      headings,
      { ...text, align: "left", fontWeight: 600, color: COLOURS.ink, yOffset: 2 },
      at(labelX),
    ),
    layer(
      rows.map(({ row, place }) => ({ place, text: row.label })),
      { ...text, align: "left", color: COLOURS.ink, yOffset: labelShift },
      at(labelX),
    ),
    layer(
      rows.filter(({ row }) => row.figure !== "").map(({ row, place }) => ({
        place,
        text: row.figure,
      })),
      { ...text, align: "right", color: COLOURS.ink, fontWeight: 600, yOffset: shift },
      at(plot + FIGURES),
    ),
  ];
}

/** Look of every chart: horizontal reading, thin rules, nothing that is not read. */
export const CONFIG: NonNullable<TopLevelSpec["config"]> = {
  background: "transparent",
  font: "system-ui",
  view: { stroke: null },
  axis: {
    domain: false,
    ticks: false,
    gridColor: COLOURS.rule,
    gridWidth: 1,
    labelColor: COLOURS.muted,
    labelFontSize: 12,
    labelPadding: 8,
    labelOverlap: false,
    labelBound: false,
    labelFlush: false,
    titleColor: COLOURS.muted,
    titleFontSize: 12,
    titleFontWeight: 400,
    titlePadding: 8,
  },
};
