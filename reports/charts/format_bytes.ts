/**
 * Chart: how many bytes each format takes to store a matrix, over its sparsity.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import type { StoredFormat } from "../../results/mod.ts";
import { percent, times } from "../wording.ts";
import { logAxis } from "./axis.ts";
import { COLOURS, CONFIG, type Layout } from "./theme.ts";

/** How a format is called on the chart. */
const LABELS: Readonly<Record<string, string>> = {
  dense: "dense",
  coo: "COO",
  csr: "CSR",
  csc: "CSC",
  bsr: "BSR",
  ell: "ELL",
  bitmap: "bitmap",
  n_of_m: "N:M",
  skipzero: "skipzero",
};

/** Name of a format as people write it, e.g. `CSR`. */
export function formatName(format: string): string {
  return LABELS[format] ?? format;
}

/** Dashes that tell the grey lines apart before their labels are read. */
const DASHES: readonly (readonly number[])[] = [[1, 0], [6, 2], [2, 2], [8, 3, 2, 3], [4, 4], [
  1,
  3,
]];

/** Room for the labels of the vertical axis, and at the ends of the lines, in pixels. */
const LEFT = 44;
const RIGHT = 92;
const HEIGHT = { wide: 300, narrow: 280 } as const;

/** Least distance of two labels, in pixels. */
const LABEL_STEP = 15;

/** One line of the chart. */
interface Line {
  readonly label: string;
  readonly own: boolean;
  readonly points: readonly {
    readonly kept: number;
    readonly share: number;
    readonly tip: string;
  }[];
}

/**
 * Lines of the formats, ours last and on top. CSC is left out where it lies on CSR.
 *
 * @param rows Of one pattern.
 */
export function formatLines(rows: readonly StoredFormat[]): Line[] {
  const names = [...new Set(rows.map(({ format }) => format))]
    .filter((name) => name !== "dense" && name !== "skipzero");
  const lines = [...names, "skipzero"].map((name): Line => {
    const own = rows.filter(({ format }) => format === name);
    const details = new Set(own.map(({ detail }) => detail));
    const [detail] = details;
    const label = formatName(name);
    return {
      label: details.size === 1 && name !== "skipzero" && detail ? `${label} ${detail}` : label,
      own: name === "skipzero",
      points: own.map(({ sparsity, bytes, denseBytes }) => ({
        kept: 100 * (1 - sparsity),
        share: 100 * bytes.total / denseBytes,
        tip: `${label} at ${percent(sparsity)} zeros: ${
          percent(bytes.total / denseBytes)
        } of dense`,
      })).filter(({ kept }) => kept > 0).sort((a, b) => b.kept - a.kept),
    };
  }).filter(({ points }) => points.length > 0);
  const csr = lines.find(({ label }) => label === "CSR");
  const same = lines.find(({ label }) => label === "CSC");
  if (!csr || !same || same.points.some(({ share }, i) => !near(share, csr.points[i]!.share))) {
    return lines;
  }
  return lines.filter((line) => line !== same)
    .map((line) => line === csr ? { ...line, label: "CSR, CSC" } : line);
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) < 0.02 * b;
}

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
  const height = HEIGHT[layout.name];
  const x = {
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
  const y = {
    type: "quantitative",
    scale: { type: "log", domain: axis.domain, nice: false },
    axis: {
      title: axis.title,
      titleAngle: 0,
      titleAlign: "left",
      titleBaseline: "bottom",
      titleX: -LEFT,
      titleY: -8,
      titleColor: COLOURS.ink,
      titleFontWeight: 600,
      values: axis.ticks,
    },
  };
  const spec = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width,
    height,
    autosize: { type: "none" },
    padding: { left: LEFT, right: RIGHT, top: 28, bottom: 44 },
    layer: [
      {
        data: { values: [{ share: 100, tip: "as much as the dense matrix" }] },
        mark: {
          ...{ type: "rule", color: COLOURS.ink, strokeWidth: 1.4, strokeDash: [3, 2], aria: true },
        },
        encoding: { y: { field: "share", ...y }, description: { field: "tip" } },
      },
      ...lines.flatMap((line, index) => lineLayers(line, index, { x, y })),
      labels(lines, axis.domain, { width, height }),
    ],
    config: CONFIG,
  };
  // Checked against Vega-Lite's own JSON Schema in the tests; its type is too deep for parts put together.
  return spec as unknown as TopLevelSpec;
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
  { points, own }: Line,
  index: number,
  { x, y }: Readonly<Record<"x" | "y", Readonly<Record<string, unknown>>>>,
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

/** The name of each line at its right end, pushed apart where they would lie on each other. */
function labels(
  lines: readonly Line[],
  [low, high]: readonly [number, number],
  { width, height }: { readonly width: number; readonly height: number },
): Record<string, unknown> {
  const wanted = lines.map(({ label, own, points }) => ({
    label,
    own,
    y: height * Math.log(high / points.at(-1)!.share) / Math.log(high / low),
  })).sort((a, b) => a.y - b.y);
  const places = spread(wanted.map(({ y }) => y), height);
  const values = wanted.map(({ label, own }, i) => ({ label, own, place: places[i] }));
  return {
    data: { values },
    mark: { type: "text", align: "left", baseline: "middle", fontSize: 12, dx: 8, aria: false },
    encoding: {
      x: { value: width },
      // Pixels, as they were computed.
      y: { field: "place", type: "quantitative", scale: null, axis: null },
      text: { field: "label" },
      color: {
        condition: { test: "datum.own", value: COLOURS.sparse },
        value: COLOURS.muted,
      },
    },
  };
}

/** Ascending places, moved down, then up from the end, until neighbours are a label apart. */
export function spread(places: readonly number[], height: number): number[] {
  const moved = [...places];
  for (let i = 1; i < moved.length; i++) {
    moved[i] = Math.max(moved[i]!, moved[i - 1]! + LABEL_STEP);
  }
  let limit = height + LABEL_STEP / 2;
  for (let i = moved.length - 1; i >= 0; i--) {
    moved[i] = Math.min(moved[i]!, limit);
    limit = moved[i]! - LABEL_STEP;
  }
  return moved;
}

/** What the chart shows, e.g. `At 90 % zeros skipzero takes 12.6 % of the dense bytes, CSR 15.1 %`. */
export function formatBytesTitle(rows: readonly StoredFormat[]): string {
  const share = (row: StoredFormat): number => row.bytes.total / row.denseBytes;
  const own = rows.filter(({ format }) => format === "skipzero");
  const shown = own.reduce<StoredFormat | null>(
    (best, row) =>
      best === null || Math.abs(row.sparsity - 0.9) < Math.abs(best.sparsity - 0.9) ? row : best,
    null,
  );
  if (shown === null) return "No matrix was stored";
  const csr = rows.find(({ format, sparsity }) => format === "csr" && sparsity === shown.sparsity);
  const beside = csr === undefined ? "" : `, ${times(share(shown) / share(csr))} what CSR takes`;
  return `${shown.pattern} at ${percent(shown.sparsity, 0)} zeros: skipzero takes ${
    percent(share(shown))
  } of the dense bytes${beside}`;
}
