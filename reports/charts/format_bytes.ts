/**
 * Chart: how many bytes each format takes to store a matrix, over its sparsity.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import type { StoredFormat } from "../../results/mod.ts";
import { type Axis, logAxis } from "./axis.ts";
import { type EndLabel, endLabels } from "./end_labels.ts";
import { type FormatLine, formatLines } from "./format_lines.ts";
import { framed, titleAbove } from "./frame.ts";
import { COLOURS, type Layout } from "./theme.ts";

/** Dashes that tell the grey lines apart before their labels are read. */
const DASHES: readonly (readonly number[])[] = [[1, 0], [6, 2], [2, 2], [8, 3, 2, 3], [4, 4], [
  1,
  3,
]];

/** Room for the labels of the vertical axis, and at the ends of the lines, in pixels. */
const LEFT = 44;
const RIGHT = 92;

/**
 * Bytes as a percentage of the dense matrix over the percentage of zeros; a dashed rule where a format takes as much as
 * the dense matrix. A matrix without non-zeros has no place on the chart.
 *
 * @param rows Of one pattern, at two sparsities or more.
 */
export function formatBytesSpec(rows: readonly StoredFormat[], layout: Layout): TopLevelSpec {
  const lines = formatLines(rows);
  const kept = lines.flatMap(({ points }) => points.map((point) => point.kept));
  const shares = [100, ...lines.flatMap(({ points }) => points.map(({ share }) => share))];
  const axis = logAxis(shares, "bytes, % of the dense matrix");
  const width = layout.width - LEFT - RIGHT;
  const height = layout.name === "wide" ? 300 : 280;
  const scales = { x: sparsityScale(kept), y: byteScale(axis) };
  return framed({
    width,
    height,
    padding: { left: LEFT, right: RIGHT, top: 28, bottom: 44 },
    layer: [
      denseRule(scales),
      ...lines.flatMap((line, index) => lineLayers(line, index, scales)),
      endLabels(lines.map((line) => labelOf(line, axis.domain, height)), { width, height }),
    ],
  });
}

type Encoding = Readonly<Record<string, unknown>>;

interface Scales {
  readonly x: Encoding;
  readonly y: Encoding;
}

function sparsityScale(kept: readonly number[]): Encoding {
  return {
    type: "quantitative",
    // What is kept, from much to little: on this scale the lines of most formats are straight.
    scale: { type: "log", domain: [Math.max(...kept), Math.min(...kept)], nice: false },
    axis: {
      title: "zeros (%)",
      grid: false,
      values: ticksOf(kept),
      labelExpr: "format(100 - datum.value, '.3~r')",
    },
  };
}

function byteScale({ title, domain, ticks }: Axis): Encoding {
  return {
    type: "quantitative",
    scale: { type: "log", domain, nice: false },
    axis: {
      ...titleAbove(title, LEFT),
      values: ticks,
    },
  };
}

function denseRule({ y }: Scales): Record<string, unknown> {
  const mark = {
    type: "rule",
    color: COLOURS.ink,
    strokeWidth: 1.4,
    strokeDash: [3, 2],
    aria: true,
  };
  return {
    data: { values: [{ share: 100, tip: "as much as the dense matrix" }] },
    mark,
    encoding: { y: { field: "share", ...y }, description: { field: "tip" } },
  };
}

/** Of the sparsities, those that are far enough apart to be read. */
function ticksOf(kept: readonly number[]): number[] {
  const sorted = [...new Set(kept)].sort((a, b) => b - a);
  const apart = (sorted[0]! / sorted.at(-1)!) ** (1 / 12);
  const ticks: number[] = [];
  for (const at of sorted) if (ticks.length === 0 || ticks.at(-1)! / at > apart) ticks.push(at);
  return ticks;
}

function lineLayers(
  { points, own }: FormatLine,
  index: number,
  { x, y }: Scales,
): Record<string, unknown>[] {
  const data = { values: points };
  const color = own ? COLOURS.sparse : COLOURS.dense;
  const encoding = { x: { field: "kept", ...x }, y: { field: "share", ...y } };
  const line = {
    type: "line",
    color,
    strokeWidth: own ? 2.4 : 1.2,
    strokeDash: own ? [1, 0] : DASHES[index % DASHES.length],
    aria: false,
  };
  const point = {
    type: "point",
    filled: true,
    color,
    size: own ? 34 : 18,
    opacity: 1,
    shape: own ? "circle" : "square",
    aria: true,
  };
  return [
    { data, mark: line, encoding },
    { data, mark: point, encoding: { ...encoding, description: { field: "tip" } } },
  ];
}

function labelOf(
  { label, own, points }: FormatLine,
  [low, high]: readonly [number, number],
  height: number,
): EndLabel {
  const y = height * Math.log(high / points.at(-1)!.share) / Math.log(high / low);
  return { text: label, y, tone: own ? "sparse" : "dense" };
}
