/**
 * Chart: where kernels stand under the roofs of the machine.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { median } from "../../core/mod.ts";
import { type KernelRow, type MachinePeaks, peakOf, skipsZeros } from "../../results/mod.ts";

import { byteSize, significant } from "../wording.ts";
import { type Axis, logAxis } from "./axis.ts";
import { framed } from "./frame.ts";
import { COLOURS, type Layout, SHAPES } from "./theme.ts";

/** A measured roof: a peak, or a bandwidth. */
export interface Roof {
  /** What it is, with its figure. */
  readonly label: string;
  /** Operations a nanosecond at most; `Infinity` for a bandwidth alone. */
  readonly peak: number;
  /** Bytes a nanosecond at most; `Infinity` for a peak alone. */
  readonly bandwidth: number;
}

/** The roofs of a machine for a type of values: the peak, and reading from the first, a middle and the last stretch. */
export function roofsOf(peaks: MachinePeaks, dtype: string): Roof[] {
  const unit = unitOf(dtype);
  const peak = peakOf(peaks, dtype);
  const picked = [...new Set([0, peaks.reads.length >> 1, peaks.reads.length - 1])]
    .flatMap((index) => peaks.reads[index] ?? []);
  return [
    ...peak === null
      ? []
      : [{ label: `peak ${significant(peak)} ${unit}`, peak, bandwidth: Infinity }],
    ...picked.map(({ sizeBytes, gbps }) => ({
      label: `${byteSize(sizeBytes).replace(".0", "")}: ${significant(median(gbps))} GB/s`,
      peak: Infinity,
      bandwidth: median(gbps),
    })),
  ];
}

/** `GFLOP/s` or `GOP/s`. */
export function unitOf(dtype: string): string {
  return dtype === "f32" ? "GFLOP/s" : "GOP/s";
}

/** Rates over intensity on logarithmic axes, roofs dashed. */
export function rooflineSpec(
  rows: readonly KernelRow[],
  roofs: readonly Roof[],
  layout: Layout,
): TopLevelSpec {
  const unit = unitOf(rows[0]?.layer.dtype ?? "f32");
  const peaks = roofs.flatMap(({ peak }) => Number.isFinite(peak) ? [peak] : []);
  // From where the lowest slope is a third of the peak, so that the roofs are seen to be roofs.
  const lowest = Math.min(...roofs.map(({ bandwidth }) => bandwidth));
  const foot = Number.isFinite(lowest) && peaks[0] !== undefined ? [peaks[0] / lowest / 3] : [];
  const intensities = [...foot, ...rows.map(({ roof }) => roof.intensity)];
  const x = logAxis(intensities, "operations on non-zeros a byte moved");
  const rates = rows.map(({ roof }) => roof.rateDone);
  const y = logAxis([...rates, ...peaks], `${unit} on non-zeros`);
  const left = 64;
  const right = layout.name === "wide" ? 24 : 12;
  const layers = [
    ...roofs.flatMap((roof, index) => roofLayers(roof, index, x, y)),
    points("dense", rows, x, y),
    points("sparse", rows, x, y),
  ].filter((layer) => layer !== null);
  return framed({
    width: layout.width - left - right,
    height: layout.name === "wide" ? 340 : 300,
    padding: { left, right, top: 12, bottom: 46 },
    layer: layers,
  });
}

type Encoding = Readonly<Record<string, unknown>>;

function channel(field: string, axis: Axis): Encoding {
  return {
    field,
    type: "quantitative",
    scale: { type: "log", domain: axis.domain, nice: false },
    axis: { title: axis.title, values: axis.ticks, format: "~g" },
  };
}

/** The part of a roof inside both axes, and its name. */
function roofLayers(roof: Roof, index: number, x: Axis, y: Axis): (Encoding | null)[] {
  const at = (intensity: number): number => Math.min(roof.peak, intensity * roof.bandwidth);
  const [low, high] = Number.isFinite(roof.bandwidth)
    ? [
      Math.max(x.domain[0], y.domain[0] / roof.bandwidth),
      Math.min(x.domain[1], y.domain[1] / roof.bandwidth),
    ]
    : x.domain;
  if (low >= high) return [];
  const values = [low, high].map((intensity) => ({ intensity, rate: at(intensity) }));
  // Names of slanting roofs stand on different heights, so that they stay apart.
  const slanting = Number.isFinite(roof.bandwidth);
  const place = slanting ? low * (high / low) ** (0.75 - 0.2 * index) : high;
  const name = [{ intensity: place, rate: at(place), label: roof.label }];
  return [
    {
      data: { values },
      mark: { type: "line", aria: false, color: COLOURS.ink, strokeDash: [4, 3], strokeWidth: 1 },
      encoding: { x: channel("intensity", x), y: channel("rate", y) },
    },
    {
      data: { values: name },
      mark: {
        type: "text",
        aria: false,
        align: slanting ? "left" : "right",
        baseline: "bottom",
        dx: slanting ? 4 : -4,
        dy: -4,
        fontSize: 11,
        color: COLOURS.muted,
      },
      encoding: {
        x: channel("intensity", x),
        y: channel("rate", y),
        text: { field: "label", type: "nominal" },
      },
    },
  ];
}

function points(
  tone: "sparse" | "dense",
  rows: readonly KernelRow[],
  x: Axis,
  y: Axis,
): Encoding | null {
  const values = rows
    .filter(({ measurement }) => skipsZeros(measurement.engine) === (tone === "sparse"))
    .map(({ measurement, roof, layer }) => ({
      intensity: roof.intensity,
      rate: roof.rateDone,
      tip: `${measurement.cell}, ${measurement.engine}: ${significant(roof.rateDone)} ` +
        `${unitOf(layer.dtype)}, limit ${roof.limit}`,
    }));
  if (values.length === 0) return null;
  return {
    data: { values },
    mark: {
      type: "point",
      aria: false,
      filled: true,
      opacity: 0.85,
      size: 42,
      shape: SHAPES[tone],
      color: COLOURS[tone],
    },
    encoding: {
      x: channel("intensity", x),
      y: channel("rate", y),
      description: { field: "tip", type: "nominal" },
    },
  };
}

/** What the chart shows, e.g. `Of 40 kernels 22 are limited by compute, 10 by bandwidth, 8 by neither`. */
export function rooflineTitle(rows: readonly KernelRow[]): string {
  const limited = (limit: string): number => rows.filter(({ roof }) => roof.limit === limit).length;
  return `Of ${rows.length} kernels ${limited("compute")} are limited by compute, ` +
    `${limited("bandwidth")} by bandwidth, ${limited("neither")} by neither`;
}
