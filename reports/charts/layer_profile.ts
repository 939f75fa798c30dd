/**
 * Charts: where the time of a run goes, layer by layer, and how near each comes to the peak.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { type LayerProfile, type ProfiledLayer, skipsZeros } from "../../results/mod.ts";
import { count, duration, percent, significant, timeUnit } from "../wording.ts";
import { type Axis, linearAxis } from "./axis.ts";
import { framed, titleAbove } from "./frame.ts";
import { COLOURS, type Layout, SHAPES, type Tone } from "./theme.ts";

/** Zeros from which on a dense kernel is to be asked why. */
const MANY_ZEROS = 0.3;

/** Whether a layer has zeros that its kernel does not skip. */
export function ignoresZeros(
  { isSparse, sparsity }: Pick<ProfiledLayer, "isSparse" | "sparsity">,
): boolean {
  return isSparse === false && (sparsity ?? 0) >= MANY_ZEROS;
}

/** Whose mark a layer has: dense for work without weights, and for all that a dense engine does. */
export function toneOfLayer(
  layer: Pick<ProfiledLayer, "isSparse" | "sparsity">,
  engine: string,
): Tone {
  if (layer.isSparse === true) return "sparse";
  return skipsZeros(engine) && ignoresZeros(layer) ? "doubt" : "dense";
}

/** What is drawn of each layer. */
export type LayerQuantity = "time" | "peak";

const LEFT = 48;
const HEIGHTS = { time: 180, peak: 110 } as const;

type Encoding = Readonly<Record<string, unknown>>;

/** One stem for each layer in the order of the network; layers that have no such figure are left out. */
export function layerSpec(
  { layers, engine }: LayerProfile,
  quantity: LayerQuantity,
  layout: Layout,
): TopLevelSpec {
  const longest = Math.max(...layers.map(({ ns }) => ns));
  const unit = timeUnit(longest);
  const rows = layers.flatMap((layer, index) => {
    const value = quantity === "time" ? layer.ns / unit.ns : layer.ofPeak;
    if (value === null) return [];
    const scaled = quantity === "time" ? value : 100 * value;
    return [{
      at: index + 1,
      value: scaled,
      tone: toneOfLayer(layer, engine),
      tip: tipOf(layer, index),
    }];
  });
  const y = linearAxis(rows.map(({ value }) => value), {
    title: quantity === "time" ? `time (${unit.symbol})` : "of the peak (%)",
    reference: 0,
  });
  const width = layout.width - LEFT - 12;
  return framed({
    width,
    height: HEIGHTS[quantity],
    padding: { left: LEFT, right: 12, top: 28, bottom: 44 },
    layer: (["dense", "sparse", "doubt"] as const).flatMap((tone) =>
      stems(tone, rows, { x: across(layers.length), y: { ...y, domain: [0, y.domain[1]] } })
    ),
  });
}

interface Row {
  readonly at: number;
  readonly value: number;
  readonly tone: Tone;
  readonly tip: string;
}

function tipOf({ layer, kernel, ns, gflops, ofPeak }: ProfiledLayer, index: number): string {
  const rate = gflops === null ? "" : `, ${significant(gflops)} GFLOP/s`;
  const share = ofPeak === null ? "" : `, ${percent(ofPeak, 0)} of the peak`;
  return `${index + 1}: ${layer}, ${duration(ns)}${rate}${share}, ${kernel}`;
}

function across(layers: number): Encoding {
  const axis = linearAxis([1, layers], { title: "" });
  return {
    field: "at",
    type: "quantitative",
    scale: { domain: [0, layers + 1], nice: false, zero: false },
    axis: {
      title: "layer, in the order of the network",
      values: axis.ticks.filter((tick) => tick >= 1 && Number.isInteger(tick)),
      grid: false,
    },
  };
}

function up(field: string, axis: Axis): Encoding {
  return {
    field,
    type: "quantitative",
    scale: { domain: axis.domain, nice: false },
    axis: {
      ...titleAbove(axis.title, LEFT),
      values: axis.ticks.filter((tick) => tick >= 0),
    },
  };
}

function stems(
  tone: Tone,
  rows: readonly Row[],
  { x, y }: { readonly x: Encoding; readonly y: Axis },
): Encoding[] {
  const values = rows.filter((row) => row.tone === tone)
    .map(({ at, value, tip }) => ({ at, value, zero: 0, tip }));
  if (values.length === 0) return [];
  const data = { values };
  const color = COLOURS[tone];
  return [
    {
      data,
      mark: { type: "rule", aria: false, color, strokeWidth: 1, opacity: 0.6 },
      encoding: { x, y: up("zero", y), y2: { field: "value" } },
    },
    {
      data,
      mark: {
        type: "point",
        filled: true,
        opacity: 1,
        size: 26,
        shape: SHAPES[tone],
        color,
        aria: true,
      },
      encoding: { x, y: up("value", y), description: { field: "tip", type: "nominal" } },
    },
  ];
}

/** What the charts show, e.g. `48 sparse layers take 61 % of the time, 2 dense ones with zeros 4 %, 120 others 35 %`. */
export function layerTitle({ layers, engine }: LayerProfile): string {
  const whole = layers.reduce((sum, { ns }) => sum + ns, 0);
  const share = (tone: Tone): { readonly count: number; readonly text: string } => {
    const own = layers.filter((layer) => toneOfLayer(layer, engine) === tone);
    const ns = own.reduce((sum, layer) => sum + layer.ns, 0);
    return { count: own.length, text: percent(whole > 0 ? ns / whole : 0, 0) };
  };
  const [sparse, doubt, dense] = [share("sparse"), share("doubt"), share("dense")];
  if (sparse.count + doubt.count === 0) {
    const [longest] = layers.toSorted((a, b) => b.ns - a.ns);
    if (longest === undefined) return "No layer was timed";
    const part = percent(whole > 0 ? longest.ns / whole : 0, 0);
    return `Of ${count(layers.length, "dense layer")} ${longest.layer} takes ${part} of the time`;
  }
  return [
    `${count(sparse.count, "sparse layer")} ${sparse.count === 1 ? "takes" : "take"} ` +
    `${sparse.text} of the time`,
    ...doubt.count > 0 ? [`${count(doubt.count, "dense one")} with zeros ${doubt.text}`] : [],
    `${count(dense.count, "other")} ${dense.text}`,
  ].join(", ");
}
